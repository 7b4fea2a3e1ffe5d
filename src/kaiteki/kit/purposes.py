"""What data of people are used for: which purpose covers which attribute, and the words in which people read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from kaiteki.kit.backoffice.wording import label, shown
from kaiteki.kit.grounds import BESIDE, ROLES
from kaiteki.kit.manifest import EntityType, Purpose, Service
from kaiteki.kit.views import slots
from kaiteki.model.words import Words


class Covered(msgspec.Struct, frozen=True):
    """A purpose with the service that declares it, under the name by which requests and consents call it."""

    name: str
    service: Service
    purpose: Purpose


def register(services: Sequence[Service]) -> tuple[Covered, ...]:
    """Every purpose of every service, in the order of the services."""
    return tuple(
        Covered(f"{service.name}.{name}", service, purpose)
        for service in services
        for name, purpose in service.purposes.items()
    )


def covers(item: str, type_name: str, field: str) -> bool:
    """Whether an item of a purpose (`Type` or `Type.field`) covers an attribute."""
    return item in (type_name, f"{type_name}.{field}")


def purposes_of(services: Sequence[Service], declared: EntityType) -> tuple[Covered, ...]:
    """The purposes for which a type of entity is kept."""
    return tuple(
        one
        for one in register(services)
        if any(item.partition(".")[0] == declared.name for item in one.purpose.items)
    )


def uncovered(services: Sequence[Service]) -> Iterator[str]:
    """The attributes of personal types that no purpose of any service covers, as `Type.field`."""
    items = [item for one in register(services) for item in one.purpose.items]
    for declared in (declared for service in services for declared in service.types if declared.personal):
        for slot in slots(declared.view):
            if not any(covers(item, declared.name, slot.field) for item in items):
                yield f"{declared.name}.{slot.field}"


def words_of_item(services: Sequence[Service], item: str) -> Words | None:
    """What people call an item; None when nothing of that name is kept."""
    short, _, field = item.partition(".")
    if short in BESIDE and not field:
        return BESIDE[short]
    declared = next((one for service in services for one in service.types if one.name == short), None)
    if declared is None:
        return None
    if not field:
        return declared.words
    slot = next((slot for slot in slots(declared.view) if slot.field == field), None)
    if slot is None:
        return None
    said = label(declared, slot)
    return Words(
        f"{declared.words.ja}の{said.ja}",
        f"{declared.words.en}: {said.en}",
        f"{declared.words.easy or declared.words.ja}の {said.easy or said.ja}",
    )


def fields_of_item(services: Sequence[Service], item: str) -> tuple[Words, ...]:
    """What stands in an item that is a whole type, field by field; nothing where it is one field, or kept beside entities."""
    declared = next((one for service in services for one in service.types if one.name == item), None)
    return () if declared is None else tuple(label(declared, slot) for slot in shown(declared))


def readable(services: Sequence[Service]) -> tuple[tuple[EntityType, tuple[tuple[Words, Words], ...]], ...]:
    """What of personal types is not sealed: by type, each attribute in words and the reason."""
    return tuple(
        (
            declared,
            tuple(
                (label(declared, slot), declared.unsealed[slot.field])
                for slot in slots(declared.view)
                if slot.field in declared.unsealed
            ),
        )
        for service in services
        for declared in service.types
        if declared.personal and declared.unsealed
    )


def words_of_role(service: Service, role: str) -> Words:
    """What people call those who may act for a purpose."""
    return service.roles.get(role) or ROLES.get(role) or Words(role, role)
