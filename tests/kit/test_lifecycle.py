"""Laws of the case shape: only arrows move it, the log tells every move, and what is taken back is as before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.kit.lifecycle import Arrow, Course, Phase, Stand, Step, move, opened, undo, undoable
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.decision import Asked, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

CLERK = Person("c", "", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"roads"}))
OTHER = Person("d", "", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"roads", "parks"}))
WORDS = Words("-", "-")
COURSE = Course(
    (
        Phase("new", WORDS, "new"),
        Phase("doing", WORDS),
        Phase("done", WORDS, "done"),
        Phase("no", WORDS, "ended"),
    ),
    (
        Arrow("start", WORDS, ("new",), "doing", undo_s=60),
        Arrow("finish", WORDS, ("doing",), "done", undo_s=60),
        Arrow("reject", WORDS, ("new", "doing"), "no", needs_why=True),
        Arrow("reopen", WORDS, ("done", "no"), "new", roles=(RESIDENT, STAFF)),
    ),
)


def asked(person: Person = CLERK, at_s: float = 0) -> Asked:
    return Asked("demo", Instant(round(at_s * 1_000_000)), 1, person)


def went(stand: Stand | Refused) -> Stand:
    assert isinstance(stand, Stand)
    return stand


def test_a_case_goes_its_course_and_tells_it() -> None:
    stand = opened(COURSE, asked(NOBODY))
    stand = went(move(COURSE, stand, "start", asked(CLERK, 1)))
    stand = went(move(COURSE, stand, "reject", asked(OTHER, 2), "not ours"))
    assert stand == Stand(
        "no",
        (
            Step(Instant(0), "", "open", "", "new"),
            Step(Instant(1_000_000), "c", "start", "new", "doing", "roads"),
            Step(Instant(2_000_000), "d", "reject", "doing", "no", "", "not ours"),
        ),
    )


def test_a_wrong_step_is_refused() -> None:
    stand = opened(COURSE, asked())
    assert move(COURSE, stand, "fly", asked()) == Refused("not_found")
    assert move(COURSE, stand, "start", asked(NOBODY)) == Refused("not_allowed")
    assert move(COURSE, stand, "finish", asked()) == Refused("conflict")
    refused = move(COURSE, stand, "reject", asked())
    assert isinstance(refused, Refused)
    assert [(one.field, one.code) for one in refused.faults] == [("why", "missing")]


def test_the_last_step_is_taken_back_by_whoever_took_it_for_a_while() -> None:
    stand = went(move(COURSE, opened(COURSE, asked()), "start", asked(CLERK, 10)))
    back = went(undo(COURSE, stand, asked(CLERK, 69)))
    assert (back.state, len(back.log), back.log[:2]) == ("new", 3, stand.log)
    assert undo(COURSE, stand, asked(CLERK, 70)) == Refused("conflict")
    assert undo(COURSE, stand, asked(OTHER, 20)) == Refused("conflict")
    assert undo(COURSE, back, asked(CLERK, 69)) == Refused("conflict")
    assert undo(COURSE, opened(COURSE, asked(NOBODY)), asked(NOBODY)) == Refused("conflict")
    rejected = went(move(COURSE, stand, "reject", asked(CLERK, 11), "why"))
    assert undoable(COURSE, rejected, CLERK, Instant(11_000_000)) is None


@given(st.lists(st.sampled_from(["start", "finish", "reject", "reopen", "undo"]), max_size=12))
def test_the_log_always_tells_how_it_came_here(tries: list[str]) -> None:
    stand = opened(COURSE, asked())
    for n, name in enumerate(tries):
        tried = (
            undo(COURSE, stand, asked(CLERK, n))
            if name == "undo"
            else move(COURSE, stand, name, asked(CLERK, n), "x")
        )
        stand = stand if isinstance(tried, Refused) else tried
    assert [step.source for step in stand.log[1:]] == [step.target for step in stand.log[:-1]]
    assert stand.log[-1].target == stand.state
    times = [step.at for step in stand.log]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("phases", "arrows"),
    [
        (("a", "a"), ()),
        (("a", "b"), ()),
        (("a",), (("x", "a", "nowhere"),)),
        (("a", "b"), (("x", "a", "b"), ("x", "b", "a"))),
        (("a", "b", "c"), (("x", "a", "b"), ("y", "c", "c"))),
    ],
)
def test_a_course_that_cannot_be_is_refused_at_once(
    phases: tuple[str, ...], arrows: tuple[tuple[str, str, str], ...]
) -> None:
    with pytest.raises(ValueError, match=r"one name|never reached"):
        Course(
            tuple(Phase(name, WORDS) for name in phases),
            tuple(Arrow(name, WORDS, (source,), target) for name, source, target in arrows),
        )
