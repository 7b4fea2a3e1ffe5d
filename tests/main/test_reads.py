"""What is sealed is plain for who may read it, on every face, and each read is recorded before it is answered; at rest it is nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from kaiteki.main.clock import SystemClock
from kaiteki.main.stores import open_store
from kaiteki.ports.accesses import Kept
from node_under_test import NodeUnderTest, start_node, stop_node

CONTACTS = "type=ReportContact"
MAIL = "Kingfisher@example.org"


async def accesses_of(data: Path, actor: str) -> Sequence[Kept]:
    store = await open_store(data, SystemClock())
    try:
        return await store.accesses.by("demo", actor, limit=100)
    finally:
        await store.entities.close()


def shown(face: bytes) -> bool:
    assert b"urn:kaiteki:sealed" not in face and b'"~' not in face
    return MAIL.encode() in face


def ask_what_cannot_be_asked(node: NodeUnderTest, staff: dict[str, str]) -> None:
    """Of ciphertext; refused to who may read some of it, and no attribute to others."""
    for q in ("email~=%22King%22", "email!=%22a%22", "name==%22Plover%22", "phone%3E5"):
        refused = node.ask("GET", f"/ngsi-ld/v1/entities?{CONTACTS}&q={q}", headers=staff)
        assert (refused.status, b"sealed" in refused.body) == (400, True), refused.body
        assert node.ask("GET", f"/ngsi-ld/v1/entities?{CONTACTS}&q={q}").body == b"[]"
    page = node.ask(
        "GET",
        f"/ngsi-ld/v1/entities?{CONTACTS}&count=true&q=email==%22nobody@example.org%22",
        headers=staff,
    )
    assert page.body == b"[]"


def test_every_face_opens_with_a_record(tmp_path: Path) -> None:
    node = start_node(tmp_path / "town", areas=("demo",))
    try:
        token = node.command("user", "add", "desk-program", "--machine", "--role", "staff").stdout.strip()
        other = node.command("user", "add", "meter", "--machine", "--role", "resident").stdout.strip()
        staff, resident = ({"authorization": f"Bearer {one}"} for one in (token, other))
        form = {
            "category": "road",
            "description": "道路に 穴が あいて います",
            "address": "本町 1",
            "contact_name": "Plover",
            "contact_email": MAIL,
        }
        said = node.ask("POST", "/demo/services/reports/submit", form)
        assert said.status == 200, said.body
        number = said.json()["number"]
        contact = f"/ngsi-ld/v1/entities/urn:ngsi-ld:ReportContact:{number}"
        ld = {"ngsild-tenant": "demo"}
        faces = (
            contact,
            f"/ngsi-ld/v1/entities?{CONTACTS}",
            f"/ngsi-ld/v1/entities?{CONTACTS}&options=keyValues&q=email==%22{MAIL.lower()}%22",
            f"/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:ReportContact:{number}",
            f"/ngsi-ld/v1/entities?{CONTACTS}&join=flat&joinLevel=1",
            f"/v2/entities?{CONTACTS}",
            f"/v2/entities/urn:ngsi-ld:ReportContact:{number}/attrs",
        )
        for face in faces:
            answer = node.ask("GET", face, headers={**staff, **ld})
            assert (answer.status, shown(answer.body)) == (200, True), (face, answer.body)
            hidden = node.ask("GET", face, headers={**resident, **ld})
            assert not shown(hidden.body), face
            assert hidden.status == 404 or hidden.body in (b"[]", b"{}"), (face, hidden.body)
            nobody = node.ask("GET", face)
            assert not shown(nobody.body), face
        ask_what_cannot_be_asked(node, staff)
    finally:
        stop_node(node)
    at_rest = b"".join(file.read_bytes() for file in sorted((tmp_path / "town").iterdir()) if file.is_file())
    assert MAIL.encode() not in at_rest and b"Plover" not in at_rest and b"desk-program" not in at_rest
    kept = asyncio.run(accesses_of(tmp_path / "town", reader_id(node_lines(tmp_path / "town"))))
    assert len(kept) >= len(faces)
    assert {one.access.type.rpartition("/")[2] for one in kept} == {"ReportContact"}
    assert {name.rpartition("/")[2] for one in kept for name in one.access.attributes} >= {"email", "name"}
    assert {one.access.by.purpose for one in kept} == {"reports.contact"}
    assert {one.access.by.action for one in kept} >= {"retrieveEntity", "queryEntities", "retrieveTemporal"}


def node_lines(data: Path) -> Sequence[str]:
    """The ids of the accounts of a node."""

    async def ids() -> list[str]:
        store = await open_store(data, SystemClock())
        try:
            return [
                one.id
                for one in await store.accounts.list()
                if any(grant.role == "staff" for grant in one.grants)
            ]
        finally:
            await store.entities.close()

    return asyncio.run(ids())


def reader_id(ids: Sequence[str]) -> str:
    (only,) = ids
    return only
