"""Released numbers of people as everybody reads them: the page, the table file, and how it was made, for programs (CSV on the Web)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import PageAsk, PageReply, Plain, Shown, part_of_path
from kaiteki.kit.views import ordered, where
from kaiteki.model.instant import Instant, day_in_japan, format_instant
from kaiteki.model.query import Query
from kaiteki.model.spreadsheet import SheetWriter, spreadsheet_safe
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import none_called
from kaiteki.services.opendata.budgets import epsilon_of
from kaiteki.services.opendata.release_forms import (
    CLASSES,
    MEASURES,
    MECHANISMS,
    PUBLISHED,
    WITHDRAWN,
    StatisticsRelease,
)

LISTED_MAX: Final = 100
CSV_TYPE: Final = "text/csv; charset=utf-8"
CSVW: Final = "http://www.w3.org/ns/csvw"
METHOD_TERM: Final = "https://kaiteki.example/terms/release#"
"""The names of this project within the description of a table; nothing is fetched from there."""
GROUP: Final = Words("区分", "Group", "なに")
TOTAL_WORDS: Final = Words("計", "Total", "ぜんぶ")
EXPLAINED: Final = {
    "suppress": Words(
        "「x」は、{minimum}人未満のため、または計算で分かるのを防ぐために隠した値です。ほかの数は正確です。",
        "“x”: hidden, being fewer than {minimum}, or so that such a number cannot be computed. All other numbers are exact.",
        "「x」は かくした 数（かず）です。{minimum}人（にん）より すくないからです。",
    ),
    "round": Words(
        "すべての数を{base}の倍数に丸めました。どの数も、本当の数との差は{base}未満です。",
        "Every number is rounded to a multiple of {base}; each is less than {base} away from the true one.",
        "ぜんぶの 数（かず）を {base}の ばいに しました。",
    ),
    "noise": Words(
        "1人ひとりを守るため、すべての数に偶然の誤差を加えました（差分プライバシー、ε {epsilon}）。{margin}合計は、足した数と合わないことがあります。",
        "To protect each person, every number has an error by chance (differential privacy, ε {epsilon}). {margin}Sums may not fit.",
        "みんなを まもるため、数（かず）を すこし かえました（ε {epsilon}）。{margin}",
    ),
}
RELEASE: Final = Words("集計", "Released statistics", "数（かず）の 表（ひょう）")
MARGIN: Final = Words(
    "計を除く数の誤差は、20のうち19で{n}以内です。",
    "Of 20 numbers other than totals, 19 are at most {n} off. ",
    "ちがいは たいてい {n}までです。",
)


async def show_statistics(ask: PageAsk) -> PageReply:
    """A released table; one that was withdrawn says so (410)."""
    kept = await ask.city.get(StatisticsRelease, ask.path.get("id", ""))
    if kept is None:
        return none_called(RELEASE, ask.path.get("id", ""))
    gone = kept.state == WITHDRAWN
    head, rows = ([], []) if gone else laid_out(kept.rows, kept.columns, kept.cells, ask.language)
    values = {"title": kept.title, "kept": kept, "gone": gone, "head": head, "rows": rows}
    return Shown(values | said_of(kept, ask.language), 410 if gone else 200)


async def statistics_csv(ask: PageAsk) -> PageReply:
    """A released table as CSV, UTF-8 with BOM."""
    kept = await ask.city.get(StatisticsRelease, ask.path.get("id", ""))
    if kept is None or kept.state != PUBLISHED:
        return none_called(RELEASE, ask.path.get("id", ""))
    head, rows = table_of(kept.rows, kept.columns, kept.cells, ask.language)
    written = io.StringIO()
    SheetWriter(written).writerows([head, *rows])
    return Plain(written.getvalue().encode("utf-8-sig"), CSV_TYPE, f"{kept.title}.csv")


async def statistics_method(ask: PageAsk) -> PageReply:
    """What the table holds and how it was made, as metadata of CSV on the Web (W3C): found beside the table under its address."""
    kept = await ask.city.get(StatisticsRelease, ask.path.get("id", ""))
    if kept is None or kept.state != PUBLISHED:
        return none_called(RELEASE, ask.path.get("id", ""))
    head, _ = table_of(kept.rows, kept.columns, kept.cells, ask.language)
    columns = [
        {"titles": spreadsheet_safe(one), "datatype": "string" if at == 0 or kept.minimum else "number"}
        for at, one in enumerate(head)
    ]
    told = {
        "@context": CSVW,
        "url": "table.csv",
        "dc:title": kept.title,
        "dc:issued": format_instant(kept.told_at or Instant(0)),
        "tableSchema": {"columns": columns},
        METHOD_TERM + "method": statement(kept),
    }
    return Plain(msgspec.json.encode(told), "application/csvm+json")


def statement(kept: Any) -> dict[str, str | int]:
    """How a table was made: the method with its figures."""
    told: dict[str, str | int] = {"kind": kept.mechanism, **kept.method}
    if kept.mechanism == "noise":
        return told | {"epsilon": epsilon_of(kept.epsilon_milli)}
    return told | ({"minimum": kept.minimum, "hidden": "x"} if kept.minimum else {"base": kept.base})


def said_of(kept: Any, language: str) -> dict[str, Any]:
    """What people read of how a table was made."""
    margin = "" if kept.margin is None else MARGIN.fill(language, n=kept.margin)
    words = EXPLAINED[kept.mechanism]
    return {
        "how": words.fill(
            language,
            minimum=kept.minimum,
            base=kept.base,
            epsilon=epsilon_of(kept.epsilon_milli),
            margin=margin,
        ),
        "way": MECHANISMS[kept.mechanism][0].say(language),
        "measure": MEASURES[kept.measure].say(language),
        "data_class": CLASSES[kept.data_class].say(language) if kept.data_class in CLASSES else "",
    }


async def published(ask: PageAsk) -> list[list[Any]]:
    """The released tables of the area as rows of the catalogue, the newest first."""
    wanted = Query(
        q=where(StatisticsRelease, "state", "==", PUBLISHED),
        order=(ordered(StatisticsRelease, "told_at", descending=True),),
        limit=LISTED_MAX,
    )
    return [
        [
            {"text": one.title, "href": f"/{ask.area}/statistics/{part_of_path(one.id)}"},
            MEASURES[one.measure].say(ask.language),
            MECHANISMS[one.mechanism][0].say(ask.language),
            day_in_japan(Instant(one.told_at or 0)),
        ]
        for one in (await ask.city.find(StatisticsRelease, wanted)).items
    ]


def table_of(
    rows: Sequence[str], columns: Sequence[str], cells: Sequence[str], language: str
) -> tuple[list[str], list[list[str]]]:
    """A table as texts: head and rows."""
    total, wide = TOTAL_WORDS.say(language), len(columns)
    head = [GROUP.say(language), *(one or total for one in columns)]
    return head, [[name or total, *cells[at * wide : (at + 1) * wide]] for at, name in enumerate(rows)]


def laid_out(
    rows: Sequence[str], columns: Sequence[str], cells: Sequence[str], language: str
) -> tuple[list[Any], list[list[Any]]]:
    """A table as pages draw it."""
    head, body = table_of(rows, columns, cells, language)
    return (
        [head[0], *({"text": one, "number": True} for one in head[1:])],
        [[row[0], *({"text": one, "number": True} for one in row[1:])] for row in body],
    )
