"""ETSI GS CIM 009 V1.9.1 clause 5.2.34: what a source has answered is good for as long as its registration says (cacheDuration)."""

import json

import pytest

from conformance.neighbours import Neighbours, source
from conformance.watched_town import WatchedTown
from kaiteki.broker.remembering import TOTAL_MAX_BYTES, Memory, length_of
from kaiteki.model.instant import Instant
from kaiteki.model.sources.registration import Management, Registration
from kaiteki.ports.outgoing import Answered, Question
from kaiteki.ports.sources import KeptSource

ONE = "/entities/urn:ngsi-ld:Lamp:1"
LASTING = {"management": {"cacheDuration": "PT30S"}, "operations": ["redirectionOps"]}


async def watts(town: WatchedTown) -> int:
    return json.loads((await town.did("GET", ONE)).body)["watts"]["value"]


async def test_an_answer_is_told_again_until_its_time_is_over(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", "/csourceRegistrations", source(**LASTING))
    await there.lamp(1, watts=1)
    assert (await watts(here), len(net.asked)) == (1, 1)
    await there.turn(1, watts=2)
    net.away.add("there.example")
    assert (await watts(here), len(net.asked)) == (1, 1)
    net.away.clear()
    here.clock.forward(30)
    assert (await watts(here), len(net.asked)) == (2, 2)
    assert (await here.shown("/csourceRegistrations/urn:r:1"))["timesSent"] == 2


async def test_what_is_written_through_this_node_is_read_at_once(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", "/csourceRegistrations", source(**LASTING))
    await there.lamp(1, watts=1)
    assert await watts(here) == 1
    await here.turn(1, watts=2)
    assert await watts(here) == 2


async def test_another_wording_of_the_registration_has_answers_of_its_own(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", "/csourceRegistrations", source(**LASTING))
    await there.lamp(1, watts=1)
    assert await watts(here) == 1
    here.clock.forward(1)
    await there.turn(1, watts=2)
    await here.did("PATCH", "/csourceRegistrations/urn:r:1", {"management": {"cacheDuration": "PT1H"}})
    assert await watts(here) == 2


async def test_who_fails_is_not_remembered(net: Neighbours, here: WatchedTown, there: WatchedTown) -> None:
    net.strange["there.example"] = lambda question: Answered(503, {})
    await here.did("POST", "/csourceRegistrations", source(**LASTING))
    assert (await here.ask("GET", ONE)).status == 404
    del net.strange["there.example"]
    await there.lamp(1, watts=1)
    assert await watts(here) == 1


def test_answers_are_kept_up_to_a_number_of_bytes_and_each_person_has_own_ones() -> None:
    memory, now = Memory(), Instant(0)
    kept = KeptSource(
        "demo", "", Registration("urn:r:1", "", (), management=Management(cache_duration="P1D"))
    )
    answered = Answered(200, {}, b"x" * 900_000)

    def asked(number: int, key: str = "") -> Question:
        return Question("demo", "GET", f"http://there/{number}", (("authorization", key),), b"", 1.0, 1)

    for number in range(30):
        memory.remember(kept, asked(number), answered, now)
    held = [number for number in range(30) if memory.recall(kept, asked(number), now) is not None]
    assert held == list(range(30 - TOTAL_MAX_BYTES // 900_000, 30))
    assert memory.recall(kept, asked(29, "of another person"), now) is None
    assert memory.recall(kept, asked(29), Instant(length_of("P1D"))) is None
    memory.forget(kept.key)
    assert memory.recall(kept, asked(28), now) is None


@pytest.mark.parametrize(("text", "seconds"), [("PT5M", 300), ("P1D", 86_400), ("P1M", 30 * 86_400)])
def test_durations(text: str, seconds: int) -> None:
    assert length_of(text) == seconds * 1_000_000
