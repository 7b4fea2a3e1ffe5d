"""A report about a home over every face of a real node: none of them tells where it is or what was written."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

from node_under_test import NodeUnderTest

WORDS = "山吹の木がしげる家"
ADDRESS = "丘区域 山吹町7番地"
SECRETS = ("山吹", "35.35811", "141.05022")


@pytest.fixture(scope="module")
def number(node: NodeUnderTest) -> str:
    """A report of a sensitive kind, sent over Open311."""
    form = {
        "service_code": "vacant",
        "lat": "35.35811",
        "long": "141.05022",
        "address_string": ADDRESS,
        "description": WORDS,
        "email": "yamabuki@example.jp",
    }
    sent = node.ask(
        "POST",
        "/demo/open311/v2/requests.json",
        urlencode(form).encode(),
        {"content-type": "application/x-www-form-urlencoded"},
    )
    assert sent.status == 201, sent.body
    return str(sent.json()[0]["service_request_id"])


@pytest.mark.parametrize(
    "path",
    [
        "/demo/reports",
        "/demo/reports?lat=35.36&lon=141.05&within=3000",
        "/demo/reports/{number}",
        "/demo/reports/statistics",
        "/demo/things/Report/urn:ngsi-ld:Report:{number}",
        "/demo/map?layer=Report",
        "/demo/open311/v2/requests.json?extensions=true",
        "/demo/open311/v2/requests/{number}.json?extensions=true",
        "/demo/open311/v2/requests.xml",
        "/demo/open311/v2/servicerequestupdates.json",
        "/ngsi-ld/v1/entities/urn:ngsi-ld:Report:{number}",
        "/ngsi-ld/v1/entities?type=Report&options=sysAttrs&limit=1000",
        "/ngsi-ld/v1/entities?type=Report&geoproperty=location&limit=1000",
    ],
)
def test_no_face_tells_of_a_home(node: NodeUnderTest, number: str, path: str) -> None:
    for accept in ("*/*", "application/geo+json") if path.startswith("/ngsi-ld") else ("*/*",):
        answer = node.ask("GET", path.format(number=number), headers={"accept": accept})
        assert answer.status == 200, answer.body
        said = answer.body.decode()
        assert number in said or "statistics" in path or "updates" in path
        assert [secret for secret in SECRETS if secret in said] == []


@pytest.mark.parametrize("q", ["description~=.*山吹.*", "address~=.*山吹.*", "held", "reporter"])
def test_no_question_tells_of_a_home(node: NodeUnderTest, number: str, q: str) -> None:
    answer = node.ask("GET", f"/ngsi-ld/v1/entities?type=Report&q={quote(q)}")
    assert (answer.status, answer.json()) == (200, [])
    near = "georel=near;maxDistance==40&geometry=Point&coordinates=%5B141.05022,35.35811%5D"
    assert node.ask("GET", f"/ngsi-ld/v1/entities?type=Report&{near}").json() == []
    found = node.ask("GET", "/demo/search?q=%E5%B1%B1%E5%90%B9").body.decode()
    assert number not in found
