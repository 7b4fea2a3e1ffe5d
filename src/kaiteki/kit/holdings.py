"""What is held about whoever asks, in the words of the services, and who read it."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

from kaiteki.kit.backoffice.wording import Wording, label, shown
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import City, Listing
from kaiteki.kit.purposes import register, words_of_item
from kaiteki.kit.views import expand_name, slots, where
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.ports.accesses import Kept
from kaiteki.ports.entities import By

RECORDS_MAX: Final = 1000
"""Records of one type that are taken along."""
_LINKS_MAX: Final = 200
Who: TypeAlias = Literal["self", "helper", "program", "staff", "other"]
"""The person, who acts for them, automatic work, somebody of the town hall, anybody else who has an account."""
OPERATOR: Final = "operator"
"""Who runs the node, by its command line."""
PROGRAMS: Final = ("", "system", "anonymous")
"""The actors behind which nobody stands."""
_NOBODY: Final = Words("（空）", "(empty)", "（なし）")


class Holding(msgspec.Struct, frozen=True):
    """The records of one type that somebody holds: as views, and how many there are in all."""

    service: Service
    declared: EntityType
    found: Listing

    @property
    def count(self) -> int:
        """How many there are."""
        return self.found.total or 0


class Read(msgspec.Struct, frozen=True):
    """Somebody read data of a person: who it was to that person, of which office, for what, which attributes of how many records."""

    number: int
    at: Instant
    who: Who
    office: Words | None
    purpose: Words | None
    attributes: tuple[Words, ...]
    count: int


async def holdings(city: City, limit: int = RECORDS_MAX) -> list[Holding]:
    """What is held by whoever asks, type by type in the order of the services; types with nothing are left out."""
    held: list[Holding] = []
    owned = tuple(sorted(city.owned))
    for service in city.entrusted if owned else ():
        for declared in (one for one in service.types if one.holder):
            wanted = Query(q=where(declared.view, declared.holder, "==", owned), limit=limit, total=True)
            found = await city.find(declared.view, wanted)
            if found.items:
                held.append(Holding(service, declared, found))
    return held


async def lines_of(city: City, holding: Holding, language: str, most: int) -> list[list[tuple[str, str]]]:
    """The first records in words: of each the fields that hold something, as (label, text)."""
    fields = shown(holding.declared)
    views = holding.found.items[:most]
    links = [
        one
        for view in views
        for slot in fields
        for one in _texts(getattr(view, slot.field))
        if one.startswith("urn:")
    ]
    names = await city.named(tuple(dict.fromkeys(links))[:_LINKS_MAX])
    wording = Wording(holding.declared, language, city.codes(holding.declared), names)
    lines = [
        [
            (label(holding.declared, slot).say(language), wording.text(slot, getattr(view, slot.field)))
            for slot in fields
            # messages name the person by the number of the service that sent them, which a helper may not be told
            if slot.field != holding.declared.holder or getattr(view, slot.field) in city.numbers
        ]
        for view in views
    ]
    told = [[(name, text) for name, text in line if text] for line in lines]
    return [line or [("", _NOBODY.say(language))] for line in told]


async def reads(city: City, before: int, limit: int) -> list[Read]:
    """Who read what of whoever asks, the newest first, before a number (0: from the newest on)."""
    return [_read_of(city, kept) for kept in await city.accesses(before, limit)]


def _read_of(city: City, kept: Kept) -> Read:
    by = kept.access.by
    who = _who(by, by.actor in city.owned)
    purpose = next((one.purpose.words for one in register(city.services) if one.name == by.purpose), None)
    return Read(
        number=kept.number,
        at=kept.at,
        who=who,
        office=_office(city, by.office) if who == "staff" else None,
        purpose=purpose,
        attributes=_attributes(city, kept),
        count=kept.access.count,
    )


def _who(by: By, own: bool) -> Who:
    """What somebody was when they read: whoever held a role of the town hall then is named with the offices in which it held (`*`: all)."""
    if own:
        return "helper" if by.helper else "self"
    if by.actor in PROGRAMS:
        return "program"
    return "staff" if by.office or by.actor == OPERATOR else "other"


def _attributes(city: City, kept: Kept) -> tuple[Words, ...]:
    """What people call the attributes that an access names; of those that no service has any more, their names."""
    types = (one for service in city.services for one in service.types)
    named = (one for one in types if kept.access.type in (one.name, expand_name(one.name)))
    declared = next(named, None)
    fields = {slot.iri: slot.field for slot in slots(declared.view)} if declared is not None else {}
    found: list[Words] = []
    for name in kept.access.attributes:
        field, bare = fields.get(name, name), name.rsplit("/", 1)[-1]
        words = words_of_item(city.services, f"{declared.name}.{field}") if declared is not None else None
        found.append(words or Words(bare, bare))
    return tuple(found)


def _office(city: City, code: str) -> Words | None:
    """What people call an office, where a service has words for its code."""
    for declared in (one for service in city.services for one in service.types if one.codes is not None):
        words = city.codes(declared).get("office", {}).get(code)
        if words is not None:
            return words
    return Words(code, code) if code not in ("", "*") else None


def _texts(value: Any) -> list[str]:
    parts = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)
    return [one for one in parts if isinstance(one, str)]
