"""The permission of NGSI v2 is that of NGSI-LD: what is hidden does not exist in lists, filters, order, counts, types and writes."""

import pytest

from conformance.v2.two_faces import TwoFaces
from every_store import Keep
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.model.access import NOBODY, STAFF, Person
from kaiteki.model.ngsi_v2.names import to_iri
from kaiteki.model.visibility import Sight

LAMP = Sight(to_iri("Lamp"), frozenset({to_iri("power")}), (STAFF,))
SECRET = Sight(to_iri("Secret"), frozenset(), (STAFF,))


@pytest.fixture
async def town(keep: Keep) -> TwoFaces:
    both = await TwoFaces.over(keep, (LAMP, SECRET))
    both.person = EVERYBODY_IS_ADMIN
    for number, code in (("1", "b"), ("2", "a")):
        document = {"id": f"L{number}", "type": "Lamp", "power": int(number), "code": code}
        await both.done("POST", "/entities?options=keyValues", document)
    await both.done("POST", "/entities?options=keyValues", {"id": "S", "type": "Secret", "power": 1})
    both.person = NOBODY
    return both


async def test_everybody_sees_what_is_public(town: TwoFaces) -> None:
    reply = await town.done("GET", "/entities?options=count,keyValues")
    assert [one["id"] for one in reply.json()] == ["L1", "L2"]
    assert reply.header("fiware-total-count") == "2"
    assert reply.json()[0] == {"id": "L1", "type": "Lamp", "power": 1}
    assert await town.refused("GET", "/entities/S") == (404, "NotFound")
    assert await town.refused("GET", "/entities/L1/attrs/code") == (404, "NotFound")
    assert await town.refused("GET", "/entities/L1/attrs/code/value") == (404, "NotFound")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=code==a", []),
        ("q=code", []),
        ("q=power;code", []),
        ("type=Lamp&q=!code", ["L1", "L2"]),
        ("type=Lamp&q=code!=a", []),
        ("mq=code.x", []),
        ("type=Lamp&orderBy=code", ["L1", "L2"]),
        ("type=Secret", []),
        ("typePattern=Sec", []),
        ("id=S", []),
    ],
)
async def test_what_is_hidden_does_not_exist(town: TwoFaces, query: str, found: list[str]) -> None:
    reply = await town.done("GET", f"/entities?{query}&options=count")
    assert [one["id"] for one in reply.json()] == found
    assert reply.header("fiware-total-count") == str(len(found))
    name, _, value = query.partition("=")
    if name == "q":
        told = await town.done("POST", "/op/query?options=count", {"expression": {"q": value}})
        assert [one["id"] for one in told.json()] == found


async def test_types_tell_what_is_public(town: TwoFaces) -> None:
    assert await town.told("/types") == [
        {"type": "Lamp", "attrs": {"power": {"types": ["Number"]}}, "count": 2}
    ]
    assert await town.refused("GET", "/types/Secret") == (404, "NotFound")


async def test_writing_needs_a_role(town: TwoFaces) -> None:
    change = {"power": {"value": 3}}
    assert await town.refused("PATCH", "/entities/L1/attrs", change) == (401, "Unauthorized")
    town.person = Person("taro", roles=frozenset({"anyone", "resident"}))
    assert await town.refused("PATCH", "/entities/L1/attrs", change) == (403, "Forbidden")
    for method, path in (("PATCH", "/entities/S/attrs"), ("POST", "/entities/S/attrs?options=append")):
        assert await town.refused(method, path, {"power": {"value": 3}, "x": {"value": 1}}) == (
            404,
            "NotFound",
        )
    document = {"actionType": "update", "entities": [{"id": "S", "none": {"value": 1}}]}
    assert await town.refused("POST", "/op/update", document) == (404, "NotFound")
    hidden, absent = [
        (await town.v2("PATCH", f"/entities/{name}/attrs", change)).body for name in ("S", "nothing")
    ]
    assert hidden == absent
    several = [{"id": name, "power": {"value": 3}} for name in ("S", "nothing")]
    told = (await town.v2("POST", "/op/update", {"actionType": "update", "entities": several})).json()
    first, second = (part.partition(": ")[2] for part in told["description"].split("; "))
    assert first == second
    town.person = EVERYBODY_IS_ADMIN
    assert (await town.told("/entities/S?options=keyValues"))["power"] == 1
    await town.done("PATCH", "/entities/L1/attrs", change)
