"""The plain model of who sees what: written from what the policies mean (docs/guide/policies.md), entity by entity and attribute by attribute.

It shares nothing with what decides in a node: no ruling, no policy engine, no query that is cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import msgspec
from law_service import ALL, DECLARED, NOW

from kaiteki.kit.consents import Consent
from kaiteki.kit.manifest import EntityType, Purpose, Service
from kaiteki.kit.views import attribute, expand_name, slots
from kaiteki.model.access import ADMIN, STAFF, Person
from kaiteki.model.entity import Entity


class Facts(msgspec.Struct, frozen=True):
    """What is so of an entity for who asks: they hold it, their office is in charge, its holder agreed to the use of an attribute."""

    held: bool = False
    own_office: bool = False
    consented: bool = False
    gone: bool = False


class Model:
    """Who sees what, the plain way. `consents` are the records that stand."""

    def __init__(self, consents: Iterable[Consent] = ()) -> None:
        self.consents = {(one.holder, one.purpose): one.in_force(NOW) for one in consents}

    def seen(self, person: Person, entity: Entity, past: bool = False) -> Entity | None:
        """What of an entity a person sees, or of its past; None for nothing."""
        shown: set[str] | None = None
        for name in entity.types:
            own = self._open_of(person, name, entity, past)
            if own is None:
                return None
            shown = own if shown is None else shown & own
        kept = {name: many for name, many in entity.attributes.items() if shown is None or name in shown}
        return msgspec.structs.replace(entity, attributes=kept)

    def seen_past(self, person: Person, state: Entity, present: Entity | None) -> Entity | None:
        """What of a former state of an entity a person may be told; `present` is how it stands now, None: it is gone.

        The present decides. Of types whose past is not public as a whole, others are told of what the entity still shows.
        """
        if present is not None and self.seen(person, present) is None:
            return None
        shown, veiled = None, False
        for name in state.types:
            own, is_veiled = self._past_of(person, name, state, present)
            if own is not None:
                if not own:
                    return None
                shown = own if shown is None else shown & own or {"id"}
            veiled |= is_veiled
        kept = {name: many for name, many in state.attributes.items() if shown is None or name in shown}
        return msgspec.structs.replace(state, attributes=kept, scopes=() if veiled else state.scopes)

    def _past_of(
        self, person: Person, type_iri: str, state: Entity, present: Entity | None
    ) -> tuple[set[str] | None, bool]:
        """The attributes of which a former value may be told as far as one type goes (None: all of them), and whether not its scopes."""
        service, declared = DECLARED.get(type_iri, (None, None))
        known = {slot.iri: slot.field for slot in slots(declared.view)} if declared else {}
        now = present.attributes if present is not None else {}
        facts = self._facts(person, declared, present) if present is not None else Facts(gone=True)

        def may(field: str) -> bool:
            told = facts
            if present is not None:
                told = self._agreed(person, (service, declared, field), present, facts)
            return permits(person, service, declared, field, told, past=True)

        fields, others = {name for name, field in known.items() if may(field)}, may("")
        if others and len(fields) == len(known):
            return None, False
        veiled = declared is not None and declared.public_past is not None
        if others:
            fields |= {name for name in now if name not in known}
        elif veiled and present is not None:
            fields &= now.keys()
        return fields, veiled

    def _open_of(self, person: Person, type_iri: str, entity: Entity, past: bool) -> set[str] | None:
        """The attributes that are open as far as one type goes; None where it shows nothing at all."""
        service, declared = DECLARED.get(type_iri, (None, None))
        known = {slot.iri: slot.field for slot in slots(declared.view)} if declared else {}
        facts = self._facts(person, declared, entity)
        # (an attribute that the type does not declare counts, too: whoever sees those sees that the entity is there)
        asked = {**known, "": "", **{name: known.get(name, "") for name in entity.attributes}}
        open_ = {
            name
            for name, field in asked.items()
            if permits(person, service, declared, field, self._agreed(person, (service, declared, field), entity, facts), past)
        }  # fmt: skip
        return open_ if open_ else None

    def _facts(self, person: Person, declared: EntityType | None, entity: Entity) -> Facts:
        def value(field: str) -> Any:
            held = entity.attributes.get(attribute(declared.view, field)) if declared and field else None
            return held[0].value if held else None

        if declared is None:
            return Facts()
        return Facts(
            held=bool(person.account_id) and bool(declared.holder) and value(declared.holder) == person.account_id,
            own_office=bool(declared.office) and ("*" in person.offices or value(declared.office) in person.offices),
        )  # fmt: skip

    def _agreed(
        self,
        person: Person,
        of: tuple[Service | None, EntityType | None, str],
        entity: Entity,
        facts: Facts,
    ) -> Facts:
        service, declared, field = of
        use = purpose_of(person, service, declared)
        if declared is None or not declared.holder or use is None or not field:
            return facts
        held = entity.attributes.get(attribute(declared.view, declared.holder))
        items = self.consents.get((held[0].value, use[0]), frozenset()) if held else frozenset[str]()
        is_agreed = f"{declared.name}.{field}" in items or declared.name in items
        return msgspec.structs.replace(facts, consented=is_agreed)


def purpose_of(
    person: Person, service: Service | None, declared: EntityType | None
) -> tuple[str, Purpose] | None:
    """For what a person reads a type: what they said, else the first purpose of its service that names it and is theirs."""
    if person.purpose:
        by, _, name = person.purpose.partition(".")
        return person.purpose, next(one.purposes[name] for one in ALL if one.name == by)
    if service is None or declared is None or not (declared.personal or declared.data_class != "none"):
        return None
    for name, purpose in service.purposes.items():
        names = {item.partition(".")[0] for item in purpose.items}
        if purpose.basis != "consent" and declared.name in names and person.holds(purpose.roles):
            return f"{service.name}.{name}", purpose
    return None


def permits(
    person: Person,
    service: Service | None,
    declared: EntityType | None,
    field: str,
    facts: Facts,
    past: bool = False,
) -> bool:
    """Whether somebody may read an attribute (empty: one that the type does not declare), as the policies say it in words."""
    staff = bool(person.roles & {STAFF, ADMIN}) and person.kind not in ("organisation", "city")
    roles = declared.roles if declared else (STAFF,)
    data_class = declared.data_class if declared else "none"
    if data_class == "pseudonymised" and not staff:
        return False
    if data_class == "related" and not (staff or facts.consented or facts.held):
        return False
    if (
        declared
        and declared.name == "Works"
        and field == "cost"
        and not facts.own_office
        and ADMIN not in person.roles
    ):
        return False  # what the area itself says  # fmt: skip
    if ADMIN in person.roles or facts.held:
        return True
    if declared and declared.personal and declared.office and not facts.own_office:
        return False
    if declared and field and field in declared.public:
        if not past:
            return True
        if (not facts.gone or declared.public_gone) and (
            declared.public_past is None or field in declared.public_past
        ):
            return True
    personal = bool(declared and (declared.personal or data_class == "personal"))
    if not personal:
        return bool(person.roles & {*roles})
    use = purpose_of(person, service, declared)
    if use is None or declared is None:
        return False
    items = use[1].items
    covered = declared.name in items or (bool(field) and f"{declared.name}.{field}" in items)
    may = covered and bool(person.roles & {*use[1].roles})
    if use[1].basis == "duty":
        return may and bool(person.roles & {*roles})
    return may and (use[1].basis == "law" or facts.consented)


def may_compare(person: Person, type_names: Iterable[str], field: str) -> bool:
    """Whether a field may be open to somebody in entities of one of some types (short names), by what is so of them."""
    for name in type_names:
        service, declared = DECLARED.get(expand_name(name), (None, None))
        for held, consented in product((False, True), repeat=2):
            facts = Facts(held and bool(person.account_id), consented=consented)
            if declared and field in declared.sealed and permits(person, service, declared, field, facts):
                return True
    return False
