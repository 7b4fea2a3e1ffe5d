"""Lines of the log before people: who may see one, and the words of what it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.broker.auditing import AuditLine
from kaiteki.kit.backoffice.wording import label
from kaiteki.kit.city import CityOf
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.purposes import register
from kaiteki.kit.views import expand_name, slots
from kaiteki.model.access import AUDITOR
from kaiteki.model.words import Words
from kaiteki.ports.ledger import READ

_OF_NGSI: Final = {
    "location": Words("位置", "Location", "ばしょ"),
    "scope": Words("範囲（scope）", "Scope", "はんい（scope）"),
    "type": Words("種類", "Type", "しゅるい"),
}
"""What every entity may have."""


def concerns(city: CityOf, line: AuditLine) -> bool:
    """Whether a line may be seen by whoever the city is opened for: those who look after the log, who did it, and whose data were read, when
    their day has come."""
    person = city.asking.person
    if person.holds((AUDITOR,)) or (
        person.account_id and person.account_id in (line.by.actor, line.by.helper)
    ):
        return True
    is_due = line.review_at is None or line.review_at <= city.engine.clock.now()
    return line.what == READ and is_due and line.subject in city.owned


def words_of_purpose(services: Sequence[Service], name: str) -> Words:
    """What people call a purpose, with its service; one that no service has any more under its name."""
    for one in register(services):
        if one.name == name:
            service, purpose = one.service.words, one.purpose.words
            return Words(
                f"{service.ja}：{purpose.ja}",
                f"{service.en}: {purpose.en}",
                f"{service.easy or service.ja}：{purpose.easy or purpose.ja}",
            )
    return Words(name, name)


def words_of_types(services: Sequence[Service], types: Sequence[str]) -> tuple[Words, ...]:
    """What people call types, by their IRIs; those that no service has under their names."""
    known = {expand_name(one.name): one.words for one in _declared(services)}
    return tuple(known.get(name) or _bare(name) for name in types)


def words_of_attributes(
    services: Sequence[Service], types: Sequence[str], names: Sequence[str]
) -> tuple[Words, ...]:
    """What people call attributes, by their IRIs, of entities of some types. What a service keeps for its own work has no words: it is said
    to be that, with its name."""
    known: dict[str, Words] = {}
    declared = _declared(services)
    fitting = [one for one in declared if expand_name(one.name) in types] or declared
    for one in fitting:
        for slot in slots(one.view):
            known.setdefault(slot.iri, _said(slot.short, label(one, slot)))
    return tuple(known.get(name) or _OF_NGSI.get(_short(name)) or _bare(name) for name in names)


def _said(short: str, words: Words) -> Words:
    if words.ja != short:
        return words
    return Words(
        f"処理のための値（{short}）", f"working value ({short})", f"システムの 値（あたい）（{short}）"
    )


def _declared(services: Sequence[Service]) -> list[EntityType]:
    return [declared for service in services for declared in service.types]


def _bare(name: str) -> Words:
    return Words(_short(name), _short(name))


def _short(name: str) -> str:
    return name.rsplit("/", 1)[-1]
