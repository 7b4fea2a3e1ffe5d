"""The verdict on the file of a data set as an entity: everybody reads which rules are kept; places with their values are for staff."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.manifest import EVERYTHING, EntityType
from kaiteki.kit.views import Link
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.readability.contents.notices import Noticed, notice
from kaiteki.services.opendata.readability.finding import Found
from kaiteki.services.opendata.readability.judging import Judged, Known, State, Verdict, look_through
from kaiteki.services.opendata.readability.reading import TEXTS, WORKBOOKS, read_file
from kaiteki.services.opendata.reading.source import Source, Unreadable

NAME: Final = "Readability"
ROWS_AT_IMPORT_MAX: Final = 2_000
"""Rows that an import judges, so that it takes the same memory however long a file is; what was left out is said."""


class KeptVerdict(msgspec.Struct, frozen=True):
    """The verdict on one rule without its places."""

    rule: str
    state: State
    count: int = 0


class KeptNotice(msgspec.Struct, frozen=True):
    """How often something of a kind (of `contents.kinds.KINDS`) was noticed in the contents."""

    kind: str
    count: int = 0


class Readability(msgspec.Struct, frozen=True):
    """How well a machine reads the file of a data set. `levels` are the points of levels 1 to 3, -1 where no rule was judged;
    `noticed` counts what was noticed in the contents; `more` says that only the first rows were looked at. `examples` hold values of the file: they are not public."""

    id: str
    data_set: Link = ""
    file_name: str = ""
    score: int = 0
    grade: str = ""
    levels: tuple[int, ...] = ()
    verdicts: tuple[KeptVerdict, ...] = ()
    noticed: tuple[KeptNotice, ...] = ()
    examples: tuple[Found, ...] = ()
    more: bool = False
    checked_at: Instant | None = None


def report_id(slug: str) -> str:
    """The id of the verdict on a data set, made of its slug."""
    return f"urn:ngsi-ld:{NAME}:{slug}"


def judge_table(
    source: Source, part: str, columns: tuple[str, ...], stated: tuple[str, str]
) -> Judged | None:
    """The verdict on one table of a file, `part` naming its sheet; None where it is no table of cells, or too large to be judged.
    `columns` are those of the last time, `stated` source and licence."""
    if source.suffix not in (*TEXTS, *WORKBOOKS):
        return None
    try:
        sheets = read_file(source, ROWS_AT_IMPORT_MAX)
    except Unreadable:
        # whoever reads its records has said so already, or it is a workbook that is larger than is judged
        return None
    one = tuple(sheet for sheet in sheets if not part or sheet.name == part)
    known = Known(columns, (("source", bool(stated[0])), ("licence", bool(stated[1]))))
    return look_through(one, known) if one else None


def notice_table(source: Source, part: str) -> tuple[Noticed, ...]:
    """What is noticed in the contents of one table of a file, `part` naming its sheet; nothing where it is no table of cells. Raises
    Unreadable."""
    if source.suffix not in (*TEXTS, *WORKBOOKS):
        return ()
    return notice([sheet for sheet in read_file(source) if not part or sheet.name == part])


def report_of(entity_id: str, data_set: str, file_name: str, judged: Judged) -> Readability:
    """A verdict as it is kept."""
    return Readability(
        entity_id,
        data_set,
        file_name,
        judged.score,
        judged.grade,
        tuple(-1 if points is None else points for points in judged.levels),
        tuple(KeptVerdict(one.rule, one.state, one.count) for one in judged.verdicts),
        tuple(KeptNotice(one.kind, one.count) for one in judged.noticed),
        tuple(found for one in (*judged.verdicts, *judged.noticed) for found in one.examples),
        judged.more,
    )


def judged_of(report: Readability) -> Judged:
    """The verdict that was kept, with the places that whoever asks may see."""
    verdicts = tuple(
        Verdict(one.rule, one.state, one.count, tuple(f for f in report.examples if f.rule == one.rule))
        for one in report.verdicts
    )
    noticed = tuple(
        Noticed(one.kind, one.count, tuple(f for f in report.examples if not f.rule and f.what == one.kind))
        for one in report.noticed
    )
    levels = tuple(None if points < 0 else points for points in report.levels)
    return Judged(report.score, report.grade, levels, verdicts, report.more, noticed)


READABILITY: Final = EntityType(
    name=NAME,
    raw=EVERYTHING,
    view=Readability,
    words=Words(ja="機械可読性", en="Machine readability", easy="コンピューターでの よみやすさ"),
    title="file_name",
    columns=("file_name", "score", "grade", "checked_at"),
    public=tuple(name for name in Readability.__struct_fields__ if name not in ("id", "examples")),
    page="data/{id}/readability",
    desk="data/{id}/readability",
    workings=frozenset({"verdicts", "examples", "noticed"}),
    labels={
        "data_set": Words(ja="データセット", en="Data set", easy="データ"),
        "file_name": Words(ja="ファイル", en="File"),
        "score": Words(ja="点数(0〜100)", en="Score (0 to 100)", easy="てん(0〜100)"),
        "grade": Words(ja="評価", en="Grade", easy="ひょうか"),
        "levels": Words(ja="レベルごとの点数", en="Points of the levels", easy="レベルの てん"),
        "more": Words(ja="はじめの行だけを調べた", en="Only the first rows were looked at", easy="はじめだけ 見（み）た"),
        "checked_at": Words(ja="調べた日時", en="Judged", easy="しらべた とき"),
    },
)  # fmt: skip
