"""Writes do not tell what is hidden: every answer is that of a plane in which it is not, by status, headers, body and rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pytest

from api.ngsi_ld.inside import Reply
from broker.town import StandingClock
from conformance.v2.two_faces import TwoFaces
from kaiteki.api.ngsi_ld.operations import OPERATIONS
from kaiteki.api.ngsi_v2.operations import OPERATIONS as V2_OPERATIONS
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.visibility import Sight
from kaiteki.stores.memory import open_memory

DEFAULT: Final = "https://uri.etsi.org/ngsi-ld/default-context/"
HOLDER: Final = DEFAULT + "holder"
SIGHTS: Final = (
    Sight(
        DEFAULT + "Contact",
        frozenset(),
        ("phones",),
        HOLDER,
        raw=frozenset(),
        name="Contact",
        office=DEFAULT + "office",
        personal=True,
    ),
    Sight(DEFAULT + "Tree", frozenset({DEFAULT + "note", DEFAULT + "holder"}), (STAFF,), name="Tree"),
)
TOWN: Final = frozenset({ANYONE, RESIDENT})
PEOPLE: Final = {
    "nobody": NOBODY,
    "a resident": Person("taro", "太郎", TOWN),
    "a clerk": Person("desk", "窓口", TOWN | {STAFF}, frozenset({"roads"})),
    "a machine": Person("mac-1", "計器", frozenset({ANYONE, STAFF}), kind="machine"),
    "another city": Person("city-1", "隣", frozenset({ANYONE}), kind="city"),
}
ID: Final = "urn:ngsi-ld:Contact:R-2026-00063"
FREE: Final = "urn:ngsi-ld:Tree:7"
"""An id that speaks of a type which clerks may write."""
SEEN: Final = "urn:ngsi-ld:Tree:1"
CONTACT: Final = {"id": ID, "type": "Contact", "note": "090", "holder": "hanako", "office": "health"}
STATE: Final = {"type": "Property", "value": 1, "observedAt": "2026-04-01T09:00:00Z"}
INSTANCE: Final = "urn:ngsi-ld:Instance:1"
ONE: Final = {"type": "Property", "value": "x"}
V2_ONE: Final = {"value": "x", "type": "Text"}
TYPES: Final = ("Contact", "Tree", "Zz")

Request = tuple[str, str, str, Any]
"""The operation, the method, the path below its face, and the document."""


def ld_writes(entity_id: str) -> list[Request]:
    """Everything that NGSI-LD can do to an entity and its past, also with its true type and those of others."""
    entity, past = f"/entities/{entity_id}", f"/temporal/entities/{entity_id}"
    told: list[Request] = [
        ("purgeEntities", "DELETE", f"/entities?id={entity_id}", None),
        ("updateAttr", "PATCH", f"{entity}/attrs/note", ONE),
        ("replaceAttr", "PUT", f"{entity}/attrs/note", ONE),
        ("updateAttrs", "PATCH", f"{entity}/attrs", {"note": ONE, "other": ONE}),
        ("appendAttrs", "POST", f"{entity}/attrs", {"note": ONE}),
        ("appendAttrs", "POST", f"{entity}/attrs?options=noOverwrite", {"note": ONE}),
        ("mergeEntity", "PATCH", entity, {"note": ONE}),
        ("updateBatch", "POST", "/entityOperations/update", [{"id": entity_id, "note": ONE}]),
        ("mergeBatch", "POST", "/entityOperations/merge", [{"id": entity_id, "note": ONE}]),
        ("updateTemporalInstance", "PATCH", f"{past}/attrs/note/{INSTANCE}", STATE),
        ("deleteTemporalInstance", "DELETE", f"{past}/attrs/note/{INSTANCE}", None),
        ("deleteTemporalAttr", "DELETE", f"{past}/attrs/note?deleteAll=true", None),
        ("appendTemporalAttrs", "POST", f"{past}/attrs", {"note": [STATE]}),
        ("deleteTemporal", "DELETE", past, None),
        ("deleteAttr", "DELETE", f"{entity}/attrs/note", None),
        ("deleteEntity", "DELETE", f"{entity}?type=Contact", None),
        ("deleteEntity", "DELETE", entity, None),
        ("deleteBatch", "POST", "/entityOperations/delete", [entity_id, SEEN + "0"]),
        ("queryBatch", "POST", "/entityOperations/query", {"type": "Query", "entities": [{"id": entity_id}]}),
    ]
    for name in TYPES:
        one = {"id": entity_id, "type": name, "note": ONE}
        told += [
            ("createEntity", "POST", "/entities", one),
            ("replaceEntity", "PUT", entity, one),
            ("createBatch", "POST", "/entityOperations/create", [one, one]),
            ("upsertBatch", "POST", "/entityOperations/upsert", [one]),
            ("upsertBatch", "POST", "/entityOperations/upsert?options=update", [one]),
            ("createTemporal", "POST", "/temporal/entities", {**one, "note": [STATE]}),
        ]
    return told


def v2_writes(entity_id: str) -> list[Request]:
    """Everything that NGSI v2 can do to an entity."""
    entity = f"/entities/{entity_id}"
    told: list[Request] = [
        ("appendAttributes", "POST", f"{entity}/attrs", {"note": V2_ONE}),
        ("appendAttributes", "POST", f"{entity}/attrs?options=append", {"note": V2_ONE}),
        ("updateAttributes", "PATCH", f"{entity}/attrs", {"note": V2_ONE}),
        ("replaceAttributes", "PUT", f"{entity}/attrs", {"note": V2_ONE}),
        ("putAttribute", "PUT", f"{entity}/attrs/note", V2_ONE),
        ("putValue", "PUT", f"{entity}/attrs/note/value", {"a": 1}),
        ("removeAttribute", "DELETE", f"{entity}/attrs/note", None),
        ("removeEntity", "DELETE", entity, None),
    ]
    for name in TYPES:
        one = {"id": entity_id, "type": name, "note": V2_ONE}
        told += [
            ("createEntity", "POST", "/entities", one),
            ("createEntity", "POST", "/entities?options=upsert", one),
            ("notify", "POST", "/op/notify", {"subscriptionId": "urn:s", "data": [one]}),
        ]
        told += [
            ("updateBatch", "POST", "/op/update", {"actionType": action, "entities": [one]})
            for action in ("append", "appendStrict", "update", "replace", "delete")
        ]
    return told


async def town(person: Person, hidden: str, is_federated: bool) -> TwoFaces:
    """A town as a person finds it: nothing hidden (""), or a contact that is there, or one that is gone."""
    clock = StandingClock()
    made = TwoFaces(open_memory(clock), clock, SIGHTS)
    made.person = EVERYBODY_IS_ADMIN
    assert (await made.ld("POST", "/entities", {"id": SEEN, "type": "Tree", "note": "oak"})).status == 201
    if hidden:
        assert (await made.ld("POST", "/entities", CONTACT)).status == 201
    if hidden == "gone":
        assert (await made.ld("DELETE", f"/entities/{ID}")).status == 204
    if is_federated:
        source = {
            "id": "urn:ngsi-ld:ContextSourceRegistration:1",
            "type": "ContextSourceRegistration",
            "information": [{"entities": [{"type": "Contact"}, {"type": "Zz"}]}],
            "endpoint": "https://source.example",
            "operations": ["redirectionOps"],
        }
        assert (await made.ld("POST", "/csourceRegistrations", source)).status == 201
    made.person = person
    return made


def told(reply: Reply) -> tuple[int, list[tuple[str, str]], str]:
    """All that a client is told."""
    return reply.status, sorted(reply.headers), reply.body.decode()


async def answers(made: TwoFaces, writes: Sequence[Request], face: str) -> list[Any]:
    """What a person is told by one write after the other."""
    found: list[Any] = []
    for name, method, path, document in writes:
        ask = made.ld if face == "ld" else made.v2
        found.append((name, method, path, told(await ask(method, path, document))))
    return found


@pytest.mark.parametrize("is_federated", [False, True], ids=["alone", "federated"])
@pytest.mark.parametrize("hidden", ["there", "gone"])
@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
async def test_every_write_is_answered_as_where_nothing_is_hidden(
    person: Person, hidden: str, is_federated: bool
) -> None:
    whole, part = await town(person, hidden, is_federated), await town(person, "", is_federated)
    before = await whole.store.history.life("demo", ID)
    for face, writes in (("ld", ld_writes(ID)), ("v2", v2_writes(ID))):
        ours, theirs = await answers(whole, writes, face), await answers(part, writes, face)
        assert [one for one in zip(ours, theirs, strict=True) if one[0] != one[1]] == []
        assert {one[3][0] for one in ours} <= {200, 207, 400, 401, 403, 404, 422}
    assert await whole.store.history.life("demo", ID) == before


@pytest.mark.parametrize(("face", "writes"), [("ld", ld_writes(ID)), ("v2", v2_writes(ID))], ids=["ld", "v2"])
async def test_the_worlds_differ_for_who_sees_what_is_there(face: str, writes: Sequence[Request]) -> None:
    whole, part = await town(EVERYBODY_IS_ADMIN, "there", False), await town(EVERYBODY_IS_ADMIN, "", False)
    assert await answers(whole, writes, face) != await answers(part, writes, face)


def test_every_write_of_an_entity_is_asked() -> None:
    """What writes something else (subscriptions, registrations, snapshots, contexts) has an address that says so."""
    others = ("subscriptions", "csource", "registrations", "sourceNot", "snapshots", "jsonld", "entityMaps")
    for operations, writes in ((OPERATIONS, ld_writes(ID)), (V2_OPERATIONS, v2_writes(ID))):
        of_entities = {
            one.name for one in operations if one.writes and not one.path.lstrip("/").startswith(others)
        }
        assert of_entities and of_entities <= {name for name, *_ in writes}


@pytest.mark.parametrize(("person", "status"), [("a resident", 403), ("a clerk", 409)])
async def test_only_who_may_create_it_learns_that_an_id_is_taken(person: str, status: int) -> None:
    made = await town(PEOPLE[person], "", False)
    tree = {"id": SEEN, "type": "Tree", "note": "elm"}
    assert (await made.ld("POST", "/entities", tree)).status == status
    batch = await made.ld("POST", "/entityOperations/create", [tree])
    assert (batch.status, batch.json()["errors"][0]["error"]["status"]) == (207, status)


async def test_a_free_id_that_something_hidden_has_is_refused_like_a_type_that_is_not_theirs() -> None:
    made = await town(EVERYBODY_IS_ADMIN, "", False)
    assert (await made.ld("POST", "/entities", {**CONTACT, "id": FREE})).status == 201
    made.person = PEOPLE["a clerk"]
    tree = {"id": FREE, "type": "Tree", "note": "elm"}
    foreign = {"id": "urn:ngsi-ld:Contact:1", "type": "Tree"}
    assert (await made.ld("POST", "/entities", foreign)).status == 403
    past = {**tree, "note": [STATE]}
    taken = [
        await made.ld("POST", "/entities", tree),
        await made.ld("POST", "/temporal/entities", past),
        await made.v2("POST", "/entities", {"id": FREE, "type": "Tree"}),
    ]
    assert [one.status for one in taken] == [403, 403, 403]
    batch = await made.ld("POST", "/entityOperations/upsert", [tree])
    assert [one["error"]["status"] for one in batch.json()["errors"]] == [403]
    made.person = EVERYBODY_IS_ADMIN
    assert (await made.ld("GET", f"/entities/{FREE}")).json()["type"] == "Contact"
