"""Writes that context sources have a part in: taken apart by who holds what, done everywhere, answered as one (ETSI GS CIM 009 V1.9.1 clauses 4.3.6, 5.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from kaiteki.broker.attributes import Updated
from kaiteki.broker.inquiring import Errand, Inquirer, Outcome, coded
from kaiteki.broker.inquiring_v2 import update_v2
from kaiteki.broker.shares import Share, Write, all_shares, joined
from kaiteki.model.entity import Entity, Instance, Json, is_array, is_object
from kaiteki.model.problem import REFUSALS, Problem
from kaiteki.model.sources.passage import Passage
from kaiteki.model.sources.v2.asking import update_document, values_of
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.watch.document import types_text

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

Local = Callable[[Json], Awaitable[Updated | None]]
"""The part of a write that is done here, given its document."""
May = Callable[[Entity | None, Entity | None], None]


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
        gone = frozenset(name for share in held for name in share.names or ())
        parts.append(await _here(rest, local, write.names - gone if write.names is not None else None))
    asked = joined(write, shares)
    parts += await asyncio.gather(*(forward(inquirer, passage, write, share) for share in asked))
    return [
        *parts,
        *(Part(share.kept.registration.id, share.names, share.problem) for share in shares if share.problem),
    ]


def refuse_again(passage: Passage) -> None:
    """Refuse a write that has been here before: done twice, a creation would be its own conflict, and a value would stand twice in the past."""
    if passage.alias in passage.via:
        raise Problem("LoopDetected", f"the write has been at {passage.alias} before")


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


async def _here(document: Json, local: Local, names: frozenset[str] | None) -> Part:
    try:
        return Part("", names, None, await local(document))
    except Problem as problem:
        if problem.code not in PASSED_ON:
            raise
        return Part("", names, problem)


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
    """Have a source do its share, where the entity is there of a type that the source is registered for."""
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
    parameters, types = dict(write.parameters), share.selection(write)
    if write.resource and types is not None:
        # a body that brings its @context is what the names of the address are read with as well
        reading = passage.context if is_object(body) and "@context" in body else context
        parameters["type"] = types_text(types, reading)
    errand = Errand(write.method, path, context, parameters, body)
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
    problem: Problem | None = None
    # an update of NGSI v2 names one type, and which of several an entity has there only the source knows
    for types in [write.types] if write.types else [(name,) for name in share.types] or [()]:
        document = update_document(action, write.entity_id, types, values)
        problem = problem_of(await update_v2(inquirer, passage, share.kept, document))
        if problem is None or problem.code != "ResourceNotFound":
            break
    return Part(source_id, names, problem)


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


def nowhere(write: Write, parts: Sequence[Part]) -> frozenset[str]:
    """The attributes that nobody wrote and nobody refused, as the entity does not stand where they are held."""
    told = [part for part in parts if part.problem is None or part.problem.code != "ResourceNotFound"]
    names = write.names or frozenset[str]()
    return names.difference(*(part.names if part.names is not None else names for part in told))


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
