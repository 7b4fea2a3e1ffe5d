"""The case shape (受付 → … → 済): states, arrows with who may and what is needed, and a log of who did what when and why.

Arrows are data, so that a page draws the next steps and a rule only names one. The log is never rewritten: a step that
is taken back leaves its line and a line of its own.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from kaiteki.model.access import STAFF, Person
from kaiteki.model.decision import Asked, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

Tone = Literal["new", "active", "waiting", "done", "ended"]
"""How a state is coloured: 黄 (new), 青 (active), 紫 (waiting), 緑 (done), 灰 (ended)."""

ForeignStatus = Literal[
    "open",
    "closed",
    "fixed",
    "in_progress",
    "action_scheduled",
    "investigating",
    "duplicate",
    "not_councils_responsibility",
    "no_further_action",
    "internal_referral",
    "reopen",
    "for_triage",
]
"""What other systems say of a case: the states of FixMyStreet's extension of Open311. A service knows what each means to it."""

LOG_LENGTH_MAX: Final = 500
OPENED: Final = "open"
UNDONE: Final = "undo"
_WHY: Final = Words("理由", "Reason", "りゆう")


class Phase(msgspec.Struct, frozen=True):
    """A state of a case."""

    name: str
    words: Words
    tone: Tone = "active"


class Arrow(msgspec.Struct, frozen=True):
    """A step from one of some states to another. `undo_s`: for how long whoever took it may take it back (0: not at all)."""

    name: str
    words: Words
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...] = (STAFF,)
    needs_why: bool = False
    undo_s: int = 0


class Course(msgspec.Struct, frozen=True):
    """The course of a case: its states (the first is that of a new case) and arrows. A wrong one raises ValueError."""

    phases: tuple[Phase, ...]
    arrows: tuple[Arrow, ...]

    def __post_init__(self) -> None:
        names = [phase.name for phase in self.phases]
        reached = {names[0]}
        for _ in names:
            reached |= {arrow.target for arrow in self.arrows if not reached.isdisjoint(arrow.sources)}
        used = {name for arrow in self.arrows for name in (*arrow.sources, arrow.target)}
        if len(set(names)) < len(names) or len({arrow.name for arrow in self.arrows}) < len(self.arrows):
            raise ValueError("two states or two arrows have one name")
        if used - set(names) or set(names) - reached:
            raise ValueError(
                f"unknown or never reached: {sorted((used - set(names)) | (set(names) - reached))}"
            )

    @property
    def start(self) -> str:
        """The state of a new case."""
        return self.phases[0].name

    def arrow(self, name: str) -> Arrow:
        """An arrow by name."""
        return next(arrow for arrow in self.arrows if arrow.name == name)

    def phase(self, name: str) -> Phase:
        """A state by name."""
        return next(phase for phase in self.phases if phase.name == name)


class Step(msgspec.Struct, frozen=True):
    """A line of the log: when, who (account id, empty for a visitor), by which arrow, from where to where, and why."""

    at: Instant
    who: str
    arrow: str
    source: str
    target: str
    office: str = ""
    why: str = ""


class Stand(msgspec.Struct, frozen=True):
    """Where a case stands: its state and its log, to be kept together."""

    state: str
    log: tuple[Step, ...]


def opened(course: Course, asked: Asked) -> Stand:
    """A new case."""
    return Stand(course.start, (_step(asked, OPENED, "", course.start, ""),))


def move(course: Course, stand: Stand, name: str, asked: Asked, why: str = "") -> Stand | Refused:
    """Take a step. Refused: not_found (no such arrow), not_allowed, conflict (not from this state), invalid (no reason)."""
    arrow = next((one for one in course.arrows if one.name == name), None)
    if arrow is None:
        return Refused("not_found")
    if not asked.person.holds(arrow.roles):
        return Refused("not_allowed")
    if stand.state not in arrow.sources or len(stand.log) >= LOG_LENGTH_MAX:
        return Refused("conflict")
    if arrow.needs_why and not why:
        return refuse_field("missing", "why", _WHY)
    step = _step(asked, name, stand.state, arrow.target, why)
    return Stand(arrow.target, (*stand.log, step))


def undoable(course: Course, stand: Stand, person: Person, now: Instant) -> Arrow | None:
    """The last step, when this person took it and may still take it back."""
    last = stand.log[-1] if stand.log else None
    arrow = next((one for one in course.arrows if last and one.name == last.arrow), None)
    if last is None or arrow is None or not person.signed_in or last.who != person.account_id:
        return None
    return arrow if now < last.at + arrow.undo_s * 1_000_000 else None


def undo(course: Course, stand: Stand, asked: Asked) -> Stand | Refused:
    """Take back the last step: the state before it, the log one line longer. Refused: conflict."""
    if undoable(course, stand, asked.person, asked.now) is None:
        return Refused("conflict")
    last = stand.log[-1]
    return Stand(last.source, (*stand.log, _step(asked, UNDONE, last.target, last.source, "")))


def _step(asked: Asked, arrow: str, source: str, target: str, why: str) -> Step:
    offices = sorted(asked.person.offices)
    office = offices[0] if len(offices) == 1 else ""
    return Step(asked.now, asked.person.account_id, arrow, source, target, office, why)
