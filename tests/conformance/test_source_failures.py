"""ETSI GS CIM 009 V1.9.1 clauses 5.2.34, 6.3.17: sources that are silent, slow, refuse, or tell what cannot be read."""

import json
from typing import Any

import pytest

from conformance.neighbours import Neighbours, answering, source
from conformance.watched_town import WatchedTown, lamp
from kaiteki.api.exchange import Reply
from kaiteki.ports.outgoing import Answered

ONE = "/entities/urn:ngsi-ld:Lamp:1"
TWO = "/entities/urn:ngsi-ld:Lamp:2"
SOURCES = "/csourceRegistrations"


async def register(town: WatchedTown, *documents: dict[str, Any]) -> None:
    for document in documents:
        await town.did("POST", SOURCES, document)


def warnings(reply: Reply) -> list[str]:
    return [value for name, value in reply.headers if name == "ngsild-warning"]


@pytest.mark.parametrize(
    ("answer", "warning"),
    [
        (answering(403), "299"),
        (answering(200, b"no json"), "111"),
        (answering(200, {"no": "entity"}), "111"),
        (lambda _: None, "199"),
        (answering(404), ""),
    ],
)
async def test_6_3_17_what_goes_wrong_at_a_source_is_a_warning(
    net: Neighbours, here: WatchedTown, answer: Any, warning: str
) -> None:
    await here.lamp(1, watts=1)
    net.strange["there.example"] = answer
    await register(here, source())
    reply = await here.did("GET", ONE)
    assert json.loads(reply.body) == lamp(1, watts=1)
    assert [one.split()[:3] for one in warnings(reply)] == (
        [[warning, "here.example.demo", '"urn:r:1']] if warning else []
    )
    gone = await here.ask("GET", TWO)
    assert (gone.status, bool(warnings(gone))) == (404, bool(warning))
    assert "there.example" not in str(warnings(gone))
    shown = await here.shown(f"{SOURCES}/urn:r:1")
    assert shown["status"] == ("failed" if warning else "ok")


@pytest.mark.parametrize(
    ("status", "is_failure"),
    [(409, False), (422, False), (404, False), (508, False), (500, True), (503, True)],
)
async def test_6_3_17_who_refuses_a_write_is_well(
    net: Neighbours, here: WatchedTown, status: int, is_failure: bool
) -> None:
    net.strange["there.example"] = answering(status)
    await register(here, source(mode="redirect", operations=["redirectionOps"]))
    reply = await here.ask("POST", "/entities", lamp(1, watts=1))
    assert reply.status >= 400
    shown = await here.shown(f"{SOURCES}/urn:r:1")
    told = (shown["status"], shown["timesSent"], shown.get("timesFailed", 0))
    assert told == (("failed", 1, 1) if is_failure else ("ok", 1, 0))


async def test_6_3_17_a_loop_that_a_reader_meets_is_no_failure_of_the_source(
    net: Neighbours, here: WatchedTown
) -> None:
    net.strange["there.example"] = answering(508)
    await register(here, source())
    assert warnings(await here.did("GET", "/entities?type=Lamp"))[0][:3] == "299"
    assert (await here.shown(f"{SOURCES}/urn:r:1"))["status"] == "ok"


@pytest.mark.parametrize("body", [b"", b"null", {"no": "entity"}, [{"no": "entity"}]])
async def test_6_3_17_what_is_no_list_of_entities_is_a_warning(
    net: Neighbours, here: WatchedTown, body: Any
) -> None:
    await here.lamp(1, watts=1)
    net.strange["there.example"] = answering(200, body)
    await register(here, source())
    reply = await here.did("GET", "/entities?type=Lamp")
    assert (json.loads(reply.body), [one[:3] for one in warnings(reply)]) == ([lamp(1, watts=1)], ["111"])


async def test_5_2_34_a_silent_source_is_left_alone_for_its_cooldown(
    net: Neighbours, here: WatchedTown
) -> None:
    net.strange["there.example"] = lambda _: None
    await here.lamp(1, watts=1)
    await register(here, source(management={"cooldown": 30}), source(2, host="other.example"))
    net.strange["other.example"] = answering(200, [])
    first, second = [await here.did("GET", "/entities?type=Lamp") for _ in range(2)]
    assert [warnings(one)[0].partition('"')[2] for one in (first, second)] == [
        'urn:r:1 did not answer"',
        'urn:r:1 did not answer lately"',
    ]
    assert [path.split()[1] for path in net.paths()] == ["there.example", "other.example", "other.example"]
    shown = await here.shown(f"{SOURCES}/urn:r:1")
    assert (shown["timesSent"], shown["timesFailed"], "lastSuccess" in shown) == (1, 1, False)
    # the cooldown is over
    net.strange["there.example"] = answering(200, [lamp(2, watts=2)])
    net.asked.clear()
    async with here.waiting():
        while not any("there.example" in path for path in net.paths()):
            await here.did("GET", "/entities?type=Lamp")
    assert (await here.shown(f"{SOURCES}/urn:r:1"))["status"] == "ok"


async def test_5_2_34_a_slow_source_costs_its_time_limit(net: Neighbours, here: WatchedTown) -> None:
    net.slow.add("there.example")
    await here.lamp(1, watts=1)
    await register(here, source(management={"timeout": 20}))
    reply = await here.did("GET", "/entities?type=Lamp")
    assert ([one["id"] for one in json.loads(reply.body)], len(warnings(reply))) == (
        ["urn:ngsi-ld:Lamp:1"],
        1,
    )
    assert net.asked[0].timeout_s == 0.02


async def test_a_source_with_another_limit_is_asked_page_by_page(net: Neighbours, here: WatchedTown) -> None:
    def some(question: Any) -> Answered:
        offset = int(question.url.partition("&offset=")[2].partition("&")[0] or 0)
        found = [lamp(number, watts=number) for number in range(offset, min(offset + 1000, 1500))]
        return Answered(200, {"ngsild-results-count": "1500"}, json.dumps(found).encode())

    net.strange["there.example"] = some
    await register(here, source())
    assert len(await here.shown("/entities?type=Lamp&orderBy=watts&limit=1000&offset=1000")) == 500
    assert [path.partition("limit=")[2] for path in net.paths()] == [
        "1000&options=sysAttrs",
        "1000&options=sysAttrs&offset=1000",
    ]
    refused = await here.ask("GET", "/entities?type=Lamp&offset=10000")
    assert (refused.status, json.loads(refused.body)["type"].rpartition("/")[2]) == (403, "TooManyResults")


async def test_a_request_that_would_ask_too_many_sources_is_refused(here: WatchedTown) -> None:
    await register(here, *(source(number, host=f"host{number}.example") for number in range(65)))
    refused = await here.ask("GET", "/entities?type=Lamp")
    assert (refused.status, json.loads(refused.body)["type"].rpartition("/")[2]) == (403, "TooComplexQuery")


NESTED = (
    b'{"id":"urn:ngsi-ld:Lamp:1","type":"Lamp","a":'
    + b'{"type":"Property","value":1,"a":' * 400
    + b"1"
    + b"}" * 400
    + b"}"
)


@pytest.mark.parametrize(
    "body",
    [
        NESTED,
        b"[" * 100_000,
        {
            "id": "urn:ngsi-ld:Lamp:1",
            "type": "Lamp",
            "a": {"type": "Property", "value": 1, "datasetId": ["x"]},
        },
        {"id": 5, "type": "Lamp"},
        [],
        5,
        b"\xff\xfe",
    ],
)
async def test_whatever_a_source_says_the_answer_is_what_stands_here(
    net: Neighbours, here: WatchedTown, body: Any
) -> None:
    await here.lamp(1, watts=1)
    net.strange["there.example"] = answering(200, body, **{"ngsild-results-count": "9" * 5000})
    await register(here, source())
    reply = await here.did("GET", ONE)
    assert (json.loads(reply.body), [one[:3] for one in warnings(reply)]) == (lamp(1, watts=1), ["111"])
    whole = await here.did("GET", "/entities?type=Lamp&count=true")
    assert [one["id"] for one in json.loads(whole.body)] == ["urn:ngsi-ld:Lamp:1"]


async def test_a_source_that_tells_of_something_else_tells_nothing(
    net: Neighbours, here: WatchedTown
) -> None:
    net.strange["there.example"] = answering(200, lamp(2, watts=2))
    await register(here, source())
    assert (await here.ask("GET", ONE)).status == 404
    assert (await here.ask("GET", f"{TWO}?type=Bench")).status == 404
    await here.lamp(1, watts=1)
    assert await here.shown(ONE) == lamp(1, watts=1)


async def test_a_warning_is_a_header_whatever_the_registration_is_called(
    net: Neighbours, here: WatchedTown
) -> None:
    net.strange["there.example"] = lambda _: None
    await register(here, {**source(), "id": "urn:r:街灯"})
    (warning,) = warnings(await here.did("GET", "/entities?type=Lamp"))
    assert warning.isascii()
