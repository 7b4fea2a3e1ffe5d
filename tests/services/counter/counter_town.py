"""A town hall of two matters and three windows for tests of the counters, on a Tuesday morning in Japan."""

from __future__ import annotations

from typing import Any

from kaiteki.kit.line import Ticket
from kaiteki.model.access import ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.words import Words
from kaiteki.services.counter.manifest import service
from kaiteki.services.counter.model import Line, line_id
from kaiteki.services.counter.settings import Hours, Matter, Office, Settings, Window
from town import Town

DAY = "2026-11-24"
TO_DAY_S = 24 * 3600 + 3600
"""From the morning of `town` (Sunday 9:00 in Japan) to Tuesday 10:00 it is two days and an hour."""
AGENT = Person("c", "千葉 茂", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"hall"}))
OFFICE = Office(
    "hall",
    Words("市役所", "Hall"),
    Hours("09:00", "17:00"),
    (
        Matter("move", "A", Words("引っ越し", "Moving")),
        Matter("papers", "B", Words("証明書", "Papers")),
    ),
    (Window("1", ("move",)), Window("2", ("move", "papers")), Window("3", ("papers",))),
)


def counter_town() -> Town:
    """The town at ten o'clock, nobody there yet."""
    town = Town(service, settings={"counter": Settings((OFFICE,))})
    town.clock.pass_s(24 * 3600 + TO_DAY_S)
    return town


async def agent(town: Town, command: str, window: str = "1", **more: Any) -> dict[str, Any]:
    """What staff do at a window; it must be accepted."""
    done = await town.run(f"counter.{command}", {"office": "hall", "window": window, **more}, AGENT)
    assert isinstance(done, Accepted), (command, done)
    return done.answer


async def no(town: Town, command: str, window: str = "1", **more: Any) -> str:
    """Why staff cannot do something at a window."""
    done = await town.run(f"counter.{command}", {"office": "hall", "window": window, **more}, AGENT)
    assert isinstance(done, Refused), (command, done)
    return done.code


async def paper(town: Town, matter: str = "move", **more: Any) -> str:
    """A number on paper from staff."""
    done = await town.run("counter.issue", {"office": "hall", "matter": matter, **more}, AGENT)
    assert isinstance(done, Accepted), done
    return str(done.answer["number"])


async def line(town: Town, matter: str = "move", person: Person = AGENT) -> Line:
    """The line of a matter as somebody sees it."""
    found = await town.city(person).get(Line, line_id("hall", matter, DAY))
    assert found is not None
    return found


async def ticket(town: Town, number: str, matter: str = "move") -> Ticket:
    """A ticket as staff see it."""
    return next(one for one in (await line(town, matter)).tickets if one.number == number)
