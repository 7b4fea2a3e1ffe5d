"""A delivered file as an entity, and what staff decide about it: which repairs it gets, whether it is brought in, what speaks of people.

A delivery holds its original, packed, and the names of the repairs that were accepted; nothing else of it is kept, so that every
repair can be taken back until it is brought in, and the original stays beside the data afterwards. Files of places (`geodata`: GeoJSON,
zipped shapefiles, feeds of public transport) come in as they are; the node looks through them when it brings them in, so that no rule waits
for a large one:

    open ──bring in (`bringing`)──► asked ──(the node)──► in │ failed
      └─ something speaks of people ─► held ──clear, with a reason──► open, decided: its columns are shown once more, and bring in goes on
    open, held ──► discarded (the original goes)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import zlib
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import EVERYTHING, EntityType, State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.clearance import Clearance, LeftOut
from kaiteki.services.opendata.intake.geodata import is_geodata, need_geodata
from kaiteki.services.opendata.intake.privacy import Doubt
from kaiteki.services.opendata.intake.refusal import WORDS as REFUSALS
from kaiteki.services.opendata.intake.refusal import find_refusal
from kaiteki.services.opendata.quality import WORDS
from kaiteki.services.opendata.readability.reading import TEXTS, WORKBOOKS, read_file
from kaiteki.services.opendata.readability.repairs.mending import REPAIRS, Whole, mend
from kaiteki.services.opendata.reading.source import KnownAs, Source, Unreadable

NAME: Final = "Delivery"
BYTES_MAX: Final = 5_000_000
"""Bytes of a file that can be delivered on a page; a larger one is imported with the command line."""
PACKED_MAX: Final = BYTES_MAX * 4 // 3 + 100_000
"""Characters of its packed form; a zip does not become smaller by being packed."""
REASON_MAX: Final = 500
UNDECIDED: Final[Mapping[str, Any]] = {
    "state": "open",
    "doubts": (),
    "cleared": (),
    "without": (),
    "left_out": (),
    "again": (),
    "versions": (),
}
"""A delivery on which nothing was decided."""
STATES: Final = {
    "open": Words("確認中", "Being looked at", "見（み）て います"),
    "held": Words("公開を保留", "Held back", "とめて います"),
    "asked": Words("取り込み待ち", "About to be brought in", "もうすぐ 入（はい）ります"),
    "in": Words("取り込み済み", "Brought in", "入（はい）りました"),
    "failed": Words("取り込めませんでした", "Could not be brought in", "入（はい）りませんでした"),
    "discarded": Words("取りやめ", "Discarded", "やめました"),
}


class Delivery(msgspec.Struct, frozen=True):
    """A file that came, by hand or from an address. `content` is its original, packed (zlib, base64); `data_set` the one that it became.

    `doubts` are what may speak of people, `cleared` those that may be published, each with its reason; `reason` is why it was cleared or
    discarded, `decided_by` who did, `taken_by` who took it in.
    """

    id: str
    file_name: str = ""
    state: str = "open"
    digest: str = ""
    size_bytes: int = 0
    content: str = ""
    accepted: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    cleared: tuple[Clearance, ...] = ()
    without: tuple[str, ...] = ()
    """Columns that are left out because they may speak of people."""
    left_out: tuple[LeftOut, ...] = ()
    """Who decided so of these columns, and when."""
    again: tuple[str, ...] = ()
    """Columns on which staff decide again, whatever was decided at a file before."""
    versions: tuple[KnownAs, ...] = ()
    """Of which data sets its tables are newer versions, where they came under another name."""
    reason: str = ""
    decided_by: str = ""
    taken_by: str = ""
    decided_at: Instant | None = None
    received_at: Instant | None = None
    url: str = ""
    source: str = ""
    licence: str = ""
    data_set: str = ""
    fault: str = ""
    harvest: str = ""
    """The source by which it was fetched; empty for a file that staff took in."""
    draft: bool = False
    """Whether what comes in is for staff alone until somebody publishes it."""
    file_holds: tuple[str, ...] = ()
    """Marks of the records of which the file holds, and not what was corrected by hand (`correcting`)."""
    removes: bool = False
    """Whether records that the file holds no longer are taken out of the data set, `left` of them at most (-1: as many as left; `sure`: also
    where they are more than a fifth)."""
    left: int = 0
    sure: bool = False

    @property
    def outs(self) -> tuple[LeftOut, ...]:
        """The columns that are left out, each with who decided it."""
        known = {one.column: one for one in self.left_out}
        return tuple(
            known.get(name) or LeftOut(name, self.decided_by, at=self.decided_at or Instant(0))
            for name in self.without
        )


class TakeFile(msgspec.Struct, frozen=True):
    """Take a file in: its name, and its bytes packed with zlib and written in base64."""

    file_name: Annotated[
        str, msgspec.Meta(min_length=1, max_length=200), Label(Words("ファイル名", "File name"))
    ]
    content: Annotated[
        str, msgspec.Meta(min_length=1, max_length=PACKED_MAX), Label(Words("内容", "Content"))
    ]


class AcceptRepairs(msgspec.Struct, frozen=True):
    """Say which repairs a file gets; those that are not named are refused, or taken back."""

    id: str
    accepted: Annotated[
        tuple[str, ...],
        Label(
            Words("直し方", "Repairs", "なおしかた"),
            choices=tuple((name, one.words) for name, one in REPAIRS.items()),
        ),
    ] = ()


class Discard(msgspec.Struct, frozen=True):
    """Give a file up; its original goes."""

    id: str
    reason: Annotated[str, msgspec.Meta(max_length=REASON_MAX), Label(Words("理由", "Reason", "わけ"))] = ""


def pack(content: bytes) -> str:
    """Bytes as a delivery holds them."""
    return base64.b64encode(zlib.compress(content, 9)).decode()


def unpack(packed: str) -> bytes | None:
    """The bytes of a delivery; None where they are none, or more than BYTES_MAX."""
    try:
        opening = zlib.decompressobj()
        content = opening.decompress(base64.b64decode(packed, validate=True), BYTES_MAX + 1)
    except (binascii.Error, zlib.error, ValueError):
        # whoever sent it is told
        return None
    return content if opening.eof and len(content) <= BYTES_MAX else None


def source_of(one: Delivery) -> Source:
    """The original of a delivery as the readers see a file."""
    source = bytes_source(one.file_name, unpack(one.content) or b"")
    return msgspec.structs.replace(source, known_as=one.versions)


def bytes_source(name: str, content: bytes) -> Source:
    """Bytes under a name as the readers see a file."""
    opened = partial(io.BytesIO, content)
    return Source(name, name, "", opened, {name: opened})


def whole_of(one: Delivery) -> Whole:
    """The sheets of a delivery after its accepted repairs, and what each does or would do. Raises Unreadable."""
    return mend(read_file(source_of(one)), frozenset(one.accepted))


def is_long(whole: Whole) -> bool:
    """Whether a file has more rows than are looked at when it is mended: it comes in as it is, or not at all."""
    return any(sheet.more for sheet in whole.sheets)


def take_file(state: State, form: TakeFile, asked: Asked) -> Accepted | Refused:
    """Keep a file that is a table of cells."""
    content = unpack(form.content)
    if content is None:
        return refuse_invalid("file", REFUSALS["too_large"])
    source = bytes_source(form.file_name, content)
    wrong = _wrong_with(source)
    if wrong is not None:
        return refuse_invalid("file", wrong)
    digest = hashlib.sha256(content).hexdigest()
    one = Delivery(
        id=f"urn:ngsi-ld:{NAME}:{digest[:16]}-{asked.seed & 0xFFFFFF:06x}",
        file_name=form.file_name,
        digest=digest,
        size_bytes=len(content),
        content=form.content,
        received_at=asked.now,
        taken_by=asked.person.account_id,
    )
    return Accepted(writes=(one,), answer={"id": one.id})


def _wrong_with(source: Source) -> Words | None:
    """Why a file cannot be taken in."""
    if is_geodata(source.name):
        try:
            need_geodata(source)
        except Unreadable as error:
            return WORDS[error.issue.code]
        return None
    if source.suffix not in (*TEXTS, *WORKBOOKS):
        return Words(
            "CSV、Excel（.xlsx）、GeoJSON、ZIP（シェープファイルかGTFS）のどれかを選んでください。",
            "Please choose a CSV, Excel (.xlsx) or GeoJSON file, or a zip (Shapefile or GTFS).",
            "CSV、Excel、GeoJSON、ZIPの どれかを えらんで ください。",
        )
    return find_refusal(source)


def accept_repairs(state: State, form: AcceptRepairs, asked: Asked) -> Accepted | Refused:
    """Keep which repairs a file gets, as long as it is not on its way."""
    one = state.get(form.id)
    if not isinstance(one, Delivery) or one.state not in ("open", "held") or is_geodata(one.file_name):
        return Refused("not_found")
    accepted = tuple(name for name in REPAIRS if name in form.accepted)
    # what is mended differently is looked at anew
    return Accepted(
        writes=(msgspec.structs.replace(one, accepted=accepted, **UNDECIDED),),
        answer={"id": one.id},
    )


def discard(state: State, form: Discard, asked: Asked) -> Accepted | Refused:
    """Give a file up that is not in."""
    one = state.get(form.id)
    if not isinstance(one, Delivery) or one.state not in ("open", "held", "failed"):
        return Refused("not_found")
    return _decided(msgspec.structs.replace(one, content=""), "discarded", form.reason, asked)


def _decided(one: Delivery, state: str, reason: str, asked: Asked) -> Accepted:
    after = msgspec.structs.replace(
        one, state=state, reason=reason, decided_by=asked.person.account_id, decided_at=asked.now
    )
    return Accepted(writes=(after,), answer={"id": one.id})


def refuse_invalid(field: str, words: Words) -> Refused:
    """The answer to a form of which one field is wrong."""
    return Refused("invalid", (Fault(field, "invalid", words),))


DELIVERIES: Final = EntityType(
    name=NAME,
    raw=EVERYTHING,
    view=Delivery,
    words=Words("届いたファイル", "Delivered files", "とどいた ファイル"),
    title="file_name",
    columns=("file_name", "state", "received_at", "data_set"),
    desk="opendata/files/{id}",
    workings=frozenset({"content", "doubts", "cleared", "accepted", "digest", "left_out", "versions", "file_holds"}),
    codes=lambda settings: {"state": STATES},
    labels={
        "file_name": Words("ファイル", "File"),
        "state": Words("状態", "State", "いまの ようす"),
        "size_bytes": Words("大きさ（バイト）", "Size (bytes)", "大（おお）きさ"),
        "reason": Words("理由", "Reason", "わけ"),
        "draft": Words("下書き", "Draft", "下書（したが）き"),
        "removes": Words("ファイルにない記録を消す", "Take out what left the file", "ない ものを けす"),
        "left": Words("消える件数", "How many leave", "きえる かず"),
        "sure": Words("多くても消す", "Also where they are many", "おおくても けす"),
        "without": Words("公開しない列", "Columns left out", "見（み）せない 列（れつ）"),
        "again": Words("決め直す列", "Columns decided on again", "もういちど きめる 列（れつ）"),
        "taken_by": Words("受け取った職員", "Taken in by", "うけとった 人（ひと）"),
        "decided_by": Words("決めた職員", "Decided by", "きめた 人（ひと）"),
        "decided_at": Words("決めた日時", "Decided", "きめた とき"),
        "received_at": Words("届いた日時", "Received", "とどいた とき"),
        "url": Words("取得元", "Fetched from", "とって きた ところ"),
        "source": Words("出典", "Source", "だれの データ"),
        "licence": Words("利用条件", "Licence", "使（つか）う きまり"),
        "data_set": Words("データセット", "Data set", "データ"),
        "harvest": Words("定期取得", "Fetched by", "とりに 行（い）く もの"),
        "fault": Words("取り込めない理由", "Why it could not be brought in", "入（はい）らない わけ"),
    },
)  # fmt: skip
