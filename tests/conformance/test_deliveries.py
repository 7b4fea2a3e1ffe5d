"""A model of notifying: whatever endpoints do, and wherever the node dies, every change arrives, of each entity in order."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict

import pytest

from conformance.watched_town import URI, WAIT_S, WatchedTown
from kaiteki.ports.outgoing import Letter
from kaiteki.stores.store import Store

ENDPOINTS = ("a", "b", "c")
LAMPS = 3
STEPS = 60


class Weather:
    """Which endpoints answer, and how the others fail."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.away: set[str] = set()

    def answer(self, letter: Letter) -> int | None:
        """200 where an endpoint is there, else nobody, or a server that fails."""
        if letter.url.rsplit("/", 1)[1] in self.away:
            return self._chance.choice((None, 503))
        return 200

    def turn(self) -> None:
        """Another endpoint goes, or comes back."""
        self.away ^= {self._chance.choice(ENDPOINTS)}


def arrivals(letters: list[Letter]) -> dict[tuple[str, str], list[int]]:
    """The values of each entity at each endpoint, in the order of their first arrival."""
    heard: dict[tuple[str, str], list[int]] = defaultdict(list)
    for letter in letters:
        for entity in json.loads(letter.body)["data"]:
            values = heard[letter.url.rsplit("/", 1)[1], entity["id"]]
            if entity["watts"]["value"] not in values:
                values.append(entity["watts"]["value"])
    return heard


async def die(town: WatchedTown) -> None:
    """The node is gone: what it had in memory is lost, nothing more is kept."""
    await town.notifier.dispatcher.stop()


async def until_all_is_told(
    town: WatchedTown, told: list[Letter], wanted: dict[tuple[str, str], list[int]]
) -> None:
    """Let the node work on until everything has arrived."""
    async with asyncio.timeout(WAIT_S):
        while {key: len(values) for key, values in arrivals([*told, *town.room.letters]).items()} != {
            key: len(values) for key, values in wanted.items()
        }:
            await town.notifier.step()
            await town.notifier.settle()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("seed", range(6))
async def test_everything_arrives_in_order(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    weather, told = Weather(chance), list[Letter]()
    patience = {"entries_max": chance.choice((3, 1000)), "failing_max": chance.choice((2, 1000))}

    async def live() -> WatchedTown:
        town = WatchedTown(store, **patience)
        town.room.answers = weather.answer
        await town.notifier.begin()
        return town

    town, value = await live(), 0
    for endpoint in ENDPOINTS:
        await town.subscribe({"endpoint": {"uri": f"{URI}/{endpoint}"}, "attributes": ["watts"]})
    for number in range(LAMPS):
        await town.lamp(number, watts=0)
    wanted = {(one, f"urn:ngsi-ld:Lamp:{number}"): [0] for one in ENDPOINTS for number in range(LAMPS)}
    for _ in range(STEPS):
        match chance.choice(("turn", "turn", "turn", "step", "settle", "rest", "weather", "die")):
            case "turn":
                value, number = value + 1, chance.randrange(LAMPS)
                await town.turn(number, watts=value)
                for one in ENDPOINTS:
                    wanted[one, f"urn:ngsi-ld:Lamp:{number}"].append(value)
            case "step":
                await town.notifier.step()
            case "settle":
                await town.notifier.settle()
            case "rest":
                await asyncio.sleep(0.02)
            case "weather":
                weather.turn()
            case _:
                await die(town)
                told += town.room.letters
                town = await live()
    weather.away.clear()
    await until_all_is_told(town, told, wanted)
    assert arrivals([*told, *town.room.letters]) == wanted
    await die(town)


async def test_a_node_that_has_stopped_sends_nothing_more(store: Store) -> None:
    town = WatchedTown(store)
    town.room.answers = lambda letter: None
    await town.notifier.begin()
    await town.subscribe({"attributes": ["watts"], "endpoint": {"uri": f"{URI}/a"}})
    await town.lamp(1, watts=0)
    await town.notifier.step()
    await town.eventually(lambda: bool(town.reasons))
    await die(town)
    town.room.answers = lambda letter: 200
    before = asyncio.all_tasks()
    assert await town.room.quiet() == []
    assert asyncio.all_tasks() == before


async def test_what_has_just_become_a_dead_letter_is_not_taken_back_to_be_sent(store: Store) -> None:
    town = WatchedTown(store, refused_pause_s=0.2)
    town.room.answers = lambda letter: 410
    dispatcher = town.notifier.dispatcher
    await town.notifier.begin()
    path = await town.subscribe({"attributes": ["watts"], "endpoint": {"uri": f"{URI}/a"}})
    await town.lamp(1, watts=0)
    await town.notifier.step()
    await town.eventually(lambda: bool(town.reasons))
    # written down as what waits, while it is being refused
    await town.notifier.settle()
    await town.eventually(lambda: dispatcher.size == 0)
    (kept,) = town.watchers.all()
    dispatcher.fetch(kept.key)
    await dispatcher.refill()
    assert dispatcher.size == 0
    await town.notifier.settle()
    (dead,) = await town.shown(f"{path}/deadLetters")
    assert dead["attempts"] == 3
    await die(town)
