"""A person who lives in a town by its outer faces alone, and plants a string of their own wherever words can be written."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from PIL import Image

from node_under_test import Answer, NodeUnderTest

AREA: Final = "demo"
PASSWORD: Final = "a long and plain password"
TOKEN: Final = re.compile(r'name="csrf" value="([0-9a-f]+)"')
ACCOUNT: Final = re.compile(r"(?:acc|pair)-[0-9a-z]{4}(?: ?[0-9a-z]{4})+")
"""The number of a person as their page shows it: in groups."""
LONGITUDE, LATITUDE = 141.05, 35.35


class Planted:
    """Strings that are found nowhere else, with the way by which each came in."""

    def __init__(self, whose: str) -> None:
        self.words: dict[str, str] = {}
        self.whose = whose

    def __call__(self, way: str) -> str:
        word = f"{self.whose}{len(self.words):03d}{way.replace(' ', '')}"
        self.words[word] = way
        return word

    def by_way(self) -> dict[str, int]:
        """How many came in by which way."""
        ways = list(self.words.values())
        return {way: ways.count(way) for way in dict.fromkeys(ways)}


class Browser:
    """One browser at one node: keeps its cookies, sends its forms."""

    def __init__(self, node: NodeUnderTest, agent: str = "") -> None:
        self.node = node
        self.cookies: dict[str, str] = {}
        self._agent = {"user-agent": agent} if agent else {}

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request with the cookies; an answer of the kind 5xx is a fault."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**self._agent, **({"cookie": cookie} if cookie else {}), **(headers or {})}
        answer = self.node.ask(method, path, body, sent)
        assert answer.status < 500, (method, path, answer)
        if "set-cookie" in answer.headers:
            for name, morsel in SimpleCookie(answer.headers["set-cookie"]).items():
                self.cookies[name] = morsel.value
        return answer

    def post(self, path: str, fields: Mapping[str, str], page: str = "") -> Answer:
        """Send the form of a page, which stands at `page`, else at the path itself."""
        found = TOKEN.search(self.ask("GET", page or path).body.decode())
        assert found is not None, path
        body = urlencode({"csrf": found[1], **fields}).encode()
        return self.ask("POST", path, body, {"content-type": "application/x-www-form-urlencoded"})

    def run(self, command: str, form: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
        """Run a command (`service/name`) over its API; the answer."""
        said = self.ask("POST", f"/{AREA}/services/{command}", form, headers)
        assert said.status == 200, (command, said)
        return said.json()

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        """Open a session by the form."""
        said = self.post(f"/{AREA}/sign-in", {"login": login, "password": password})
        assert said.status == 303, said


def picture(comment: str) -> bytes:
    """A photo that says something beside its picture."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E], exif[0x9286] = comment, f"{comment}-exif"
    image = Image.new("RGB", (640, 480), (len(comment), 90, 200))
    image.save(out, "JPEG", comment=comment.encode(), exif=exif)
    return out.getvalue()


class Resident(msgspec.Struct, frozen=True):
    """Somebody who lives in the town: browser, login, ids."""

    browser: Browser
    login: str
    account: str
    device: str
    reports: tuple[str, ...] = ()


def move_in(node: NodeUnderTest, plant: Planted) -> Resident:
    """A person opens an account by the form."""
    me = Browser(node, f"Mozilla/5.0 {plant('browser')}")
    login = plant("account").lower()
    fields = {"name": plant("account"), "login": login, "password": PASSWORD, "again": PASSWORD}
    assert me.post(f"/{AREA}/register", fields).status == 303
    account = ACCOUNT.search(me.ask("GET", f"/{AREA}/my/data").body.decode())
    assert account is not None
    return Resident(me, login, account[0].replace(" ", ""), plant("open311").lower())


def _multipart(fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]) -> bytes:
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, (file, content) in files.items():
        head = f'--x\r\ncontent-disposition: form-data; name="{name}"; filename="{file}"\r\ncontent-type: image/jpeg\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + b"--x--\r\n"


MULTIPART: Final = {"content-type": "multipart/form-data; boundary=x"}


def send(me: Browser, plant: Planted, number: int) -> str:
    """A report over the API with all that it takes, a photo that says more than it shows, and what follows; its id."""
    photo = me.ask("POST", f"/{AREA}/files", picture(plant("photo")), {"content-type": "image/jpeg"})
    assert photo.status == 201, photo
    form = {
        "category": "park",
        "description": f"{plant('report')} {plant('report')} の ベンチ",
        "address": plant("report"),
        "answers": {"thing": "other"},
        "latitude": LATITUDE,
        "longitude": LONGITUDE + number / 500,
        "photos": [{"digest": photo.json()["digest"], "words": plant("photo")}],
        "contact_name": plant("contact"),
        "contact_email": f"{plant('contact')}@example.org",
        "contact_phone": plant("contact"),
        "draft": plant("key of the draft"),
    }
    said = me.run("reports/submit", form, {"idempotency-key": plant("idempotency")})
    me.ask("GET", f"/{AREA}/files/{photo.json()['digest']}")
    return str(said["id"])


def _by_pages(me: Browser, plant: Planted) -> None:
    """A report by the steps of the pages, with a file whose name says something."""
    start = f"/{AREA}/reports/new"
    token = TOKEN.search(me.ask("GET", start).body.decode())
    assert token is not None
    files = {"photos": (f"{plant('photo')}.jpg", picture(plant("photo")))}
    fields = {"csrf": token[1], "category": "park"}
    assert me.ask("POST", start, _multipart(fields, files), MULTIPART).status == 303
    place = {"place_address": plant("report"), "place_lat": str(LATITUDE), "place_lon": str(LONGITUDE + 0.01)}
    assert me.post(f"{start}/place", place).status == 303
    token = TOKEN.search(me.ask("GET", f"{start}/photo").body.decode())
    assert token is not None
    fields = {"csrf": token[1], "description": f"{plant('report')} の 板", "answer-thing": "other"}
    said = me.ask("POST", f"{start}/photo", _multipart(fields, {}), MULTIPART)
    assert said.status == 303, said.body.decode()[-4000:]
    me.run("reports/save_draft", {"draft": {"description": plant("draft"), "address": plant("draft")}})


def _open311(me: Resident, plant: Planted) -> None:
    """A report by another program, in the name of a device."""
    fields = {
        "service_code": "park",
        "lat": str(LATITUDE),
        "long": str(LONGITUDE + 0.02),
        "device_id": me.device,
        "address_string": plant("open311"),
        "description": plant("open311"),
        "first_name": plant("open311"),
        "last_name": plant("open311"),
        "email": f"{plant('open311')}@example.org",
        "phone": plant("open311"),
    }
    body = _multipart(fields, {"media": (f"{plant('open311')}.jpg", picture(plant("open311")))})
    said = me.browser.ask("POST", f"/{AREA}/open311/v2/requests.json", body, MULTIPART)
    assert said.status == 201, said


def _about_others(me: Browser, clerk: Browser, other: str, plant: Planted) -> None:
    """What a person writes on the report of somebody else."""
    me.run("reports/follow", {"id": other})
    me.run("reports/update", {"id": other, "text": plant("words on others' reports")})
    clerk.run("reports/pass_on", {"id": other, "why": "県の 公園です"})
    me.run("reports/reopen", {"id": other, "why": plant("words on others' reports")})


def _by_the_law(me: Browser, clerk: Browser, plant: Planted) -> None:
    """Requests under the law with their steps, and consents with their papers."""
    for kind in ("disclose", "correct", "cease"):
        form = {"what": plant("request"), "name": plant("request"), "address": plant("request")}
        request = me.run("trust/ask", {"kind": kind, **form})["id"]
        clerk.run("trust/confirm", {"id": request, "why": plant("request")})
        clerk.run("trust/extend", {"id": request, "why": plant("request")})
    me.run("trust/take_back", {"id": request, "why": plant("request")})
    agreed = {"purpose": "reports.forward", "version": 1, "items": ["ReportContact.name"]}
    me.run("trust/give", agreed)


def _staff(resident: Resident, clerk: Browser, plant: Planted) -> None:
    """What the office writes of a person, in notes and to the public."""
    one, another = resident.reports[:2]
    clerk.run("reports/write_note", {"id": one, "text": plant("staff")})
    clerk.run("reports/write_note", {"id": one, "text": plant("staff"), "public": True})
    clerk.run("reports/check", {"id": one, "why": plant("staff")})
    clerk.run("reports/plan", {"id": one, "planned": "2027-01-20T00:00:00Z", "why": plant("staff")})
    clerk.run("reports/hide", {"id": another, "why": plant("staff")})
    paper = {
        "holder": resident.account,
        "purpose": "reports.forward",
        "version": 1,
        "items": ["ReportContact.name"],
    }
    clerk.run("trust/record", {**paper, "paper": plant("staff")})


def _by_programs(resident: Resident, robot: Mapping[str, str], plant: Planted) -> None:
    """What programs write of a person over the data plane: attributes that nobody declared, several instances, a past."""
    node, account = resident.browser.node, resident.account
    holders = {
        "ReportContact": "holder",
        "Message": "to",
        "Consent": "holder",
        "DataRequest": "holder",
        "ReportBook": "holder",
    }
    for kind, holder in holders.items():
        entity_id = f"urn:ngsi-ld:{kind}:program"
        entity = {
            "id": entity_id,
            "type": kind,
            holder: {"type": "Property", "value": account},
            "name": {
                "type": "Property",
                "value": plant("ngsi-ld"),
                "note": {"type": "Property", "value": plant("ngsi-ld")},
            },
            "remark": [
                {"type": "Property", "value": plant("ngsi-ld")},
                {
                    "type": "Property",
                    "value": plant("ngsi-ld"),
                    "datasetId": f"urn:ngsi-ld:{plant('ngsi-ld')}",
                },
            ],
        }
        said = node.ask("POST", "/ngsi-ld/v1/entities", entity, robot)
        assert said.status == 201, said
        for _ in range(2):
            part = {"remark": {"type": "Property", "value": plant("ngsi-ld past")}}
            said = node.ask("PATCH", f"/ngsi-ld/v1/entities/{entity_id}/attrs", part, robot)
            assert said.status == 204, said
    past = {
        "remark": [{"type": "Property", "value": plant("ngsi-ld past"), "observedAt": "2026-01-01T00:00:00Z"}]
    }
    said = node.ask(
        "POST", "/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:ReportContact:program/attrs", past, robot
    )
    assert said.status == 204, said
    v2 = {
        "id": "urn:ngsi-ld:ReportContact:v2",
        "type": "ReportContact",
        "holder": {"value": account},
        "name": {"value": plant("ngsi v2")},
    }
    assert node.ask("POST", "/v2/entities", v2, robot).status == 201


def _beside(me: Browser, plant: Planted) -> None:
    """What a person leaves beside entities: subscriptions, keys for programs, mandates, words that were searched for."""
    endpoint = {
        "uri": f"https://example.org/{plant('subscription')}",
        "receiverInfo": [{"key": "x", "value": plant("subscription")}],
    }
    wanted = {
        "type": "Subscription",
        "entities": [{"type": "Report"}],
        "description": plant("subscription"),
        "subscriptionName": plant("subscription"),
        "q": f'name=="{plant("subscription")}"',
        "notification": {"endpoint": endpoint},
    }
    assert me.ask("POST", "/ngsi-ld/v1/subscriptions", wanted).status == 201
    v2 = {
        "description": plant("subscription"),
        "subject": {"entities": [{"idPattern": ".*", "type": "Report"}]},
        "notification": {"http": {"url": f"https://example.org/{plant('subscription')}"}},
    }
    assert me.ask("POST", "/v2/subscriptions", v2).status == 201
    me.post(f"/{AREA}/my/api-keys", {"do": "make", "name": plant("api key")})
    mandate = {
        "do": "give",
        "ground": "entrusted",
        "covers-reports": "*",
        "until": "2026-12-20",
        "papers": plant("mandate"),
    }
    me.post(f"/{AREA}/my/mandates", mandate)
    for address in (
        f"/{AREA}/search?q=",
        f"/{AREA}/reports?q=",
        "/ngsi-ld/v1/entities?type=Report&q=name==",
        "/v2/entities?type=Report&q=name:",
    ):
        me.ask("GET", address + plant("search"))
    me.ask("GET", f"/{AREA}/{plant('search')}")


def watch(node: NodeUnderTest, robot: Mapping[str, str]) -> None:
    """Somebody subscribes to reports and contacts at an address that takes nothing, so that parcels stay."""
    for number in range(2):
        wanted = {
            "type": "Subscription",
            "entities": [{"type": "ReportContact"}, {"type": "Report"}, {"type": "DataRequest"}],
            "notification": {"endpoint": {"uri": f"https://nobody.invalid/{number}"}},
        }
        said = node.ask("POST", "/ngsi-ld/v1/subscriptions", wanted, robot)
        assert said.status == 201, said


def live(resident: Resident, clerk: Browser, robot: Mapping[str, str], plant: Planted) -> Resident:
    """A person lives in the town; with the reports that they sent."""
    me = resident.browser
    other = clerk.run(
        "reports/submit",
        {
            "category": "park",
            "description": "別の ベンチ",
            "latitude": LATITUDE,
            "longitude": LONGITUDE + 0.03,
        },
    )
    reports = tuple(send(me, plant, number) for number in range(4))
    resident = msgspec.structs.replace(resident, reports=reports)
    _by_pages(me, plant)
    _open311(resident, plant)
    _about_others(me, clerk, str(other["id"]), plant)
    _by_the_law(me, clerk, plant)
    _staff(resident, clerk, plant)
    _by_programs(resident, robot, plant)
    _beside(me, plant)
    return resident
