"""A client that others wrote reads a live node over Open311: what it gets is what the city says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from georeport import GeoReport

from node_under_test import NodeUnderTest, start_node, stop_node

REPORTS = 3
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """A node with some reports."""
    started = start_node(tmp_path_factory.mktemp("judged") / "data", areas=("demo",))
    for n in range(REPORTS):
        words = {
            "service_code": "park",
            "description": f"ベンチ & 柵 {n}",
            "lat": f"35.{310 + n}",
            "long": "141.02",
        }
        answer = started.ask("POST", "/demo/open311/v2/requests.json", urlencode(words).encode(), FORM)
        assert answer.status == 201, answer.body
    yield started
    stop_node(started)


def plain(told: object) -> object:
    """Values as texts, as XML has them."""
    if isinstance(told, dict):
        return {name: plain(value) for name, value in told.items()}
    if isinstance(told, list):
        return [plain(value) for value in told]
    return json.dumps(told) if isinstance(told, bool) else None if told in (None, "") else str(told)


@pytest.mark.external
def test_georeport_reads_services_definitions_and_requests_in_both_forms(city: NodeUnderTest) -> None:
    root = f"{city.url}/demo/open311/v2"
    in_json = GeoReport(root, jurisdiction="demo")
    in_xml = GeoReport(root, jurisdiction="demo", output_format="xml")
    services = in_json.get_service_list()
    assert plain(services) == plain(in_xml.get_service_list()) and len(services) > 5
    asked = [one["service_code"] for one in services if one["metadata"]]
    definitions = [in_json.get_service_definition(code) for code in asked]
    assert [one["service_code"] for one in definitions] == asked
    assert all(one["attributes"] for one in definitions)
    assert [in_xml.get_service_definition(code)["service_code"] for code in asked] == asked
    requests = in_json.get_service_requests(service_code="park", status="open")
    assert plain(requests) == plain(in_xml.get_service_requests(service_code="park"))
    assert [one["description"] for one in requests] == [f"ベンチ & 柵 {n}" for n in (2, 1, 0)]
    number = requests[1]["service_request_id"]
    assert in_json.get_service_request(number) == requests[1]
    assert plain(in_xml.get_service_request(number)) == plain(requests[1])
