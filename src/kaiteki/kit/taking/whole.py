"""The whole file: what each service holds of a person or says of them elsewhere, photos, consents, who read it, and a page that explains it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.backoffice.wording import label
from kaiteki.kit.city import CityOf
from kaiteki.kit.files.photo import READY, Photo, photo_id, sender_mark
from kaiteki.kit.holdings import Read, reads
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.taking.archive import Archive, Row, Sheet
from kaiteki.kit.taking.beside import NOT_ENTRUSTED, NOT_FOR_HELPERS, Beside
from kaiteki.kit.taking.telling import Contents
from kaiteki.kit.views import expand_name, read, slots, where
from kaiteki.model.instant import format_instant
from kaiteki.model.query import AnyOf, Query, TypeIs
from kaiteki.model.words import LANGUAGES, Words

PAGE: Final = 100
"""Records that are read at once."""
RECORDS_MAX: Final = 10_000
"""Records of one type that are taken along."""
READS_MAX: Final = 20_000
"""Lines of who read what that are taken along, the newest."""
PHOTOS_MAX: Final = 500
_PHOTOS: Final = Words("送った写真", "Photos you sent", "おくった しゃしん")
_CONSENTS: Final = Words("同意の控え", "Receipts of consent", "「いいです」の ひかえ")
_READS: Final = Words("だれが見たか", "Who read it", "だれが 見（み）たか")
_AS: Final = Words("あなたが出てくる項目", "Where you stand in it", "あなたの こと")
_COLUMNS: Final = {
    "at": Words("日時", "When", "いつ"),
    "who": Words("見た人", "Who", "だれ"),
    "office": Words("課", "Office", "か"),
    "purpose": Words("目的", "Purpose", "なんの ため"),
    "attributes": Words("見たもの", "What", "なに"),
    "count": Words("件数", "Records", "かず"),
}


async def taken(
    beside: Beside, city: CityOf, consents: Sequence[Mapping[str, Any]]
) -> AsyncGenerator[bytes, None]:
    """Everything kept of whoever asks as a zip, piece by piece; `consents` are the receipts of what they agreed to."""
    now = city.engine.clock.now()
    archive, contents, digests = Archive(now, city.asking.language), Contents(), set[str]()
    account = () if city.asking.person.helper else await beside.sheets(city.asking.person.account_id, now)
    sheets = [*account, *_held(city, digests), *_spoken(city, digests)]
    try:
        for sheet in (*sheets, Sheet("read/reads", _READS, _COLUMNS, _read_pages(city))):
            async with aclosing(archive.sheet(contents.counted(sheet))) as pieces:
                async for piece in pieces:
                    yield piece
        async for digest, content in _photos(city, beside, digests):
            contents.add("photos", _PHOTOS)
            yield archive.put(f"photos/{digest}.jpg", content)
        contents.add("consents/receipts.json", _CONSENTS, len(consents))
        yield archive.put(
            "consents/receipts.json", msgspec.json.format(msgspec.json.encode(consents), indent=2)
        )
        for language in LANGUAGES:
            text = contents.readme(language, now, tuple(sorted(city.numbers)), _beyond(city))
            yield archive.put(f"README.{language}.txt", ("\ufeff" + text).encode())
    except GeneratorExit:
        archive.close()
        raise
    yield archive.close()


def _told_of(city: CityOf, declared: EntityType, row: dict[str, Any]) -> Row:
    """A record of whoever asks; messages name the person by the number of the service that sent them, which a helper may not be told."""
    return row if row[declared.holder] in city.numbers else row | {declared.holder: ""}


def _beyond(city: CityOf) -> Mapping[str, Words]:
    """What the person alone takes along, or who is entrusted with it, by its file or folder."""
    if not city.asking.person.helper:
        return {}
    closed = [one for one in city.services if one not in city.entrusted]
    tables = {f"data/{one.name}": NOT_ENTRUSTED for service in closed for one in service.types if one.holder}
    return NOT_FOR_HELPERS | tables


def _held(city: CityOf, digests: set[str]) -> Iterator[Sheet]:
    """A table of each type of which somebody holds records."""
    owned = tuple(sorted(city.owned))
    for service in city.entrusted if owned else ():
        for declared in (one for one in service.types if one.holder):
            columns = {slot.field: label(declared, slot) for slot in slots(declared.view)}
            pages = _held_pages(city, declared, owned, digests)
            yield Sheet(f"data/{declared.name}", declared.words, columns, pages)


async def _held_pages(
    city: CityOf, declared: EntityType, owned: tuple[str, ...], digests: set[str]
) -> AsyncGenerator[Sequence[Row], None]:
    wanted = Query(q=where(declared.view, declared.holder, "==", owned), limit=PAGE)
    for _ in range(RECORDS_MAX // PAGE):
        found = await city.find(declared.view, wanted)
        _note(declared, found.items, digests)
        yield [_told_of(city, declared, _row(declared, view)) for view in found.items]
        if not found.more or not found.items:
            return
        wanted = msgspec.structs.replace(wanted, after_id=found.items[-1].id)


def _spoken(city: CityOf, digests: set[str]) -> Iterator[Sheet]:
    """A table of each type in which services name people who do not hold it: what an erasure would empty, as far as they may see it."""
    named: dict[str, set[str]] = {}
    kept = {one.name: one for service in city.entrusted for one in service.types}
    for service in city.services if city.owned else ():
        for rule in (one for one in service.erase if one.type in kept):
            named.setdefault(rule.type, set()).update(rule.holders)
    for name, fields in named.items():
        declared = kept[name]
        columns = {"as": _AS, **{slot.field: label(declared, slot) for slot in slots(declared.view)}}
        pages = _spoken_pages(city, declared, tuple(sorted(fields)), digests)
        yield Sheet(f"named/{name}", declared.words, columns, pages)


async def _spoken_pages(
    city: CityOf, declared: EntityType, fields: tuple[str, ...], digests: set[str]
) -> AsyncGenerator[Sequence[Row], None]:
    owned = tuple(sorted(city.owned))
    named = AnyOf(tuple(where(declared.view, field, "==", owned) for field in fields))
    wanted = Query(types=TypeIs(expand_name(declared.name)), q=named, limit=PAGE)
    for _ in range(RECORDS_MAX // PAGE):
        found = await city.engine.entities.find(city.asking.area, wanted)
        rows: list[Row] = []
        for entity in (row.entity() for row in found.rows):
            whole, open_to = read(declared.view, entity), city.open_to(entity)
            seen = city.view_of(declared.view, entity, open_to) if open_to is None or open_to else None
            parts = [field for field in fields if set(owned) & set(_texts(getattr(whole, field)))]
            _note(declared, [whole], digests)
            rows.append({"as": parts, **(_row(declared, seen) if seen is not None else {"id": entity.id})})
        yield rows
        if not found.more or not found.rows:
            return
        wanted = msgspec.structs.replace(wanted, after_id=found.rows[-1].id)


async def _read_pages(city: CityOf) -> AsyncGenerator[Sequence[Row], None]:
    before = 0
    for _ in range(READS_MAX // PAGE):
        found = await reads(city, before, PAGE)
        yield [_told(city.asking.language, one) for one in found]
        if len(found) < PAGE:
            return
        before = found[-1].number


async def _photos(city: CityOf, beside: Beside, digests: set[str]) -> AsyncGenerator[tuple[str, bytes], None]:
    """The photos that somebody sent themselves, as they are shown: without metadata, with hidden faces."""
    area = city.asking.area
    for digest in sorted(digests)[:PHOTOS_MAX]:
        row = (await city.engine.entities.load(area, (photo_id(digest),))).get(photo_id(digest))
        photo = read(Photo, row.entity()) if row is not None else None
        # (a photo knows its sender by the account, of which a helper is told no number)
        own = {sender_mark(one, digest) for one in {*city.owned, city.asking.person.account_id}}
        if photo is not None and photo.state == READY and own & set(photo.senders):
            content = await beside.files.get(area, photo.picture)
            if content is not None:
                yield digest, content


def _row(declared: EntityType, view: Any) -> dict[str, Any]:
    """A record with every field under its name; times in ISO 8601 with their zone."""
    row: dict[str, Any] = {}
    for slot in slots(declared.view):
        value = getattr(view, slot.field)
        row[slot.field] = value if slot.lower is None or value is None else slot.lower(value)
    return row


def _told(language: str, one: Read) -> Row:
    return {
        "at": format_instant(one.at),
        "who": one.who,
        "office": one.office.say(language) if one.office else "",
        "purpose": one.purpose.say(language) if one.purpose else "",
        "attributes": [words.say(language) for words in one.attributes],
        "count": one.count,
    }


def _note(declared: EntityType, views: Sequence[Any], digests: set[str]) -> None:
    """Remember the photos that records name."""
    for view in views:
        for field in declared.photos:
            digests.update(_texts(getattr(view, field)))


def _texts(value: Any) -> list[str]:
    parts = cast("Sequence[Any]", value) if isinstance(value, tuple | list) else (value,)
    return [one for one in parts if isinstance(one, str) and one]
