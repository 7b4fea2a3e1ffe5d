"""What staff decide about catalogues of others, and what a reading of one means. Pure.

    declared ─► read page by page ─► a list of data sets, with what is new ─► files are chosen ─► a source each, due at once
             └► no answer, no catalogue ─► failed, tried again later and later; the list of the last reading stays

A source that was chosen has the address of its file in its id: the same file is never fetched twice by being chosen twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.manifest import Command, State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.catalogues.model import (
    CHOSEN_MAX,
    NAME,
    SETS_MAX,
    ChooseFiles,
    DeclareCatalogue,
    ForgetCatalogue,
    HarvestCatalogue,
    Offered,
    OfferedFile,
    ReadCatalogue,
    key_of,
)
from kaiteki.services.opendata.intake.harvest import (
    AGAIN_US,
    FAILURES_COUNTED_MAX,
    HOUR_US,
    RHYTHMS,
    HarvestSource,
    refuse_address,
)
from kaiteki.services.opendata.intake.harvest import NAME as SOURCE

EVERY_US: Final = 24 * HOUR_US
"""How often a catalogue is read by itself."""
GONE_MAX: Final = 20
"""Data sets that are no longer there, of which the titles are told."""
TITLE_MAX: Final = 80
PUBLISHER_MAX: Final = 40
_NO_NAME: Final = re.compile(r'[\x00-\x1f/\\:*?"<>|]+')
PAGE: Final = "opendata/catalogues"


def source_id(key: str) -> str:
    """The id of the source that a chosen file becomes."""
    return f"urn:ngsi-ld:{SOURCE}:{key}"


def declare_catalogue(state: State, form: DeclareCatalogue, asked: Asked) -> Accepted | Refused:
    """Keep the address of a catalogue; it is due at once."""
    if (never := refuse_address(form.url, asked)) is not None:
        return never
    one = HarvestCatalogue(
        id=f"urn:ngsi-ld:{NAME}:{key_of(form.url)}", title=form.title, url=form.url, next_at=asked.now
    )
    known = state.get(one.id)
    if isinstance(known, HarvestCatalogue):
        one = msgspec.structs.replace(known, title=form.title, next_at=asked.now)
    return Accepted(writes=(one,), answer={"id": one.id})


def needed_for_declaring(form: DeclareCatalogue, asked: Asked) -> tuple[str, ...]:
    """The catalogue of that address."""
    return (f"urn:ngsi-ld:{NAME}:{key_of(form.url)}",)


def read_catalogue(state: State, form: ReadCatalogue, asked: Asked) -> Accepted | Refused:
    """Make a catalogue due."""
    one = state.get(form.id)
    if not isinstance(one, HarvestCatalogue):
        return Refused("not_found")
    return Accepted(writes=(msgspec.structs.replace(one, next_at=asked.now),), answer={"id": one.id})


def forget_catalogue(state: State, form: ForgetCatalogue, asked: Asked) -> Accepted | Refused:
    """Take a catalogue off the list."""
    if not isinstance(state.get(form.id), HarvestCatalogue):
        return Refused("not_found")
    return Accepted(deletes=(form.id,), answer={"id": form.id})


def needed_for_choosing(form: ChooseFiles, asked: Asked) -> tuple[str, ...]:
    """The catalogue, and the sources that the chosen files would become."""
    return (form.id, *(source_id(key) for key in form.chosen[:CHOSEN_MAX]))


def choose_files(state: State, form: ChooseFiles, asked: Asked) -> Accepted | Refused:
    """Make a source of each chosen file, with publisher and licence of its data set; those that are sources already stay as they are."""
    one = state.get(form.id)
    if not isinstance(one, HarvestCatalogue):
        return Refused("not_found")
    if form.every_hours not in {hours for hours, _ in RHYTHMS}:
        return _refused("every_hours", Words("間隔を一覧から選んでください。", "Please choose a rhythm from the list.", "えらんで ください。"))  # fmt: skip
    offered = {file.key: (each, file) for each in one.sets for file in each.files}
    if any(key not in offered for key in form.chosen):
        return _refused("chosen", Words("一覧が新しくなりました。選び直してください。", "The list is a new one. Please choose again.", "もういちど えらんで ください。"))  # fmt: skip
    names = _names(one)
    made = [
        HarvestSource(
            id=source_id(key),
            title=each.title,
            url=file.url,
            file_name=names[key],
            every_hours=int(form.every_hours),
            source=each.publisher or one.title,
            licence=each.licence,
            next_at=asked.now,
            catalogue=one.id,
        )
        for key, (each, file) in offered.items()
        if key in form.chosen and not isinstance(state.get(source_id(key)), HarvestSource)
    ]
    return Accepted(writes=tuple(made), answer={"id": one.id, "sources": len(made)})


def _refused(field: str, words: Words) -> Refused:
    return Refused("invalid", (Fault(field, "unknown", words),))


def _names(one: HarvestCatalogue) -> dict[str, str]:
    """File name of each offered file, by its key. Files of one name renew the same data set, so no two have the same: the publisher
    stands in it, and a piece of the key where that is not enough."""
    stems = {file.key: _stem(each, file) for each in one.sets for file in each.files}
    twice = Counter(stems.values())
    return {
        key: stem if twice[stem] == 1 else f"{stem.rpartition('.')[0]}-{key[:6]}.{stem.rpartition('.')[2]}"
        for key, stem in stems.items()
    }


def _stem(each: Offered, file: OfferedFile) -> str:
    title = _NO_NAME.sub(" ", each.title).strip(" .")[:TITLE_MAX] or file.key
    publisher = _NO_NAME.sub(" ", each.publisher).strip(" .")[:PUBLISHER_MAX] or file.key[:6]
    return f"{title}（{publisher}）.{file.form}"


def settle_reading(
    one: HarvestCatalogue, form: str, sets: Sequence[Offered], more: bool, now: Instant
) -> HarvestCatalogue:
    """A catalogue after it was read: each data set once, with what is new since the reading before."""
    listed = list({each.key: each for each in sets}.values())
    shown = listed[:SETS_MAX]
    before = {each.key: each for each in one.sets} if one.read_at is not None else None
    keys = {each.key for each in shown}
    whole = not more and len(listed) <= SETS_MAX
    gone = [each.title for each in one.sets if each.key not in keys] if whole else []
    return msgspec.structs.replace(
        one,
        form=form,
        state="read",
        why="",
        failures=0,
        sets=tuple(msgspec.structs.replace(each, news=_news(each, before)) for each in shown),
        more=not whole,
        gone=tuple(gone[:GONE_MAX]),
        read_at=now,
        next_at=Instant(now + EVERY_US),
    )


def _news(each: Offered, before: dict[str, Offered] | None) -> str:
    if before is None:
        return ""
    last = before.get(each.key)
    if last is None:
        return "new"
    return "changed" if (each.modified, each.files) != (last.modified, last.files) else ""


def fail_reading(one: HarvestCatalogue, why: str, now: Instant) -> HarvestCatalogue:
    """A catalogue that could not be read: it is due again later and later; the list of the last reading stays."""
    failures = min(one.failures + 1, FAILURES_COUNTED_MAX)
    wait = min(EVERY_US, AGAIN_US * 2 ** (failures - 1))
    return msgspec.structs.replace(
        one, state="failed", why=why, failures=failures, next_at=Instant(now + wait)
    )


def _one(form: ReadCatalogue | ForgetCatalogue, asked: Asked) -> tuple[str, ...]:
    return (form.id,)


COMMANDS: Final = (
    Command("declare_catalogue", Words("ほかのまちのカタログを加える", "Add a catalogue of others", "カタログを 足（た）す"), DeclareCatalogue, declare_catalogue, needed_for_declaring, page=PAGE),
    Command("read_catalogue", Words("カタログをいま読み取る", "Read a catalogue now", "カタログを いま 読（よ）む"), ReadCatalogue, read_catalogue, _one, on=NAME, page=PAGE),
    Command("forget_catalogue", Words("カタログを一覧から外す", "Take a catalogue off the list", "カタログを はずす"), ForgetCatalogue, forget_catalogue, _one, on=NAME, page=PAGE),
    Command("choose_files", Words("カタログのファイルを選ぶ", "Choose files of a catalogue", "ファイルを えらぶ"), ChooseFiles, choose_files, needed_for_choosing, on=NAME, page=PAGE),
)  # fmt: skip
