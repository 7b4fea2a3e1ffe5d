"""What is to be decided, before it is decided: the form as it was read, and the work that comes of a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import msgspec

from kaiteki.kit.allowances import counting, uses
from kaiteki.kit.engine.asking import Asking
from kaiteki.kit.files.photo import PHOTOS, Photo, photo_id
from kaiteki.kit.forms import check, parse, photos_in
from kaiteki.kit.manifest import Command, Service, State
from kaiteki.model.access import Allowance, Person
from kaiteki.model.decision import Accepted, Asked, Refused, digest_of
from kaiteki.model.entity import Entity
from kaiteki.model.faults import fault

EntityRule: TypeAlias = Callable[[Mapping[str, Entity], State], Accepted | Refused]
"""A pure decision over the loaded entities and the service's views of them."""


class Work(msgspec.Struct, frozen=True):
    """One decision to be made and kept: whose, why, over which entities, by which rule, once under which key."""

    service: Service
    cause: str
    ids: tuple[str, ...]
    rule: EntityRule
    once: str | None = None
    purpose: str = ""
    form_digest: str = ""
    by: Person | None = None
    """Who is named in the log; None: who it is to the service."""
    beside: tuple[str, ...] = ()
    """What is kept in step, unseen by the rule."""
    carries: bool = False
    """The machinery that brings messages to those whose they are keeps how far it is: nobody reads, so nobody is named as a reader."""


def may_use(person: Person, service: Service, command: Command) -> bool:
    """Whether who sits there may use a command in this person's name; some things everybody does themselves."""
    return not person.helper or (not command.in_person and person.lets_do(service.name, command.name))


def read_form(command: Command, form: Any) -> msgspec.Struct | Refused:
    """The form of a command as its Struct, out of one or of plain values; refused with what is wrong in it."""
    if isinstance(form, command.form):
        return Refused("invalid", faults) if (faults := check(form)) else form
    if not isinstance(form, Mapping):
        return Refused("invalid", (fault("not_an_object", "body", command.words),))
    found = parse(command.form, cast("Mapping[str, Any]", form))
    return Refused("invalid", found) if isinstance(found, tuple) else found


def counted(work: Work, by: Sequence[Allowance], asked: Asked) -> Work:
    """A deed in somebody's name by mandates that say how often."""
    return msgspec.structs.replace(work, ids=work.ids + uses(by), rule=counting(work.rule, by, asked.now))


def work_of_command(
    service: Service, command: Command, form: msgspec.Struct, asking: Asking, asked: Asked
) -> Work:
    """What a command asks to be decided: over which entities, by which rule, once under which key."""
    cause = f"{service.name}.{command.name}"
    named = tuple(photo_id(digest) for digest in sorted(photos_in(form)))

    def rule(loaded: Mapping[str, Entity], state: State) -> Accepted | Refused:
        # A digest is an address, not a right: what others sent, what is hidden and what never was are refused alike.
        whole = command.edits.meet(state, form, asked, asking.opened) if command.edits is not None else form
        said = whole if isinstance(whole, Refused) else command.decide(state, whole, asked)
        photos = (state.get(one) for one in named)
        if all(isinstance(photo, Photo) and asking.sent(photo) for photo in photos):
            return said
        if isinstance(said, Refused) and said.code != "invalid":
            return said
        others = said.faults if isinstance(said, Refused) else ()
        return Refused("invalid", (fault("unsent", "photos", PHOTOS.words), *others))

    return Work(
        service=service,
        cause=cause,
        ids=tuple(dict.fromkeys((*command.needs(form, asked), *named))),
        rule=rule,
        once=digest_of(cause, asked.owner, asking.key) if asking.key else None,
        purpose=asking.purpose,
        form_digest=digest_of(asking.key, msgspec.json.encode(form)) if asking.key else "",
        by=asking.person,
        beside=tuple(command.beside(form, asked)),
    )
