"""The pages of released statistics: released and withdrawn at the desk with their budgets, read by everybody with how they were made."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Page
from kaiteki.model.access import STAFF
from kaiteki.model.words import Words
from kaiteki.services.opendata import budget_desk, release_desk, statistics

RELEASE_PAGES: Final = (
    Page(
        "opendata/release",
        "release.html",
        Words(
            ja="人数の表を公開する",
            en="Release counts of people",
            easy="人（ひと）の 数（かず）を 見（み）せる",
        ),
        release_desk.show_release,
        act=release_desk.act_release,
        roles=(STAFF,),
    ),
    Page(
        "opendata/release/{id}",
        "released.html",
        Words(ja="公開した集計", en="Released statistics", easy="みんなに 見（み）せる 数（かず）"),
        release_desk.show_released,
        act=release_desk.act_released,
        roles=(STAFF,),
    ),
    Page(
        "opendata/budgets",
        "budgets.html",
        Words(ja="プライバシーの予算", en="Privacy budgets", easy="プライバシーの よさん"),
        budget_desk.show_budgets,
        act=budget_desk.act_budgets,
        roles=(STAFF,),
    ),
    Page(
        "statistics/{id}",
        "statistics.html",
        Words(ja="公開した集計", en="Released statistics", easy="みんなに 見（み）せる 数（かず）"),
        statistics.show_statistics,
        asks={},
    ),
    Page(
        "statistics/{id}/table.csv",
        "",
        Words(ja="公開した集計のCSV", en="Released statistics as CSV"),
        statistics.statistics_csv,
        asks={},
    ),
    Page(
        "statistics/{id}/table.csv-metadata.json",
        "",
        Words(ja="公開した集計の作り方", en="How released statistics were made"),
        statistics.statistics_method,
        asks={},
    ),
)
