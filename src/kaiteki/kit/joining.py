"""Services that people know as one: each is a package with a manifest of its own, and the node tells them under one name.

What is kept names that service: the ids of people (decision 25), purposes, mandates, the causes of writes, addresses. So a service that
grew too large becomes several without a word of what is kept, and of what others wrote down, becoming another one (decision 60).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from kaiteki.kit.manifest import Queues, Service, Stage
from kaiteki.kit.pages import PageAsk, Waiting
from kaiteki.model.words import Words

S = TypeVar("S", bound=msgspec.Struct)
STAGES: Final[tuple[Stage, ...]] = ("lab", "pilot", "stable")
_ONE_OF_NODE: Final = ("notice", "holds_from")
"""What a service says for the whole node; two of one name have never both had it, so nobody decided yet what it would mean."""


def joined(words: Words, summary: Words, parts: Sequence[Service]) -> Service:
    """Services of one name as one, in their order, with the words for people; its stage is that of the least ready.

    Raises ValueError where they are not of one name and field, or two of them declare the same."""
    name, field = _the_one("name", parts), _the_one("field", parts)
    settings = tuple(one.settings for one in parts if one.settings is not None)
    _refuse_twice(name, parts)
    return Service(
        name=name,
        words=words,
        summary=summary,
        field=field,
        stage=next(stage for stage in STAGES if any(one.stage == stage for one in parts)),
        package="",
        types=tuple(kind for one in parts for kind in one.types),
        commands=tuple(command for one in parts for command in one.commands),
        roles={role: said for one in parts for role, said in one.roles.items()},
        purposes={purpose: told for one in parts for purpose, told in one.purposes.items()},
        pages=tuple(page for one in parts for page in one.pages),
        figures=tuple(figure for one in parts for figure in one.figures),
        queues=_queues(tuple(one.queues for one in parts if one.queues is not None)),
        reactions=tuple(reaction for one in parts for reaction in one.reactions),
        jobs=tuple(job for one in parts for job in one.jobs),
        surveys=tuple(survey for one in parts for survey in one.surveys),
        erase=tuple(erase for one in parts for erase in one.erase),
        settings=_settings(settings) if settings else None,
        holds_from=next((one.holds_from for one in parts if one.holds_from is not None), None),
        offices=partial(_offices, parts) if any(one.offices for one in parts) else None,
        topics=partial(_topics, parts) if any(one.topics for one in parts) else None,
        notice=next((one.notice for one in parts if one.notice is not None), None),
        sees=tuple(view for one in parts for view in one.sees),
        meets={part: view for one in parts for part, view in one.meets.items()},
        parts=tuple(parts),
    )


def seen_as(shape: type[S], told: Any) -> S:
    """What stands for several services (the settings of their name, an entity that one of them keeps) as one of them sees it: the fields
    of its own Struct. Nothing is the Struct with its defaults. Raises msgspec.ValidationError where a field is not there or not such."""
    if told is None or isinstance(told, shape):
        return shape() if told is None else told
    return msgspec.convert(told, shape, from_attributes=True)


def _the_one(what: str, parts: Sequence[Service]) -> Any:
    said = {getattr(one, what) for one in parts}
    if len(said) != 1:
        raise ValueError(f"services are joined that differ in their {what}: {', '.join(sorted(said))}")
    return said.pop()


def _refuse_twice(name: str, parts: Sequence[Service]) -> None:
    declared: tuple[tuple[str, Iterable[str]], ...] = (
        ("type", (kind.name for one in parts for kind in one.types)),
        ("command", (command.name for one in parts for command in one.commands)),
        ("role", (role for one in parts for role in one.roles)),
        ("purpose", (purpose for one in parts for purpose in one.purposes)),
        ("page", (page.path for one in parts for page in one.pages)),
        ("template", {(one.package, page.template): page.template for one in parts for page in one.pages if page.template}.values()),
        ("job", (job.name for one in parts for job in one.jobs)),
        ("survey", (survey.name for one in parts for survey in one.surveys)),
        ("reaction", (reaction.on for one in parts for reaction in one.reactions)),
        ("hook", (hook for one in parts for hook in _ONE_OF_NODE if getattr(one, hook) is not None)),
        ("part that is met", (part for one in parts for part in one.meets)),
    )  # fmt: skip
    twice = [
        f"{kind} {one}" for kind, names in declared for one, count in Counter(names).items() if count > 1
    ]
    if twice:
        raise ValueError(f"services of the name {name} declare twice: {', '.join(twice)}")


def _settings(shapes: Sequence[type[msgspec.Struct]]) -> type[msgspec.Struct]:
    """One Struct with the fields of several: one file of an area fills it. What stands in two of them is the same in both."""
    fields: dict[str, msgspec.structs.FieldInfo] = {}
    for one in (field for shape in shapes for field in msgspec.structs.fields(shape)):
        known = fields.setdefault(one.name, one)
        if (known.type, known.default) != (one.type, one.default):
            raise ValueError(f"two services of one name have another {one.name} in their settings")
    return msgspec.defstruct(
        "Settings",
        [(one.name, one.type, _default(one)) for one in fields.values()],
        namespace={"__post_init__": partial(_check, shapes)},
        frozen=True,
    )


def _default(one: msgspec.structs.FieldInfo) -> Any:
    if one.default is not msgspec.NODEFAULT:
        return one.default
    factory: Any = one.default_factory
    if factory is msgspec.NODEFAULT:
        raise ValueError(f"the setting {one.name} has no default")
    return msgspec.field(default_factory=factory)


def _check(shapes: Sequence[type[msgspec.Struct]], told: Any) -> None:
    """Each service looks at what the area decided, as it does alone."""
    for shape in shapes:
        seen_as(shape, told)


def _offices(parts: Sequence[Service], settings: Any) -> Sequence[str]:
    told = (one.offices(_own(one, settings)) for one in parts if one.offices is not None)
    return tuple(dict.fromkeys(code for codes in told for code in codes))


def _topics(parts: Sequence[Service], settings: Any) -> Sequence[Any]:
    told = (one.topics(_own(one, settings)) for one in parts if one.topics is not None)
    return tuple(topic for topics in told for topic in topics)


def _own(service: Service, settings: Any) -> Any:
    return settings if service.settings is None else seen_as(service.settings, settings)


def _queues(told: Sequence[Queues]) -> Queues | None:
    """The queues of all, in their order; the first one's page is where one begins."""
    if len({one.roles for one in told}) > 1:
        raise ValueError("services of one name whose queues wait for other people")
    return Queues(told[0].path, partial(_waiting, told), told[0].roles) if told else None


async def _waiting(told: Sequence[Queues], ask: PageAsk) -> Sequence[Waiting]:
    return [row for one in told for row in await one.read(ask)]
