"""A hidden attribute shows nowhere: every answer (status, headers, body, words of errors) is that of a world in which it does not exist."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from api.ngsi_ld.inside import Inside, Reply
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, Person
from kaiteki.model.visibility import Sight

DEFAULT: Final = "https://uri.etsi.org/ngsi-ld/default-context/"
LOCATION: Final = "https://uri.etsi.org/ngsi-ld/location"
LAMP: Final = Sight(
    DEFAULT + "Lamp", frozenset({DEFAULT + "watts", DEFAULT + "name"}), ("roads",), DEFAULT + "holder"
)
DIARY: Final = Sight(DEFAULT + "Diary", frozenset(), ("nobody at all",), DEFAULT + "holder")
TARO: Final = Person("taro", "太郎", frozenset({ANYONE, RESIDENT}))
ENTITIES: Final = "/ngsi-ld/v1/entities"
TEMPORAL: Final = "/ngsi-ld/v1/temporal/entities"
NEAR: Final = "georel=near;maxDistance==1000&geometry=Point&coordinates=[140.1,35.6]"
PERIOD: Final = "timerel=after&timeAt=2000-01-01T00:00:00Z"
GETS: Final = (
    *(f"{ENTITIES}/urn:ngsi-ld:{number}" for number in (1, 2, 3, 9)),
    f"{ENTITIES}/urn:ngsi-ld:1?attrs=secret",
    f"{ENTITIES}/urn:ngsi-ld:1?options=keyValues",
    f"{ENTITIES}/urn:ngsi-ld:1?pick=secret",
    f"{ENTITIES}/urn:ngsi-ld:1?omit=secret",
    f"{ENTITIES}/urn:ngsi-ld:1?join=inline&joinLevel=1",
    f"{ENTITIES}?type=Lamp",
    f"{ENTITIES}?type=Diary&count=true",
    f"{ENTITIES}?type=Lamp&q=secret==1&count=true",
    f"{ENTITIES}?type=Lamp&q=secret&count=true",
    f"{ENTITIES}?type=Lamp&q=secret==1|watts==7&count=true",
    f"{ENTITIES}?type=Lamp&q=secret!=1",
    f"{ENTITIES}?type=Lamp&q=secret.deep==1",
    f"{ENTITIES}?type=Lamp&q=secret==",
    f"{ENTITIES}?type=Lamp&orderBy=secret",
    f"{ENTITIES}?type=Lamp&orderBy=secret;desc,watts&limit=2",
    f"{ENTITIES}?type=Lamp&attrs=secret&count=true",
    f"{ENTITIES}?type=Lamp&attrs=secret,watts",
    f"{ENTITIES}?type=Lamp&{NEAR}&count=true",
    f"{ENTITIES}?type=Lamp,Diary&limit=1&count=true",
    f"{ENTITIES}?type=Lamp&q=beside{{Lamp}}.secret==2",
    f"{ENTITIES}?type=Lamp&q=beside.watts==7",
    f"{ENTITIES}?type=Lamp&options=keyValues&limit=0&count=true",
    f"{ENTITIES}?type=Lamp&datasetId=urn:a",
    f"{ENTITIES}?q=secret>0",
    "/ngsi-ld/v1/types",
    "/ngsi-ld/v1/types?details=true",
    "/ngsi-ld/v1/types/Lamp",
    "/ngsi-ld/v1/types/Diary",
    "/ngsi-ld/v1/attributes",
    "/ngsi-ld/v1/attributes?details=true",
    "/ngsi-ld/v1/attributes/secret",
    "/ngsi-ld/v1/attributes/watts",
    f"{TEMPORAL}/urn:ngsi-ld:1",
    f"{TEMPORAL}/urn:ngsi-ld:1?attrs=secret",
    f"{TEMPORAL}/urn:ngsi-ld:2?{PERIOD}",
    f"{TEMPORAL}?type=Lamp&{PERIOD}",
    f"{TEMPORAL}?type=Lamp&{PERIOD}&attrs=secret",
    f"{TEMPORAL}?type=Lamp&{PERIOD}&q=secret==1&count=true",
    f"{TEMPORAL}?type=Diary&{PERIOD}&count=true",
    f"{TEMPORAL}?type=Lamp&{PERIOD}&options=aggregatedValues&aggrMethods=max&aggrPeriodDuration=PT0S",
)
POSTS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (
        "/ngsi-ld/v1/entityOperations/query",
        {"type": "Query", "entities": [{"type": "Lamp"}], "q": "secret==1"},
    ),
    (
        "/ngsi-ld/v1/entityOperations/query",
        {"type": "Query", "entities": [{"type": "Lamp"}, {"type": "Diary"}]},
    ),
    (
        "/ngsi-ld/v1/entityOperations/query",
        {"type": "Query", "entities": [{"type": "Lamp"}], "attrs": ["secret"]},
    ),
    (
        "/ngsi-ld/v1/temporal/entityOperations/query",
        {
            "type": "Query",
            "entities": [{"type": "Lamp"}],
            "q": "secret==1",
            "temporalQ": {"timerel": "after", "timeAt": "2000-01-01T00:00:00Z"},
        },
    ),
)


def documents() -> list[dict[str, Any]]:
    """Lamps with a secret and a place that are hidden, one of them taro's; a diary of somebody else."""

    def of(number: int, kind: str, holder: str) -> dict[str, Any]:
        return {
            "id": f"urn:ngsi-ld:{number}",
            "type": kind,
            "watts": {"type": "Property", "value": 7 if number % 2 else 9},
            "name": {"type": "Property", "value": f"lamp {number}"},
            "secret": {"type": "Property", "value": number},
            "holder": {"type": "Property", "value": holder},
            "beside": {"type": "Relationship", "object": f"urn:ngsi-ld:{number + 1}"},
            "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [140.1, 35.6]}},
        }

    return [of(1, "Lamp", "hana"), of(2, "Lamp", "taro"), of(3, "Lamp", "hana"), of(9, "Diary", "hana")]


def seen_by(person: Person, document: dict[str, Any]) -> dict[str, Any] | None:
    """What a plain model leaves of a document; None for nothing."""
    if person.signed_in and document["holder"]["value"] == person.account_id:
        return document
    public = {"id", "type", "watts", "name"}
    return (
        {key: value for key, value in document.items() if key in public}
        if document["type"] == "Lamp"
        else None
    )


async def world(kept: list[dict[str, Any]], person: Person) -> Inside:
    """A town with these entities, as a person finds it; each was written twice, so that there is a past."""
    town = Inside(sights=(LAMP, DIARY))
    town.person = EVERYBODY_IS_ADMIN
    for _ in range(2):
        for document in kept:
            body = json.dumps([document]).encode()
            made = await town.send(
                "POST",
                "/ngsi-ld/v1/entityOperations/upsert",
                body,
                content_type="application/json",
                authorization="Bearer x",
            )
            assert made.status in (201, 204)
    town.person = person
    return town


def told(reply: Reply) -> tuple[int, list[tuple[str, str]], str]:
    """All that a client is told, but for what counts answers."""
    return reply.status, sorted(reply.headers), reply.body.decode()


@pytest.mark.parametrize("person", [NOBODY, TARO], ids=["nobody", "taro"])
async def test_every_answer_is_that_of_a_world_without_what_is_hidden(person: Person) -> None:
    kept = documents()
    whole = await world(kept, person)
    part = await world([one for document in kept if (one := seen_by(person, document))], person)
    by = {"authorization": "Bearer x"} if person.signed_in else {}
    for target in GETS:
        assert told(await whole.send("GET", target, **by)) == told(await part.send("GET", target, **by)), (
            target
        )
    for target, document in POSTS:
        body = json.dumps(document).encode()
        ours = await whole.send("POST", target, body, content_type="application/json", **by)
        theirs = await part.send("POST", target, body, content_type="application/json", **by)
        assert told(ours) == told(theirs), (target, document)


async def test_the_worlds_differ_for_who_sees_all() -> None:
    kept = documents()
    boss = Person("boss", "運用", frozenset({ANYONE, RESIDENT, "admin"}))
    whole = await world(kept, boss)
    part = await world([one for document in kept if (one := seen_by(NOBODY, document))], boss)
    by = {"authorization": "Bearer x"}
    differing = 0
    for target in GETS:
        ours, theirs = await whole.send("GET", target, **by), await part.send("GET", target, **by)
        differing += told(ours) != told(theirs)
    assert differing > len(GETS) // 2
