"""What a person agreed to opens, for that purpose, on every face that reads what stands now; a withdrawal closes it at the next read."""

from __future__ import annotations

from pathlib import Path

from node_under_test import NodeUnderTest, start_node, stop_node

MAIL, PHONE, NAME = "Kingfisher@example.org", "090-0000-1234", "Plover"
CONTACTS = "/ngsi-ld/v1/entities?type=ReportContact"
FORWARD = "reports.forward"
ITEMS = {"ReportContact.email": MAIL, "ReportContact.phone": PHONE, "ReportContact.name": NAME}


class Faces:
    """The faces of a node, as staff asks them for a purpose."""

    def __init__(self, node: NodeUnderTest, token: str, number: str) -> None:
        self._node = node
        self._token = token
        self._one = f"urn:ngsi-ld:ReportContact:{number}"

    def answers(self, purpose: str = FORWARD) -> list[bytes]:
        """Entity, list, list with links, their past, NGSI v2 list and entity."""
        past = "timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt"
        paths = (
            f"/ngsi-ld/v1/temporal/entities/{self._one}?{past}",
            f"/ngsi-ld/v1/temporal/entities?type=ReportContact&{past}",
            f"/ngsi-ld/v1/entities/{self._one}",
            CONTACTS,
            f"{CONTACTS}&join=flat&joinLevel=1",
            "/v2/entities?type=ReportContact",
            f"/v2/entities/{self._one}/attrs",
        )
        return [self.ask(path, purpose)[1] for path in paths]

    def ask(self, path: str, purpose: str = FORWARD) -> tuple[str, bytes]:
        """The count that was told, and the body."""
        headers = {"authorization": f"Bearer {self._token}", "kaiteki-purpose": purpose}
        answer = self._node.ask("GET", path, headers=headers)
        return answer.headers.get("ngsild-results-count", ""), answer.body

    def show(self, *items: str) -> None:
        """Every face shows the values of these items, and no other; nor does a count or a condition tell of others."""
        for body in self.answers():
            shown = {item for item, value in ITEMS.items() if value.encode() in body}
            assert shown == set(items), body
            assert b"urn:kaiteki:sealed" not in body
        there = "1" if items else "0"
        assert self.ask(f"{CONTACTS}&count=true")[0] == there
        for item in ITEMS:
            field = item.partition(".")[2]
            found = self.ask(f"{CONTACTS}&count=true&attrs={field}")[0]
            assert found == ("1" if item in items else "0"), field
        for item, q in (("email", f"email==%22{MAIL.lower()}%22"), ("phone", "phone")):
            count = "1" if f"ReportContact.{item}" in items else "0"
            assert self.ask(f"{CONTACTS}&count=true&q={q}")[0] == count, q
        for rest in ("q=email!=%22a%22", "q=name==%22Plover%22", "orderBy=email"):
            assert b"kept sealed" in self.ask(f"{CONTACTS}&{rest}")[1], rest


def test_what_was_agreed_to_is_open_for_its_purpose_alone_and_until_it_is_withdrawn(tmp_path: Path) -> None:
    node = start_node(tmp_path / "town", areas=("demo",))
    try:
        desk, person = (
            node.command("user", "add", name, "--machine", "--role", role).stdout.strip()
            for name, role in (("desk-program", "staff"), ("taro-program", "resident"))
        )
        own = {"authorization": f"Bearer {person}"}
        form = {
            "category": "road",
            "description": "道路に 穴が あいて います",
            "address": "本町 1",
            "contact_name": NAME,
            "contact_email": MAIL,
            "contact_phone": PHONE,
        }
        said = node.ask("POST", "/demo/services/reports/submit", form, headers=own)
        assert said.status == 200, said.body
        faces = Faces(node, desk, said.json()["number"])

        def decide(command: str, *items: str) -> None:
            asked: dict[str, object] = {"purpose": FORWARD, "items": [*items]}
            if command != "withdraw":
                asked["version"] = 1
            done = node.ask("POST", f"/demo/services/trust/{command}", asked, headers=own)
            assert done.status == 200, done.body

        faces.show()
        decide("give", "ReportContact.email")
        faces.show("ReportContact.email")
        assert all(MAIL.encode() not in body for body in faces.answers("reports.repair"))
        decide("give", "ReportContact.phone")
        faces.show("ReportContact.email", "ReportContact.phone")
        decide("withdraw", "ReportContact.email")
        faces.show("ReportContact.phone")
        decide("withdraw", "ReportContact.phone")
        faces.show()
    finally:
        stop_node(node)
