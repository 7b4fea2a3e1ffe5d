"""Writes that context sources have a part in: taken apart by who holds what, done everywhere, answered as one (ETSI GS CIM 009 V1.9.1 clauses 4.3.6, 5.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from kaiteki.broker.attributes import Updated
from kaiteki.broker.inquiring import Errand, Inquirer, Outcome, coded
from kaiteki.broker.inquiring_v2 import update_v2
from kaiteki.model.entity import Entity, Instance, Json, is_array, is_object
from kaiteki.model.problem import REFUSALS, Problem
from kaiteki.model.representation.patch import AttributePatch
from kaiteki.model.sources.matching import is_about
from kaiteki.model.sources.passage import Passage
from kaiteki.model.sources.v2.asking import update_document, values_of
from kaiteki.model.terms.compiling import core_context
from kaiteki.ports.sources import KeptSource

NOT_ATTRIBUTES: Final = frozenset({"id", "@id", "type", "@type", "scope", "@context", "expiresAt"})
PASSED_ON: Final = frozenset({"ResourceNotFound", "AlreadyExists", "Conflict"})
"""Refusals of this node that do not keep the sources from being asked; others end the write before."""
SAID_BY_SOURCES: Final = {
    404: "ResourceNotFound",
    409: "Conflict",
    400: "BadRequestData",
    422: "OperationNotSupported",
    508: "LoopDetected",
}
"""Refusals of a source that are passed on; all others are a bad gateway (clause 6.3.17)."""

ENTITIES: Final = "entities"
PAST: Final = "temporal/entities"

Local = Callable[[Json], Awaitable[Updated | None]]
"""The part of a write that is done here, given its document."""
May = Callable[[Entity | None, Entity | None], None]


class Write(msgspec.Struct, frozen=True):
    """A write as it was asked: the operation of clause 4.20, the entity, its types as far as they are told, its attributes.

    `names` (expanded) is None where the whole entity is meant; `attribute` is the one that the address names, `instance` the kept
    state of it. `root` is where entities are: those that stand, or those of the past.
    """

    operation: str
    method: str
    entity_id: str
    resource: str = ""
    document: Json = None
    types: tuple[str, ...] = ()
    names: frozenset[str] | None = None
    attribute: str = ""
    parameters: Mapping[str, str] = {}
    instance: str = ""
    root: str = ENTITIES
    patches: Mapping[str, tuple[AttributePatch, ...]] = {}
    """What NGSI-LD writes of attributes, by expanded name."""
    values: Mapping[str, Instance] = {}
    """What NGSI v2 writes of attributes, by expanded name."""
    standing: frozenset[str] | None = None
    """The attributes that stand here; None where the entity does not."""

    @property
    def is_past(self) -> bool:
        """Whether the past is written, which sources of the past take as well."""
        return self.root == PAST


class Part(NamedTuple):
    """What came of a write in one place: `source_id` is empty for this node. Names were written unless there is a problem.

    `created`: the source says that what it wrote was not there before.
    """

    source_id: str
    names: frozenset[str] | None
    problem: Problem | None = None
    updated: Updated | None = None
    created: bool = False

    @property
    def is_repeated(self) -> bool:
        """Whether the source had the write already, by another way."""
        return bool(self.source_id) and self.problem is not None and self.problem.code == "LoopDetected"


class Share(NamedTuple):
    """The share of a source in a write: the names that are its (`whole`: all there are), and why it is not asked."""

    kept: KeptSource
    names: frozenset[str] | None
    whole: bool
    problem: Problem | None

    @property
    def is_alone(self) -> bool:
        """Whether what is its is not written here."""
        return self.kept.registration.is_proxied or self.kept.registration.v2 is not None


async def distribute(
    inquirer: Inquirer, passage: Passage, write: Write, local: Local, may: May | None
) -> list[Part] | None:
    """Do a write here and at all sources that have a part in it; None when none has. Raises what this node refuses."""
    refuse_again(passage)
    shares = all_shares(inquirer, passage, write)
    if not shares:
        return None
    if may is not None:
        check_permission(write, shares, may)
    parts: list[Part] = []
    held = [share for share in shares if share.is_alone]
    rest = rest_of(write, held, passage)
    if rest is not None:
        parts.append(await _here(rest, local))
    asked = [share for share in shares if share.problem is None]
    parts += await asyncio.gather(*(forward(inquirer, passage, write, share) for share in asked))
    return [
        *parts,
        *(Part(share.kept.registration.id, share.names, share.problem) for share in shares if share.problem),
    ]


def refuse_again(passage: Passage) -> None:
    """Refuse a write that has been here before: done twice, a creation would be its own conflict, and a value would stand twice in the past."""
    if passage.alias in passage.via:
        raise Problem("LoopDetected", f"the write has been at {passage.alias} before")


def shares_of(inquirer: Inquirer, passage: Passage, write: Write, instead: str = "") -> Iterator[Share]:
    """Who has a part in a write (clauses 4.3.6.2, 4.3.6.3). A proxied source that cannot be asked is a conflict; others are passed over.

    `instead` is another operation that does as well.
    """
    now = inquirer.registry.plane.clock.now()
    for kept in inquirer.registry.about(passage.area, write.types or None):
        one = kept.registration
        if one.mode == "auxiliary" or (one.is_temporal and not write.is_past) or one.is_over(now):
            continue
        parts = list(is_about(one, write.entity_id, write.types))
        if not parts:
            continue
        names = write.names
        whole = any(not part.attributes for part in parts)
        if names is not None and not whole:
            names &= frozenset(name for part in parts for name in part.attributes)
            if not names:
                continue
        problem: Problem | None = None
        if one.alias and one.alias in passage.via:
            problem = Problem("LoopDetected", f"the request has been at the source {one.id} before")
        elif passage.is_loop:
            problem = Problem("BadGateway", f"the request has come too far to go on to the source {one.id}")
        elif one.meant.isdisjoint((write.operation, instead)):
            problem = Problem(
                "Conflict", f"the source {one.id} that holds this does not take {write.operation}"
            )
        if problem is None or one.is_proxied:
            yield Share(kept, names, whole, problem)


def all_shares(inquirer: Inquirer, passage: Passage, write: Write) -> list[Share]:
    """Who has a part in a write, providers of NGSI v2 among them (decision 24).

    A provider takes what does not stand here and nobody else holds, the first by id; and whole entities that do not stand here.
    """
    shares = list(shares_of(inquirer, passage, write))
    if write.names is None or (write.operation == "replaceEntity" and write.standing is not None):
        return shares
    left = write.names - (write.standing or frozenset())
    left -= frozenset(name for share in shares if share.is_alone for name in share.names or ())
    for kept in inquirer.sources(passage, write.operation, write.types or None):
        parts = list(is_about(kept.registration, write.entity_id, write.types))
        if kept.registration.v2 is None or not parts or not left:
            continue
        named = frozenset(name for part in parts for name in part.attributes)
        names = left if any(not part.attributes for part in parts) else left & named
        if names:
            shares.append(Share(kept, names, False, None))
            left -= names
    return shares


def check_permission(write: Write, shares: Sequence[Share], may: May) -> None:
    """Refuse what the person may not write, by the rules for what stands here."""
    told = {
        name
        for share in shares
        for part in share.kept.registration.information
        for entity in part.entities
        for name in entity.types
    }
    value = (Instance("Property", None),)
    types = write.types or tuple(sorted(told)) or ("",)
    may(None, Entity(write.entity_id, types, dict.fromkeys(write.names or (), value)))


def rest_of(write: Write, held: Sequence[Share], passage: Passage) -> Json:
    """The document of what is written here, None when all of it is held elsewhere."""
    gone = frozenset(name for share in held for name in share.names or ())
    if write.names is not None and (any(share.whole for share in held) or (gone and gone >= write.names)):
        return None
    document: Json = write.document if write.document is not None else {}
    if write.names is None or write.attribute or not gone:
        return document
    return only(document, write.names - gone, passage)


def only(document: Json, names: frozenset[str], passage: Passage) -> Json:
    """A document with only some attributes."""
    if not is_object(document):
        return document
    return {
        name: value
        for name, value in document.items()
        if name in NOT_ATTRIBUTES or passage.context.expand(name) in names
    }


async def _here(document: Json, local: Local) -> Part:
    try:
        return Part("", None, None, await local(document))
    except Problem as problem:
        if problem.code not in PASSED_ON:
            raise
        return Part("", None, problem)


def body_for(write: Write, names: frozenset[str] | None, passage: Passage) -> Json:
    """The document of a write as a source gets it: with only what is its, and with the @context of the request where that has no address."""
    body = write.document
    if body is not None and names is not None and not write.attribute:
        body = only(body, names, passage)
    if not is_object(body):
        return body
    body = {name: value for name, value in body.items() if name != "@context"}
    if passage.context.url is None and passage.context.source is not None:
        body["@context"] = passage.context.source
    return body


async def forward(inquirer: Inquirer, passage: Passage, write: Write, share: Share) -> Part:
    """Have a source do its share."""
    if share.kept.registration.v2 is not None:
        return await _forward_v2(inquirer, passage, write, share)
    context = passage.context if passage.context.url is not None else core_context()
    path = write.root
    if write.resource:
        path = f"{path}/{coded(write.entity_id)}{write.resource.removeprefix('entity')}"
    if write.attribute:
        path = f"{path}/{coded(context.compact(write.attribute))}"
    if write.instance:
        path = f"{path}/{coded(write.instance)}"
    body = body_for(write, share.names, passage)
    errand = Errand(write.method, path, context, write.parameters, body)
    outcome = await inquirer.ask(share.kept, errand, passage)
    return Part(
        share.kept.registration.id,
        share.names,
        problem_of(outcome),
        _updated(outcome, passage),
        outcome.status == 201,
    )


async def _forward_v2(inquirer: Inquirer, passage: Passage, write: Write, share: Share) -> Part:
    """Have a source that speaks NGSI v2 do its share: values of attributes, or a whole entity."""
    names = share.names or frozenset()
    source_id = share.kept.registration.id
    try:
        told = {name: one for name, one in write.values.items() if name in names}
        values = told or values_of(write.patches, sorted(names))
    except Problem as problem:
        return Part(source_id, names, problem)
    action = "replace" if write.operation == "replaceEntity" and names == write.names else "update"
    document = update_document(action, write.entity_id, write.types, values)
    outcome = await update_v2(inquirer, passage, share.kept, document)
    return Part(source_id, names, problem_of(outcome))


def _updated(outcome: Outcome, passage: Passage) -> Updated | None:
    """What a source says that it did not write (clause 5.2.18)."""
    document = outcome.document
    if outcome.status != 207 or not is_object(document):
        return None
    items: Json = document.get("notUpdated")
    rows: list[Json] = items if is_array(items) else []
    expand = passage.context.expand
    left = [
        (expand(str(row["attributeName"])), str(row.get("reason", "")))
        for row in rows
        if is_object(row) and "attributeName" in row
    ]
    return Updated((), tuple(left))


def problem_of(outcome: Outcome) -> Problem | None:
    """Why a source did not do what it was asked, None when it did (clause 6.3.17)."""
    source_id = outcome.kept.registration.id
    if outcome.went_well:
        if outcome.status == 207 and is_object(outcome.document) and outcome.document.get("errors"):
            return Problem("Conflict", f"the source {source_id} did a part of it only")
        return None
    if not outcome.status:
        return Problem("GatewayTimeout", f"the source {source_id} did not answer")
    code = SAID_BY_SOURCES.get(outcome.status, "BadGateway")
    told = outcome.document if is_object(outcome.document) else {}
    said = str(told.get("type", "")).rpartition("/")[2]
    if code != "BadGateway" and said in REFUSALS and REFUSALS[said].status == outcome.status:
        code = said
    return Problem(code, f"the source {source_id} answered {outcome.status}")


class Verdict(NamedTuple):
    """What a write that was done in several places comes to: nothing to say, one refusal, or what went well and what did not.

    `left` are attributes (expanded) that were not written, with the reason.
    """

    problem: Problem | None = None
    failed: Sequence[Part] = ()
    left: Sequence[tuple[str, str]] = ()


def judged(parts: Sequence[Part]) -> Verdict:
    """The verdict over all parts. That an entity is not in one place is no failure when it was found in another, nor is a source that had the write by another way."""
    went_well = [part for part in parts if part.problem is None]
    failed = [part for part in parts if part.problem is not None]
    if went_well:
        failed = [
            part
            for part in failed
            if not part.is_repeated and part.problem and part.problem.code != "ResourceNotFound"
        ]
    elif failed:
        # who was asked already says less than where it is not, and that less than who refuses
        first = [part for part in failed if not part.is_repeated] or failed
        telling = [
            part for part in first if part.problem and part.problem.code != "ResourceNotFound"
        ] or first
        codes = {part.problem.code for part in telling if part.problem}
        if len(codes) == 1:
            return Verdict(telling[0].problem)
        failed = telling
    left = [row for part in went_well if part.updated is not None for row in part.updated.not_updated]
    return Verdict(None, failed, left)
