"""When somebody with a number of a line will be called: the line, the windows and what was learned of them, put before `waiting.wait_of`.

Pure. Windows are those of the matter: open now, or planned for later today by the roster. Where a window serves several matters, those who wait
for another of them and came before are ahead as well, as far as the windows of their matter are windows of this one.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.model.instant import Instant, day_in_japan
from kaiteki.services.counter.model import (
    Line,
    MatterPace,
    Pace,
    Roster,
    WindowState,
    pace_id,
    roster_id,
    window_id,
)
from kaiteki.services.counter.pace import EXPECTED_CV, LEAVERS, PATIENCE_MIN, Lengths, cv_of
from kaiteki.services.counter.roster import Seen, Stretch, desks_at, next_planned, stretches_on
from kaiteki.services.counter.settings import DAY_MIN, MINUTE_US, Office
from kaiteki.services.counter.spans import Span, span_of
from kaiteki.services.counter.waiting import Desk, Habits, Wait, wait_of

ABSENT_MIN: Final = 1.0
"""Minutes of a window that a call in vain takes."""
SOON_MIN: Final = 120
"""A change of the roster is told when it comes within so many minutes."""
JAPAN_MIN: Final = 9 * 60
Answer: TypeAlias = Literal["told", "unlearned", "no_window", "not_today"]


class Scene(msgspec.Struct, frozen=True):
    """An office at a moment. `roster` is what is planned for today; None where nothing is."""

    office: Office
    now: Instant
    lines: Mapping[str, Line]
    windows: Mapping[str, WindowState]
    pace: Pace | None
    roster: tuple[Stretch, ...] | None = None
    plan: Roster | None = None
    """The plan of the whole week, for when a window opens next."""

    @property
    def now_min(self) -> float:
        """The minute of the day in Japan."""
        return (self.now / MINUTE_US + JAPAN_MIN) % DAY_MIN

    def windows_of(self, matter: str) -> tuple[str, ...]:
        """The windows that deal with a matter: as they are seated now, else as the office says."""
        return tuple(
            one.code
            for one in self.office.windows
            if matter in (state.matters if (state := self._open(one.code)) is not None else one.matters)
        )

    def open_of(self, matter: str) -> tuple[str, ...]:
        """Those of them that are open."""
        return tuple(one for one in self.windows_of(matter) if self._open(one) is not None)

    def _open(self, window: str) -> WindowState | None:
        state = self.windows.get(window)
        return state if state is not None and state.status == "open" else None


def beside_lines(office: Office) -> tuple[str, ...]:
    """What is looked at beside the lines of an office: its windows, what was learned of it, what is planned."""
    windows = (window_id(office.code, one.code) for one in office.windows)
    return (*windows, pace_id(office.code), roster_id(office.code))


def scene_in(state: State, office: Office, lines: Mapping[str, Line], now: Instant) -> Scene:
    """An office as a decision sees it."""
    pace, kept = state.get(pace_id(office.code)), state.get(roster_id(office.code))
    roster = kept if isinstance(kept, Roster) else None
    windows = {one.code: state.get(window_id(office.code, one.code)) for one in office.windows}
    return Scene(
        office,
        now,
        lines,
        {code: one for code, one in windows.items() if isinstance(one, WindowState)},
        pace if isinstance(pace, Pace) else None,
        stretches_on(roster, day_in_japan(now)),
        roster,
    )


def told_of(expected: Expectation) -> tuple[float, ...]:
    """What is kept of a wait that was told, to learn from; of who is called at once nothing."""
    wait = expected.wait
    if wait is None or not wait.middle_min:
        return ()
    return (wait.low_min, wait.middle_min, *(() if wait.high_min is None else (wait.high_min,)))


class Change(msgspec.Struct, frozen=True):
    """From a minute of the day on so many windows are planned."""

    at_min: int
    windows: int

    @property
    def clock(self) -> str:
        """HH:MM."""
        return f"{self.at_min // 60:02d}:{self.at_min % 60:02d}"


class Expectation(msgspec.Struct, frozen=True):
    """What is told of a place in a line, and of what it was made. Where `answer` is not `told`, nothing is known:
    no service was ever ended, no window is open or planned, or the windows of today would not come to it."""

    answer: Answer
    ahead: int
    windows: int
    wait: Wait | None = None
    span: Span | None = None
    change: Change | None = None
    others: int = 0
    """How many of those ahead wait for another matter, at windows that deal with both."""
    opens: Instant | None = None
    """Where no window is open or comes today: when the plan opens one."""


def expectation_of(scene: Scene, matter: str, place: int | None = None) -> Expectation:
    """The wait of who stands at a place of a line (0: the next), or would take a number now."""
    ahead = list(_ahead(scene, matter, place))
    open_now, change = len(scene.open_of(matter)), _change(scene, matter)
    told = Expectation(
        "unlearned", len(ahead), open_now, change=change, others=sum(one != matter for one, _ in ahead)
    )
    if not open_now and not _comes_today(scene, matter):
        opens = next_planned(scene.plan, scene.office.hours, scene.windows_of(matter), scene.now)
        return msgspec.structs.replace(told, answer="no_window", change=None, opens=opens)
    mix = [_known(scene, one) for one, _ in ahead] or [_known(scene, matter)]
    known = [one for one in mix if one is not None]
    if not known or _known(scene, matter) is None:
        return told
    desks = _desks(scene, matter, known)
    if not desks:
        return msgspec.structs.replace(told, answer="no_window", change=None)
    wait = wait_of(desks, [waited for _, waited in ahead], _habits(scene, matter, cv_of(known)))
    if wait is None:
        return msgspec.structs.replace(told, answer="not_today")
    return msgspec.structs.replace(told, answer="told", wait=wait, span=span_of(wait))


def _comes_today(scene: Scene, matter: str) -> bool:
    """Whether a window of a matter is still planned to open today, or serves somebody of before."""
    codes = scene.windows_of(matter)
    busy = {at.counter for line in scene.lines.values() for at in (*line.called, *line.serving)}
    return not busy.isdisjoint(codes) or any(one.ends_min > scene.now_min for one in _plan(scene, codes))


def _ahead(scene: Scene, matter: str, place: int | None) -> Iterator[tuple[str, float]]:
    """Who is called before: their matter, and for how many minutes they have waited, those who came first before the others."""
    line = scene.lines.get(matter)
    if line is None:
        return
    count = line.waiting_count if place is None else place
    since = [*line.since, *(scene.now,) * (line.waiting_count - len(line.since))]
    mine = scene.now if place is None or place >= len(since) else since[place]
    found = [(matter, one) for one in since[:count]]
    here = set(scene.open_of(matter))
    for other, theirs in scene.lines.items():
        serving = set(scene.open_of(other))
        if other == matter or not here & serving:
            continue
        earlier = [one for one in theirs.since if one <= mine]
        found += [(other, one) for one in earlier[: round(len(earlier) * len(here & serving) / len(serving))]]
    for one, stood in sorted(found, key=lambda each: each[1]):
        yield one, max(0.0, (scene.now - stood) / MINUTE_US)


def _known(scene: Scene, matter: str) -> Lengths | None:
    """How long services of a matter take today, as far as it was learned or is expected."""
    learned = _learned(scene, matter)
    if learned is not None:
        factor = learned.factor if scene.pace is not None and scene.pace.day == _day(scene) else 1.0
        by_window = {window: factor * mean for window, mean in learned.by_window.items()}
        return Lengths(factor * learned.mean_min, by_window, learned.cv)
    told = scene.office.matter(matter)
    if told is None or told.service_min is None:
        return None
    return Lengths(told.service_min, {}, EXPECTED_CV)


def _learned(scene: Scene, matter: str) -> MatterPace | None:
    matters = scene.pace.matters if scene.pace is not None else ()
    return next((one for one in matters if one.matter == matter), None)


def _day(scene: Scene) -> str:
    return next((one.day for one in scene.lines.values()), "")


def _habits(scene: Scene, matter: str, cv: float) -> Habits:
    pace, learned = scene.pace, _learned(scene, matter)
    return Habits(
        cv=cv,
        silent_per_min=pace.silent_per_min if pace is not None else LEAVERS / PATIENCE_MIN,
        told_per_min=pace.told_per_min if pace is not None else 0.0,
        absent_min=ABSENT_MIN,
        low_scale=learned.low_scale if learned is not None else 1.0,
        high_scale=learned.high_scale if learned is not None else 1.0,
    )


def _desks(scene: Scene, matter: str, mix: list[Lengths]) -> list[Desk]:
    """The windows of a matter from now to the end of the day."""
    codes = scene.windows_of(matter)
    open_now = set(scene.open_of(matter))
    busy = {
        at.counter: (other, (scene.now - at.at) / MINUTE_US)
        for other, line in scene.lines.items()
        for at in (*line.called, *line.serving)
    }
    means: dict[str, float] = {}
    seen: dict[str, Seen] = {}
    for code in codes:
        means[code] = statistics.fmean(one.at(code) for one in mix)
        present, served = busy.get(code, (matter, None))
        lengths = _known(scene, present) if served is not None else None
        seen[code] = Seen(code in open_now, served, lengths.at(code) if lengths is not None else None)
    plan = _plan(scene, codes) if scene.roster is None else scene.roster
    return desks_at(scene.now_min, plan, seen, means, scene.office.hours.grace_min)


def _plan(scene: Scene, codes: tuple[str, ...]) -> list[Stretch]:
    """The roster of some windows; where none is known, those that are open stay until the office closes."""
    if scene.roster is not None:
        return [one for one in scene.roster if one.counter in codes]
    closes = max((line.closes_at for line in scene.lines.values()), default=scene.now)
    ends = scene.now_min + max(0.0, (closes - scene.now) / MINUTE_US)
    return [
        Stretch(one, 0.0, ends)
        for one in codes
        if one in scene.windows and scene.windows[one].status == "open"
    ]


def _change(scene: Scene, matter: str) -> Change | None:
    """When soon another number of windows is planned than is open now."""
    if scene.roster is None:
        return None
    plan = _plan(scene, scene.windows_of(matter))
    edges = sorted({int(edge) for one in plan for edge in (one.begins_min, one.ends_min)})
    open_now = len(scene.open_of(matter))
    for edge in edges:
        there = sum(one.begins_min <= edge < one.ends_min for one in plan)
        if scene.now_min < edge <= scene.now_min + SOON_MIN and there != open_now:
            return Change(edge, there)
    return None
