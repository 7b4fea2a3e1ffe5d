"""Who may run which command of residents in which state of a report: the whole table; everything else changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest
from report_samples import HERE, LATER, PHOTO, SOON, TASK, done, kept, open_town, submitted, with_photos

from kaiteki.model.access import ADMIN, ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.decision import Accepted
from kaiteki.services.reports.arrows import ENDED, STATES
from kaiteki.services.reports.manifest import service
from kaiteki.services.reports.model import report_id
from kaiteki.services.reports.veil import whole
from town import BOSS, Town

RESIDENTS = frozenset({ANYONE, RESIDENT})
OFFICIALS = frozenset({ANYONE, RESIDENT, STAFF})
REPORTER = Person("a", "報告した人", RESIDENTS)
FOLLOWER = Person("b", "続報を受け取る人", RESIDENTS)
HELPER = Person("h", "参加した人", RESIDENTS)
OTHER = Person("o", "ほかの市民", RESIDENTS)
WITNESS = Person("w", "確かめた人", RESIDENTS)
OFFICE = Person("g", "担当の職員", OFFICIALS, frozenset({"green"}))
CLERK = Person("r", "ほかの課の職員", OFFICIALS, frozenset({"roads"}))
PEOPLE: Final[Mapping[str, tuple[Person, str]]] = {
    "nobody": (NOBODY, ""),
    "browser": (NOBODY, "phone"),
    "other": (OTHER, ""),
    "follower": (FOLLOWER, ""),
    "reporter": (REPORTER, ""),
    "helper": (HELPER, ""),
    "office": (OFFICE, ""),
    "clerk": (CLERK, ""),
}
EVERY: Final = frozenset(STATES)
DONE: Final = frozenset({"completed", "witnessed"})
SHOWN: Final = EVERY - {"withdrawn"}
LEAVES: Final = frozenset({"received", "checking", "handed", "office", "task", "working", "shared"})
TASKED: Final = frozenset({"task", "working"})
WORKED: Final = frozenset({"handed", "office", "task", "working", "temporary"})
OUTSIDE: Final = frozenset({"handed"})
"""What is with an owner outside of the town hall is followed up by every desk."""
HALL: Final = frozenset({"shared"})
"""Praise is with another office than `office`."""
NEVER: Final[frozenset[str]] = frozenset()
FORMS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "follow": ("follow", {}),
    "unfollow": ("unfollow", {}),
    "update": ("update", {"text": "まだ割れています"}),
    "withdraw": ("withdraw", {}),
    "witness": ("witness", {"mended": True}),
    "doubt": ("witness", {"mended": False}),
    "reopen": ("reopen", {}),
    "join_task": ("join_task", {}),
    "leave_task": ("leave_task", {}),
    "complete": ("complete", {"photos": [PHOTO]}),
}
MAY: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "follow": dict.fromkeys(PEOPLE, SHOWN) | {"nobody": NEVER},
    "unfollow": dict.fromkeys(PEOPLE, EVERY),
    "update": dict.fromkeys(PEOPLE, SHOWN) | {"nobody": NEVER, "browser": NEVER, "office": EVERY, "clerk": EVERY},
    "withdraw": {"reporter": LEAVES, "office": LEAVES - HALL, "clerk": OUTSIDE},
    "witness": dict.fromkeys(("other", "follower", "reporter", "office", "clerk"), DONE),
    "doubt": dict.fromkeys(("other", "follower", "reporter", "helper", "office"), DONE),
    "reopen": dict.fromkeys(("follower", "reporter", "office"), ENDED),
    "join_task": dict.fromkeys(("other", "follower", "reporter", "helper", "office", "clerk"), TASKED),
    "leave_task": {"helper": TASKED},
    "complete": {"helper": TASKED, "office": WORKED, "clerk": OUTSIDE},
}  # fmt: skip
"""Command -> who -> in which states. A helper follows, so they open a report again as followers do."""
FOLLOWS: Final = ("follower", "helper")
WAYS: Final[Mapping[str, tuple[tuple[str, Mapping[str, Any], Person], ...]]] = {
    "received": (),
    "checking": (("check", {}, BOSS),),
    "office": (("assign", {}, BOSS),),
    "task": (("make_task", TASK, BOSS), ("join_task", {}, HELPER)),
    "working": (("make_task", TASK, BOSS), ("join_task", {}, HELPER), ("start", {}, BOSS)),
    "temporary": (("assign", {}, BOSS), ("fix_temporarily", {"photos": [PHOTO]}, BOSS)),
    "completed": (("make_task", TASK, BOSS), ("join_task", {}, HELPER), ("complete", {"photos": [PHOTO]}, BOSS)),
    "closed": (("assign", {}, BOSS), ("complete", {"photos": [PHOTO]}, BOSS), ("witness", {"mended": True}, OFFICE)),
    "outside": (("pass_on", {"why": "市の外です"}, BOSS),),
    "withdrawn": (("withdraw", {}, REPORTER),),
    "shared": (),
    "handed": (),
}  # fmt: skip


async def standing(state: str) -> tuple[Town, str]:
    """A town with a report of the reporter in a state; its number."""
    town = open_town()
    more: dict[str, Any] = {"shared": {"category": "good"}, "handed": {"latitude": 35.15}}.get(state, {})
    number = await submitted(town, REPORTER, "", **more)
    this = {"id": report_id(number)}
    await done(town, "follow", this, FOLLOWER)
    way = WAYS["completed" if state == "witnessed" else "outside" if state == "duplicate" else state]
    for command, form, who in way if state != "duplicate" else ():
        await done(town, command, {**form, **this}, who)
    if state == "witnessed":
        await done(town, "witness", {**this, "mended": True}, WITNESS)
    if state == "duplicate":
        into = await submitted(town, NOBODY, "other")
        await done(town, "merge", {**this, "into": report_id(into)}, BOSS)
    assert (await kept(town, number, BOSS)).status == state
    return town, number


def expected(row: str, who: str, state: str) -> bool:
    """Whether the table lets somebody do it."""
    if row == "reopen" and who == "helper":
        return state in DONE
    return state in MAY[row].get(who, NEVER)


@pytest.mark.parametrize("state", sorted(STATES))
async def test_what_residents_may_do_with_a_report_is_this_table(state: str) -> None:
    town, number = await standing(state)
    wrong: list[str] = []
    for row, (command, more) in FORMS.items():
        for who, (person, browser) in PEOPLE.items():
            before = whole(await kept(town, number, BOSS))
            form = await with_photos(town, {"id": report_id(number), **more}, person, browser)
            said = await town.run(f"reports.{command}", form, person, browser=browser)
            took = isinstance(said, Accepted)
            if took != expected(row, who, state):
                wrong.append(f"{who} {row}: {said}")
            after = whole(await kept(town, number, BOSS))
            if not took and after != before:
                wrong.append(f"{who} {row} was refused and changed the report")
            if after != before:
                town, number = await standing(state)
    assert wrong == []


async def test_what_is_hidden_is_not_there_for_others() -> None:
    town, number = await standing("office")
    this = {"id": report_id(number)}
    await done(town, "hide", this, BOSS)
    for row in ("follow", "update"):
        command, more = FORMS[row]
        said = await town.run(f"reports.{command}", {**this, **more}, OTHER)
        assert (not isinstance(said, Accepted)) and said.code == "not_found"
    await done(town, "update", {**this, "text": "写真を直します"}, REPORTER)


def test_the_table_has_every_command_that_residents_may_run() -> None:
    theirs = {one.name for one in service.commands if not set(one.roles) <= {STAFF, ADMIN}}
    assert theirs - {"submit", "save_draft"} == {command for command, _ in FORMS.values()}
    assert (SOON < LATER, HERE["latitude"]) == (True, 35.13)
