"""Addresses from which files are fetched by rhythm: a source as an entity, what staff decide about it, and what an answer means. Pure.

    due ─► ask, with ETag and Last-Modified ─► 304, or the same digest ─► unchanged
                                             ├► a file ─► a delivery, with the repairs that staff chose ─► asked │ held
                                             └► no answer, another status, no table ─► failed, tried again later and later

Files of places (`geodata`) are not mended: a feed of public transport with a fault fails as one that is no table does, with file and
field. Feeds may have other columns at any time: what they mean is in their standard.

A file with other columns than the last one stops its source: it is kept as an open delivery, and nothing of it comes in until staff
have tried its columns and use them (`intake/mapped.py`). A file with far fewer rows than the last one is held back like one that may speak of people: nothing that stands is replaced by what
may be half a file. What was cleared once for a source is not asked again for the same column.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import EVERYTHING, EntityType, State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.clearance import covers
from kaiteki.services.opendata.intake.delivery import NAME as DELIVERY
from kaiteki.services.opendata.intake.delivery import Delivery, bytes_source, pack
from kaiteki.services.opendata.intake.geodata import is_geodata, survey_file
from kaiteki.services.opendata.intake.privacy import Doubt, doubts_of
from kaiteki.services.opendata.readability.reading import read_file
from kaiteki.services.opendata.readability.repairs.mending import REPAIRS, mend
from kaiteki.services.opendata.readability.sheet import layout_of
from kaiteki.services.opendata.reading.source import Unreadable

NAME: Final = "HarvestSource"
HOUR_US: Final = 3_600_000_000
AGAIN_US: Final = 300_000_000
"""How long after a first failure it is tried again; twice as long after each further one, up to its rhythm."""
FAILURES_COUNTED_MAX: Final = 20
WHY_LENGTH_MAX: Final = 300
RHYTHMS: Final = (
    ("1", Words("1時間ごと", "Every hour", "1時間（じかん）ごと")),
    ("24", Words("毎日", "Every day", "まいにち")),
    ("168", Words("毎週", "Every week", "まいしゅう")),
    ("720", Words("毎月（30日）", "Every 30 days", "まいつき")),
)
RESULTS: Final = {
    "": Words("まだ取りに行っていません", "Not fetched yet", "まだです"),
    "new": Words("新しいファイルを受け取りました", "A new file came", "新（あたら）しい ファイルが きました"),
    "held": Words("新しいファイルを保留しています", "A new file is held back", "ファイルを とめて います"),
    "unchanged": Words("前回と同じです", "Nothing new", "まえと おなじです"),
    "failed": Words("取れませんでした", "It could not be fetched", "とれませんでした"),
    "stopped": Words(
        "列が変わったので止めました", "Stopped: its columns changed", "列（れつ）が かわったので とめました"
    ),
}


class HarvestSource(msgspec.Struct, frozen=True):
    """An address and what became of it. `file_name` names the data set that it feeds: files of one name renew the same one.

    `fewer_percent_max`: a file with so many percent of rows less is held back. `failures` are those since the last success.
    """

    id: str
    title: str = ""
    url: str = ""
    file_name: str = ""
    every_hours: int = 24
    is_mended: bool = True
    is_active: bool = True
    fewer_percent_max: int = 20
    source: str = ""
    licence: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    rows: int = 0
    result: str = ""
    why: str = ""
    failures: int = 0
    fetched_at: Instant | None = None
    next_at: Instant | None = None
    delivery: str = ""
    catalogue: str = ""
    """The catalogue of somebody else out of which it was chosen."""
    columns: tuple[str, ...] = ()
    """The headings of the last file that was sent on its way, as they stand in the file."""
    found: tuple[str, ...] = ()
    """The other headings of the file that stopped it; empty while nothing has."""
    removes: bool = False
    """Whether records that the file holds no longer are taken out, as long as they are no more than a fifth."""


class DeclareSource(msgspec.Struct, frozen=True):
    """Declare an address from which a file is fetched."""

    title: Annotated[
        str, msgspec.Meta(min_length=1, max_length=100), Label(Words("名前", "Name", "名前（なまえ）"))
    ]
    url: Annotated[
        str,
        msgspec.Meta(min_length=8, max_length=1000, pattern=r"^https?://\S+$"),
        Label(Words("アドレス（URL）", "Address (URL)", "アドレス")),
    ]
    file_name: Annotated[
        str,
        msgspec.Meta(min_length=5, max_length=200, pattern=r"\.(csv|tsv|xlsx|geojson|json|zip)$"),
        Label(
            Words(
                "ファイル名（.csv .xlsx .geojson .zip）",
                "File name (.csv, .xlsx, .geojson or .zip)",
                "ファイル名（めい）",
            )
        ),
    ]
    every_hours: Annotated[str, Label(Words("間隔", "Rhythm", "どのくらい"), choices=RHYTHMS)] = "24"
    source: Annotated[str, msgspec.Meta(max_length=200), Label(Words("出典", "Source", "だれの データ"))] = ""
    licence: Annotated[
        str, msgspec.Meta(max_length=200), Label(Words("利用条件", "Licence", "使（つか）う きまり"))
    ] = ""
    removes: Annotated[
        bool,
        Label(
            Words("ファイルにない記録を消す", "Take out what left the file", "ファイルに ない ものを けす")
        ),
    ] = False


class FetchNow(msgspec.Struct, frozen=True):
    """Have a source fetched at once."""

    id: str


class Switch(msgspec.Struct, frozen=True):
    """Stop a source, or start it again."""

    id: str


class Fetched(msgspec.Struct, frozen=True):
    """What came from an address: the bytes with what names their version, or nothing new (`content` None), or why there is nothing."""

    content: bytes | None = None
    etag: str = ""
    last_modified: str = ""
    why: str = ""


class _Came(msgspec.Struct, frozen=True):
    """A file that came: its rows, its headings (none where they may change at any time), what may speak of people, the repairs it gets."""

    rows: int
    heads: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    accepted: tuple[str, ...] = ()


def refuse_address(url: str, asked: Asked) -> Refused | None:
    """Refused where an address can never be fetched, so that nobody waits for it; None where it may be."""
    return Refused("invalid", (Fault("url", "forbidden", _NEVER_FETCHED),)) if asked.forbids(url) else None


_NEVER_FETCHED: Final = Words(
    "このアドレスには取りに行けません（庁内や自分の機器のアドレス、使えないポート、ID入りのアドレス）。だれでも開けるアドレスを書くか、管理者に city.toml の receivers へ加えるよう頼んでください。",
    "This address is never fetched: it is one of a private network or this machine, has a port that is not asked, or a name of a user. Please give one that everybody can open, or have the host named under receivers in city.toml.",
    "この アドレスは つかえません。だれでも ひらける アドレスを 書（か）いて ください。",
)  # fmt: skip


def declare_source(state: State, form: DeclareSource, asked: Asked) -> Accepted | Refused:
    """Keep a source; its first fetch is due at once."""
    if (never := refuse_address(form.url, asked)) is not None:
        return never
    if form.every_hours not in {hours for hours, _ in RHYTHMS}:
        words = Words(
            "間隔を一覧から選んでください。", "Please choose a rhythm from the list.", "えらんで ください。"
        )
        return Refused("invalid", (Fault("every_hours", "unknown", words),))
    digest = hashlib.sha256(form.url.encode()).hexdigest()[:16]
    one = HarvestSource(
        id=f"urn:ngsi-ld:{NAME}:{digest}-{asked.seed & 0xFFFFFF:06x}",
        title=form.title,
        url=form.url,
        file_name=form.file_name,
        every_hours=int(form.every_hours),
        source=form.source,
        licence=form.licence,
        removes=form.removes,
        next_at=asked.now,
    )
    return Accepted(writes=(one,), answer={"id": one.id})


def fetch_now(state: State, form: FetchNow, asked: Asked) -> Accepted | Refused:
    """Make a source due."""
    one = state.get(form.id)
    if not isinstance(one, HarvestSource) or not one.is_active:
        return Refused("not_found")
    return Accepted(writes=(msgspec.structs.replace(one, next_at=asked.now),), answer={"id": one.id})


def switch_source(state: State, form: Switch, asked: Asked) -> Accepted | Refused:
    """Stop a source that is on, start one that is off."""
    one = state.get(form.id)
    if not isinstance(one, HarvestSource):
        return Refused("not_found")
    after = msgspec.structs.replace(one, is_active=not one.is_active, next_at=asked.now)
    return Accepted(writes=(after,), answer={"id": one.id})


def settle(
    one: HarvestSource, fetched: Fetched, last: Delivery | None, now: Instant
) -> tuple[HarvestSource, Delivery | None]:
    """What a source is after an answer, and the delivery that came of it; `last` is the delivery of the time before."""
    if fetched.why:
        return fail(one, fetched.why, now), None
    rested = msgspec.structs.replace(
        one,
        failures=0,
        why="",
        fetched_at=now,
        next_at=Instant(now + one.every_hours * HOUR_US),
        etag=fetched.etag or one.etag,
        last_modified=fetched.last_modified or one.last_modified,
    )
    if fetched.content is None:
        return msgspec.structs.replace(rested, result="unchanged"), None
    digest = hashlib.sha256(fetched.content).hexdigest()
    if digest == one.digest:
        return msgspec.structs.replace(rested, result="unchanged"), None
    try:
        came = _look_through(one, fetched.content)
    except Unreadable as error:
        where = f":{error.issue.column}" if error.issue.column else ""
        return fail(one, f"{error.issue.code}{where}"[:WHY_LENGTH_MAX], now), None
    made, rows, heads = _deliver(one, fetched.content, came, last, now), came.rows, came.heads
    if one.columns and set(heads) != set(one.columns):
        opened = msgspec.structs.replace(made, state="open", doubts=())
        return _stop(one, heads, opened.id, now), opened
    kept = one.rows if made.state == "held" else rows
    told = {"result": "held" if made.state == "held" else "new", "delivery": made.id}
    return msgspec.structs.replace(rested, digest=digest, rows=kept, columns=heads, **told), made


def _stop(one: HarvestSource, heads: tuple[str, ...], delivery: str, now: Instant) -> HarvestSource:
    """A source whose file has other columns: off, with what went and what came. Its tags stay those of the file before."""
    gone, come = [x for x in one.columns if x not in heads], [x for x in heads if x not in one.columns]
    told = "、".join([*(f"−{name}" for name in gone), *(f"＋{name}" for name in come)])
    return msgspec.structs.replace(
        one,
        is_active=False,
        result="stopped",
        why=f"columns:{told[:WHY_LENGTH_MAX]}",
        failures=0,
        found=heads,
        delivery=delivery,
        fetched_at=now,
        next_at=None,
    )


def fail(one: HarvestSource, why: str, now: Instant) -> HarvestSource:
    """A source that could not be fetched: it is due again later and later, never later than by its rhythm. What stands stays."""
    failures = min(one.failures + 1, FAILURES_COUNTED_MAX)
    wait = min(one.every_hours * HOUR_US, AGAIN_US * 2 ** (failures - 1))
    return msgspec.structs.replace(
        one, result="failed", why=why, failures=failures, fetched_at=now, next_at=Instant(now + wait)
    )


def _name_of(one: HarvestSource, digest: str) -> str:
    return hashlib.sha256(f"{one.id} {digest}".encode()).hexdigest()[:16]


def _look_through(one: HarvestSource, content: bytes) -> _Came:
    """Look through a file that came. Raises Unreadable, also for a feed with a fault."""
    source = bytes_source(one.file_name, content)
    if is_geodata(one.file_name):
        seen = survey_file(source)
        if seen.verdict is not None and seen.verdict.faults:
            raise Unreadable(seen.verdict.faults[0])
        return _Came(seen.rows, seen.heads if seen.verdict is None else (), seen.doubts)
    sheets = read_file(source)
    heads = tuple(head for sheet in sheets for head in layout_of(sheet).heads if head)
    if any(sheet.more for sheet in sheets):
        # too long to be mended: it comes in as it is
        seen = survey_file(source)
        return _Came(seen.rows, heads, seen.doubts)
    accepted = tuple(name for name, repair in REPAIRS.items() if one.is_mended and not repair.offered)
    whole = mend(sheets, frozenset(accepted))
    rows = sum(max(0, len(sheet.cells) - 1) for sheet in whole.sheets)
    return _Came(rows, heads, tuple(doubt for sheet in whole.sheets for doubt in doubts_of(sheet)), accepted)


def _deliver(
    one: HarvestSource, content: bytes, came: _Came, last: Delivery | None, now: Instant
) -> Delivery:
    doubts, rows = list(came.doubts), came.rows
    went = last if last is not None and last.state in ("asked", "in") else Delivery("")
    # what was decided at the file before is for the same column and sort of doubt still
    decided = went.cleared if went.cleared or went.without else went.doubts
    doubts = [
        doubt
        for doubt in doubts
        if doubt.column not in went.without and not any(covers(each, doubt) for each in decided)
    ]
    if rows < one.rows * (100 - one.fewer_percent_max) / 100:
        doubts.append(Doubt("fewer", f"{one.rows:,} → {rows:,}", one.rows - rows))
    digest = hashlib.sha256(content).hexdigest()
    return Delivery(
        # two sources may bring the same bytes at the same moment
        id=f"urn:ngsi-ld:{DELIVERY}:{_name_of(one, digest)}-{now % 0xFFFFFF:06x}",
        file_name=one.file_name,
        state="held" if doubts else "asked",
        digest=digest,
        size_bytes=len(content),
        content=pack(content),
        accepted=came.accepted,
        # what was cleared stays with it, so that the next file of the source is not held back for it either
        doubts=tuple(doubts) or tuple(doubt for doubt in went.doubts if doubt.sort != "fewer"),
        cleared=tuple(each for each in went.cleared if each.sort != "fewer"),
        without=went.without,
        received_at=now,
        url=one.url,
        source=one.source,
        licence=one.licence,
        harvest=one.id,
        removes=one.removes,
        left=-1,
    )


SOURCES: Final = EntityType(
    name=NAME,
    raw=EVERYTHING,
    view=HarvestSource,
    words=Words("定期的に取りに行くファイル", "Files fetched by rhythm", "いつも とりに 行（い）く ファイル"),
    title="title",
    columns=("title", "url", "result", "fetched_at", "next_at"),
    desk="opendata/harvest/{id}",
    workings=frozenset({"etag", "last_modified", "digest", "columns", "found"}),
    codes=lambda settings: {"result": RESULTS},
    labels={
        "title": Words("名前", "Name", "名前（なまえ）"),
        "url": Words("アドレス", "Address"),
        "file_name": Words("ファイル名", "File name"),
        "every_hours": Words("間隔（時間）", "Every (hours)", "なん時間（じかん）ごと"),
        "is_mended": Words("自動で直す", "Mended by itself", "じぶんで なおす"),
        "is_active": Words("動いている", "On", "うごいて います"),
        "fewer_percent_max": Words("行の減少の上限（%）", "Fewer rows at most (%)", "へって よい 行（ぎょう）（%）"),
        "source": Words("出典", "Source", "だれの データ"),
        "licence": Words("利用条件", "Licence", "使（つか）う きまり"),
        "rows": Words("行数", "Rows", "行（ぎょう）の 数（かず）"),
        "result": Words("結果", "Result", "けっか"),
        "why": Words("取れない理由", "Why it failed", "どうして"),
        "failures": Words("続けて失敗した回数", "Failures in a row", "だめだった 回数（かいすう）"),
        "fetched_at": Words("最後に取りに行った日時", "Last fetched", "さいごの とき"),
        "next_at": Words("次に取りに行く日時", "Fetched next", "つぎの とき"),
        "delivery": Words("届いたファイル", "Delivered file", "とどいた ファイル"),
        "catalogue": Words("カタログ", "Catalogue", "カタログ"),
        "removes": Words("ファイルにない記録を消す", "Takes out what left the file", "ない ものを けす"),
    },
)  # fmt: skip
