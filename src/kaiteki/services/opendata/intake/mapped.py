"""What the columns of the files of one source mean: guessed, corrected by staff, tried on the newest file before it counts, and undone. Pure.

    newest file ─► draft (a type, an item for each column) ─► trial: rows, records, refusals ─► used ─► the file is fetched anew and comes in so
                                                                                              └► undone: what counted before counts again

A mapping in use counts for the files of its source alone, and before whatever was kept for the same header elsewhere. Only a file of
one table has one. A draft that was tried on an older file has to be tried again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from kaiteki.kit.manifest import EVERYTHING, Command, EntityType, State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.intake.delivery import Delivery, bytes_source, source_of, whole_of
from kaiteki.services.opendata.intake.geodata import is_geodata
from kaiteki.services.opendata.intake.harvest import NAME as SOURCE
from kaiteki.services.opendata.intake.harvest import HarvestSource
from kaiteki.services.opendata.intake.trying import try_table
from kaiteki.services.opendata.intake.written import write_exactly
from kaiteki.services.opendata.mapping import IGNORED, Guess, correct
from kaiteki.services.opendata.model import KeptChoice, KeptIssue
from kaiteki.services.opendata.quality import WORDS
from kaiteki.services.opendata.reading.source import Issue, Source, Table, Unreadable
from kaiteki.services.opendata.standard.table import standard_types

NAME: Final = "SourceMapping"
PAGE: Final = "opendata/harvest"
EARLIER_MAX: Final = 5
"""Mappings that can be gone back to."""
PLANES: Final = 19
COLUMNS_MAX: Final = 1_000


class Trial(msgspec.Struct, frozen=True):
    """What a draft made of a file: rows that were read, records that they would become, those of them with a place, and what was found.

    `sample` are the first records: the name of each item with its value.
    """

    delivery: str
    rows: int = 0
    records: int = 0
    located: int = 0
    refused: int = 0
    issues: tuple[KeptIssue, ...] = ()
    sample: tuple[tuple[tuple[str, str], ...], ...] = ()


class Earlier(msgspec.Struct, frozen=True):
    """A mapping that counted before; without a type it was guessed."""

    record_type: str = ""
    choices: tuple[KeptChoice, ...] = ()


class SourceMapping(msgspec.Struct, frozen=True):
    """The mapping of a source: what counts (no type: it is guessed), the draft with its trial, and what counted before, the last first."""

    id: str
    source: str = ""
    record_type: str = ""
    choices: tuple[KeptChoice, ...] = ()
    draft_type: str = ""
    draft: tuple[KeptChoice, ...] = ()
    trial: Trial | None = None
    before: tuple[Earlier, ...] = ()
    used_at: Instant | None = None
    used_by: str = ""


class TryMapping(msgspec.Struct, frozen=True):
    """Try on the newest file of a source what its columns mean. `shown_type` is the type whose items were chosen from: of another one
    (`record_type`) only what it knows too is told, and the rest is guessed. `plane` is the plane-rectangular system of the area, 0 for none."""

    id: str
    delivery: str
    record_type: str = ""
    shown_type: str = ""
    columns: Annotated[tuple[str, ...], msgspec.Meta(max_length=COLUMNS_MAX)] = ()
    items: Annotated[tuple[str, ...], msgspec.Meta(max_length=COLUMNS_MAX)] = ()
    plane: Annotated[int, msgspec.Meta(ge=0, le=PLANES)] = 0


class UseMapping(msgspec.Struct, frozen=True):
    """Have the draft count that was tried on the newest file. `tried` is the mark of the draft that was seen (`mark_of`); empty: whichever
    it is."""

    id: str
    delivery: str
    tried: str = ""


class UndoMapping(msgspec.Struct, frozen=True):
    """Go back to what counted before."""

    id: str


def mapping_id(source: str) -> str:
    """The id of the mapping of a source."""
    return source.replace(f":{SOURCE}:", f":{NAME}:")


def guess_for(one: Delivery, record_type: str, told: Mapping[str, str]) -> Guess:
    """What the columns of a file are taken for, with what was told. Raises Unreadable, also for a file of several tables."""
    source, table = _table(one)
    guessed = importing.guess_table(source, table, record_type, None)
    return correct(guessed, "", {column: item for column, item in told.items() if column in table.header})


def try_on(one: Delivery, guessed: Guess, plane: int) -> Trial:
    """What a mapping makes of a file; nothing is kept. Raises Unreadable."""
    made = try_table(*_table(one), guessed, plane)
    return Trial(one.id, made.rows, made.records, made.located, made.refused, made.issues, made.sample)


def _table(one: Delivery) -> tuple[Source, Table]:
    """The table of a delivery after its repairs, as the import sees it."""
    if is_geodata(one.file_name):
        source = source_of(one)
        tables = importing.read_tables(source)
        if len(tables) != 1:
            raise Unreadable(Issue("several_tables", level="refused"))
        return source, tables[0]
    sheets = whole_of(one).sheets
    if len(sheets) != 1:
        raise Unreadable(Issue("several_tables", level="refused"))
    source = bytes_source(
        f"{one.file_name.rpartition('.')[0] or one.file_name}.csv", write_exactly(sheets[0])
    )
    return source, importing.read_tables(source)[0]


def needed_for_trial(form: TryMapping, asked: Asked) -> tuple[str, ...]:
    """The source, its mapping, the file."""
    return (form.id, mapping_id(form.id), form.delivery)


def try_mapping(state: State, form: TryMapping, asked: Asked) -> Accepted | Refused:
    """Keep a draft with what it makes of the newest file."""
    source, one = state.get(form.id), state.get(form.delivery)
    if not isinstance(source, HarvestSource) or not isinstance(one, Delivery):
        return Refused("not_found")
    if source.delivery != one.id or not one.content:
        return _refused("delivery", NEWER)
    kind = standard_types().get(form.record_type)
    if form.record_type and kind is None:
        return _refused("record_type", Words("種類を一覧から選んでください。", "Please choose a type from the list.", "えらんで ください。"))  # fmt: skip
    known = {IGNORED, "", *(item.key for item in kind.items)} if kind else {IGNORED, ""}
    told = dict(zip(form.columns, form.items, strict=False))
    mapping = _mapping(state, form.id)
    if set(told.values()) - known or form.shown_type not in ("", form.record_type):
        # of another type only what it knows is told; the rest is guessed anew
        told = {column: item for column, item in told.items() if item and item in known}
    try:
        guessed = guess_for(one, form.record_type, told)
        trial = try_on(one, guessed, form.plane)
    except Unreadable as error:
        return _refused("delivery", WORDS[error.issue.code])
    choices = tuple(KeptChoice(c.column, c.item, c.confidence, c.reason) for c in guessed.choices)
    after = msgspec.structs.replace(mapping, draft_type=guessed.type, draft=choices, trial=trial)
    return Accepted(writes=(after,), answer={"id": after.id, "records": trial.records})


def needed_for_use(form: UseMapping, asked: Asked) -> tuple[str, ...]:
    """The source, its mapping, the file."""
    return (form.id, mapping_id(form.id), form.delivery)


def use_mapping(state: State, form: UseMapping, asked: Asked) -> Accepted | Refused:
    """Have the tried draft count: the source goes on with the columns of its newest file, which is fetched anew."""
    source, one = state.get(form.id), state.get(form.delivery)
    mapping = _mapping(state, form.id)
    if not isinstance(source, HarvestSource) or not isinstance(one, Delivery):
        return Refused("not_found")
    if mapping.trial is None or mapping.trial.delivery != source.delivery or one.id != source.delivery:
        return _refused("delivery", NEWER)
    if form.tried and form.tried != mark_of(mapping):
        return _refused("items", OTHERS)
    if not mapping.trial.records:
        return _refused("items", Words("1件も取り込めない対応は使えません。", "A mapping by which nothing comes in cannot be used.", "なにも 入（はい）りません。"))  # fmt: skip
    after = msgspec.structs.replace(
        mapping,
        record_type=mapping.draft_type,
        choices=mapping.draft,
        draft_type="",
        draft=(),
        trial=None,
        before=(Earlier(mapping.record_type, mapping.choices), *mapping.before)[:EARLIER_MAX],
        used_at=asked.now,
        used_by=asked.person.account_id,
    )
    given_up = [msgspec.structs.replace(one, state="discarded", content="")] if one.state == "open" else []
    return Accepted(writes=(after, _anew(source, asked.now), *given_up), answer={"id": after.id})


def mark_of(mapping: SourceMapping) -> str:
    """What tells a draft from any other: its type and what each column is taken for."""
    told = [mapping.draft_type, *(f"{one.column}\t{one.item}" for one in mapping.draft)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


def needed_for_undo(form: UndoMapping, asked: Asked) -> tuple[str, ...]:
    """The source and its mapping."""
    return (form.id, mapping_id(form.id))


def undo_mapping(state: State, form: UndoMapping, asked: Asked) -> Accepted | Refused:
    """Have count again what counted before; the file is fetched anew."""
    source, mapping = state.get(form.id), state.get(mapping_id(form.id))
    if not isinstance(source, HarvestSource) or not isinstance(mapping, SourceMapping) or not mapping.before:
        return Refused("not_found")
    last, *rest = mapping.before
    after = msgspec.structs.replace(
        mapping, record_type=last.record_type, choices=last.choices, before=tuple(rest), used_at=asked.now,
        used_by=asked.person.account_id,
    )  # fmt: skip
    return Accepted(writes=(after, _anew(source, asked.now)), answer={"id": after.id})


def _anew(source: HarvestSource, now: Instant) -> HarvestSource:
    """A source that fetches its file at once, whether it is new or not, with the columns that it was found to have."""
    return msgspec.structs.replace(
        source, columns=source.found or source.columns, found=(), is_active=True, result="", why="",
        etag="", last_modified="", digest="", failures=0, next_at=now,
    )  # fmt: skip


def _mapping(state: State, source: str) -> SourceMapping:
    kept = state.get(mapping_id(source))
    return kept if isinstance(kept, SourceMapping) else SourceMapping(mapping_id(source), source)


def _refused(field: str, words: Words) -> Refused:
    return Refused("invalid", (Fault(field, "invalid", words),))


NEWER: Final = Words(
    "新しいファイルで試してからにしてください。",
    "Please try it on the newest file first.",
    "さきに ためして ください。",
)
OTHERS: Final = Words(
    "ほかの職員が、別の対応を試しました。下に出ているのはその対応です。確かめてから使うか、試し直してください。",
    "Somebody else tried another mapping, which is the one below. Please look at it before you use it, or try yours again.",
    "ほかの 人（ひと）が ちがう ものを ためしました。もう一度（いちど） 見（み）て ください。",
)
COMMANDS: Final = (
    Command("try_mapping", Words("列の対応を試す", "Try the mapping of columns", "列（れつ）を ためす"), TryMapping, try_mapping, needed_for_trial, on=SOURCE, page=PAGE),
    Command("use_mapping", Words("列の対応を使う", "Use the mapping of columns", "列（れつ）を つかう"), UseMapping, use_mapping, needed_for_use, on=SOURCE, page=PAGE),
    Command("undo_mapping", Words("列の対応を前に戻す", "Undo the mapping of columns", "まえに もどす"), UndoMapping, undo_mapping, needed_for_undo, on=SOURCE, page=PAGE),
)  # fmt: skip
MAPPINGS: Final = EntityType(
    name=NAME,
    raw=EVERYTHING,
    view=SourceMapping,
    words=Words("定期取得の列の対応", "Mappings of sources", "列（れつ）の いみ"),
    title="source",
    columns=("source", "record_type", "used_at"),
    desk="opendata/harvest",
    workings=frozenset({"choices", "draft", "draft_type", "trial", "before"}),
    labels={
        "source": Words("定期取得", "Source", "とりに 行（い）く もの"),
        "record_type": Words("データの種類", "Type of data", "なにの データ"),
        "used_at": Words("使い始めた日時", "In use since", "つかいはじめた とき"),
        "used_by": Words("決めた職員", "Decided by", "きめた 人（ひと）"),
    },
)  # fmt: skip
