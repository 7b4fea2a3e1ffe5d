"""The use of data, told as data: the command that keeps counts, and the pages that show them."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, Page
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.words import Words
from kaiteki.services.opendata.use import dashboard
from kaiteki.services.opendata.use.keeping import keep_needs, keep_use
from kaiteki.services.opendata.use.model import KeepUse

KEEP_USE: Final = Command(
    "keep_use",
    Words("利用の数を残す", "Keep how much data are used", "かずを のこす"),
    KeepUse,
    keep_use,
    keep_needs,
    (ADMIN,),
)
USE_PAGES: Final = (
    Page(
        "data/dashboard",
        "dashboard.html",
        Words("オープンデータの利用のようす", "How open data are used", "データの つかわれかた"),
        dashboard.show_dashboard,
        asks=dashboard.ASKS,
        menu=True,
        icon="chart",
        field="business",
        summary=Words(
            "ダウンロードの数、更新のようす、品質を担当ごとに見る",
            "Downloads, updates and quality by office",
            "どれだけ つかわれて いるか 見（み）ます",
        ),
    ),
    Page(
        "data/dashboard.csv",
        "",
        Words("利用のようすのCSV", "How open data are used, as CSV"),
        dashboard.dashboard_csv,
        asks=dashboard.ASKS,
    ),
    Page(
        "opendata/use",
        "use.html",
        Words("オープンデータの利用（職員用）", "Use of open data, for staff", "データの つかわれかた"),
        dashboard.show_use,
        asks=dashboard.ASKS,
        roles=(STAFF,),
    ),
    Page(
        "opendata/use.csv",
        "",
        Words("利用の数のCSV（職員用）", "Use of open data as CSV, for staff"),
        dashboard.use_csv,
        asks=dashboard.ASKS,
        roles=(STAFF,),
    ),
)
