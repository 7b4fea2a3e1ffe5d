"""Laws of the notices: each threshold is told once, to whoever holds the number, and to nobody else."""

from __future__ import annotations

from counter_town import agent, counter_town, paper

from kaiteki.kit.messages import Letter
from kaiteki.kit.reactions import Reactions
from kaiteki.kit.views import where
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from town import BOSS, RESIDENT_A, Town

FORM = {"office": "hall", "matter": "move"}


async def heard(town: Town, holder: str = "phone") -> list[str]:
    """What somebody was told, in order."""
    reactions = Reactions(town.engine, town.store.events, town.store.history)
    while await reactions.step():
        pass
    found = await town.city(BOSS).find(Letter, Query(q=where(Letter, "to", "==", holder), limit=50))
    return [one.heading.en for one in sorted(found.items, key=lambda one: one.sent_at)]


async def serve(town: Town) -> None:
    """The next one comes and is served."""
    town.clock.pass_s(10)
    await agent(town, "call")
    await agent(town, "begin")
    await agent(town, "finish")


async def test_who_waits_is_told_once_that_it_is_near_and_once_that_it_is_now() -> None:
    town = counter_town()
    await agent(town, "seat")
    for _ in range(5):
        await paper(town)
    assert isinstance(await town.run("counter.take", FORM, browser="phone"), Accepted)
    assert await heard(town) == []
    await serve(town)
    assert await heard(town) == []
    await serve(town)
    assert await heard(town) == ["Nearly your turn"]
    for _ in range(3):
        await serve(town)
    assert await heard(town) == ["Nearly your turn"]
    town.clock.pass_s(10)
    await agent(town, "call")
    assert await heard(town) == ["Nearly your turn", "Your number is called"]
    await agent(town, "recall")
    await agent(town, "begin")
    assert await heard(town) == ["Nearly your turn", "Your number is called"]


async def test_who_is_called_anew_after_having_been_away_is_told_anew() -> None:
    town = counter_town()
    await agent(town, "seat")
    await town.run("counter.take", FORM, browser="phone")
    for _ in range(2):
        town.clock.pass_s(10)
        await agent(town, "call", number="A001")
        await heard(town)
        await agent(town, "miss")
    assert (await heard(town)).count("Your number is called") == 2


async def test_who_is_far_away_is_told_sooner() -> None:
    town = counter_town()
    await agent(town, "seat")
    for _ in range(6):
        await paper(town)
    await town.run("counter.take", FORM, browser="phone")
    assert await heard(town) == []
    sooner = {"office": "hall", "ahead": 5}
    assert await town.run("counter.tell_me", sooner, RESIDENT_A) == Refused("not_found")
    assert isinstance(await town.run("counter.tell_me", sooner, browser="phone"), Accepted)
    assert isinstance(await town.run("counter.tell_me", {**sooner, "ahead": 99}, browser="phone"), Refused)
    await serve(town)
    assert await heard(town) == ["Nearly your turn"]


async def test_a_letter_says_the_number_and_what_shows_on_a_locked_screen_does_not() -> None:
    town = counter_town()
    await agent(town, "seat")
    await town.run("counter.take", FORM, RESIDENT_A)
    await heard(town, "a")
    (letter,) = (await town.city(RESIDENT_A).find(Letter, Query())).items
    assert "A001" in letter.body.ja
    assert letter.link == "counter/hall/numbers/A001"
    assert letter.urgent
    assert letter.glance is not None
    assert "A001" not in letter.glance.ja
