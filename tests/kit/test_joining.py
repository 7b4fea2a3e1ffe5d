"""Laws of services under one name: nothing of one is lost, nothing stands in two, and each sees its own settings."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.kit.joining import STAGES, joined, seen_as
from kaiteki.kit.manifest import Command, EntityType, Job, Page, Queues, Service
from kaiteki.kit.pages import PageAsk, PageReply, Shown, Waiting
from kaiteki.model.access import NOBODY
from kaiteki.model.decision import Accepted, Asked
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

WORDS = Words("名", "Name", "な")


class Thing(msgspec.Struct, frozen=True):
    """What is kept."""

    id: str
    name: str


class First(msgspec.Struct, frozen=True):
    """Settings of one."""

    offices: tuple[str, ...] = ()
    days: int = 30


class Second(msgspec.Struct, frozen=True):
    """Settings of another one, with a check of its own."""

    offices: tuple[str, ...] = ()
    a_year: int = 10

    def __post_init__(self) -> None:
        if self.a_year < 1:
            raise ValueError("a_year is at least 1")


async def show(ask: PageAsk) -> PageReply:
    return Shown({})


def decide(state: object, form: object, asked: Asked) -> Accepted:
    return Accepted()


def part(names: list[str], **more: object) -> Service:
    """A service that declares a type, a command, a page and a job of each name."""
    return msgspec.structs.replace(
        Service(
            name="town",
            words=WORDS,
            summary=WORDS,
            field="hall",
            stage="lab",
            package=f"town.{'_'.join(names)}",
            types=tuple(EntityType(name=one, view=Thing, words=WORDS) for one in names),
            commands=tuple(Command(one, WORDS, Thing, decide) for one in names),
            pages=tuple(Page(f"town/{one}", f"{one}.html", WORDS, show) for one in names),
            jobs=tuple(Job(one, 60, one, "name", Thing, decide) for one in names),
        ),
        **more,
    )


names = st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, max_size=12)


@given(names, st.integers(0, 12))
def test_what_is_declared_apart_is_declared_together_in_its_order(all_of: list[str], cut: int) -> None:
    apart, whole = (part(all_of[:cut]), part(all_of[cut:])), part(all_of)
    one = joined(WORDS, WORDS, apart)
    kinds = ("types", "commands", "pages", "jobs")
    assert {kind: getattr(one, kind) for kind in kinds} == {kind: getattr(whole, kind) for kind in kinds}
    assert (one.name, one.parts) == ("town", apart)


@given(names, names)
def test_what_stands_in_two_is_refused_by_its_name(some: list[str], others: list[str]) -> None:
    twice = set(some) & set(others)
    apart = (part(some), part(others, package="town.others"))
    if not twice:
        assert joined(WORDS, WORDS, apart).parts == apart
        return
    with pytest.raises(ValueError, match="declare twice") as refused:
        joined(WORDS, WORDS, apart)
    for one in twice:
        for kind in ("type", "command", "template", "job"):
            assert f"{kind} {one}" in str(refused.value)
        assert f"page town/{one}" in str(refused.value)


@given(st.lists(st.sampled_from(STAGES), min_size=1, max_size=4))
def test_the_stage_is_that_of_the_least_ready(stages: list[str]) -> None:
    parts = [part([f"t{n}"], stage=stage) for n, stage in enumerate(stages)]
    assert joined(WORDS, WORDS, parts).stage == min(stages, key=STAGES.index)


@given(st.lists(st.text(max_size=5), max_size=3), st.integers(1, 90), st.integers(1, 90))
def test_each_sees_its_own_settings_out_of_one_file(offices: list[str], days: int, a_year: int) -> None:
    one = joined(WORDS, WORDS, (part(["a"], settings=First), part(["b"], settings=Second)))
    assert one.settings is not None
    told = msgspec.convert({"offices": offices, "days": days, "a_year": a_year}, one.settings)
    assert seen_as(First, told) == First(tuple(offices), days)
    assert seen_as(Second, told) == Second(tuple(offices), a_year)
    assert seen_as(First, None) == First()
    assert seen_as(First, First(days=days)) == First(days=days)


def test_a_check_of_one_is_a_check_of_the_file() -> None:
    one = joined(WORDS, WORDS, (part(["a"], settings=First), part(["b"], settings=Second)))
    assert one.settings is not None
    with pytest.raises(msgspec.ValidationError, match="a_year is at least 1"):
        msgspec.convert({"a_year": 0}, one.settings)


def test_settings_that_differ_and_names_that_differ_are_refused() -> None:
    class Other(msgspec.Struct, frozen=True):
        days: int = 20

    with pytest.raises(ValueError, match="another days"):
        joined(WORDS, WORDS, (part(["a"], settings=First), part(["b"], settings=Other)))
    with pytest.raises(ValueError, match="differ in their name: town, village"):
        joined(WORDS, WORDS, (part(["a"]), part(["b"], name="village")))


def test_offices_of_all_each_once() -> None:
    def offices(settings: First) -> tuple[str, ...]:
        return settings.offices

    parts = (part(["a"], settings=First, offices=offices), part(["b"], settings=Second, offices=offices))
    one = joined(WORDS, WORDS, parts)
    assert one.offices is not None and one.settings is not None
    assert one.offices(msgspec.convert({"offices": ["x", "y"]}, one.settings)) == ("x", "y")


async def test_queues_wait_in_the_order_of_the_services() -> None:
    def queue(path: str) -> Queues:
        async def read(ask: PageAsk) -> list[Waiting]:
            return [Waiting(WORDS, path, 1)]

        return Queues(path, read)

    parts = (part(["a"]), part(["b"], queues=queue("b")), part(["c"], queues=queue("c")))
    one = joined(WORDS, WORDS, parts).queues
    assert one is not None
    city: Any = None
    ask = PageAsk("town", {}, {}, {}, {}, NOBODY, "ja", Instant(0), Instant(0), city)
    assert (one.path, [row.path for row in await one.read(ask)]) == ("b", ["b", "c"])
