"""What a node answers is what its OpenAPI document says: generated requests to every operation, judged by schemathesis.

The same requests are made each time. Many of them name what stands in the city (tests/api/contract_hooks.py), so that
rules are reached behind the search for an id. The node is one of its own: its requests write, change and delete.
Each `test_contract_<part>` asks for one part of the document (PARTS); `test_contract` has the law on all of them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node_under_test import NodeUnderTest, start_node, stop_node

EXAMPLES_MAX = 6
"""Generated requests of each operation, beside the examples of the document and one for each border of its schemas."""
PARTS = {
    "ngsi_ld": r"^/ngsi-ld/",
    "areas": r"^/\{area\}/",
    "others": r"^/(?!ngsi-ld/|\{area\}/)",
}
"""Which paths of the document each part asks for."""
BENCH = "urn:ngsi-ld:Bench:1"
"""What many of the requests name."""
STATES = 1200
"""States of the bench: more than one answer holds."""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
REPORT = {"category": "road", "latitude": 35.35, "longitude": 141.05, "description": "a hole"}
JUDGE_TIMEOUT_S = 3600


@contextmanager
def asked_city(folder: Path) -> Iterator[NodeUnderTest]:
    """A node with one area that only these requests ask, with every right in their headers."""
    started = start_node(folder / "data", areas=("demo",))
    try:
        added = started.command("user", "add", "contract", "--machine", "--role", "staff", "--role", "admin")
        rights = {"authorization": f"Bearer {added.stdout.strip()}"}
        yield NodeUnderTest(started.url, started.data, started.process, rights)
    finally:
        stop_node(started)


def judge(node: NodeUnderTest, part: str, report: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Let schemathesis ask everything that the document of the node describes of a part."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{node.url}/openapi.json"),
            *("--header", f"Authorization: {node.headers['authorization']}"),
            *("--include-path-regex", PARTS[part]),
            *("--checks", ",".join(CHECKS)),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES_MAX)),
            # a stream has no end; its own tests read it
            *("--exclude-operation-id", "streamNotifications"),
            *("--seed", "1", "--generation-deterministic"),
            *("--no-shrink", "--continue-on-failure", "--no-color", "--warnings", "off"),
        ],
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "contract_hooks",
            # what is generated and which requests name the bench is the same in each run
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(Path(__file__).parent / "api"),
            "CONTRACT_REPORT": report,
            "CONTRACT_RIGHTS": node.headers["authorization"],
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=JUDGE_TIMEOUT_S,
    )


def give_a_past(node: NodeUnderTest) -> None:
    """More states of the bench than one answer holds, so that asking for its past is answered in part (206)."""
    past = "/ngsi-ld/v1/temporal/entities"
    for half in ("00", "30"):
        seats = [
            {
                "type": "Property",
                "value": number,
                "observedAt": f"2026-01-01T{number // 25:02}:{half}:{number % 25:02}Z",
            }
            for number in range(STATES // 2)
        ]
        told = node.ask("POST", past, {"id": BENCH, "type": "Bench", "seats": seats})
        assert told.status in (201, 204), told.body
    assert node.ask("GET", f"{past}/{BENCH}").status == 206


def keep_the_contract(part: str, folder: Path, cases_min: int) -> None:
    """Every answer of a part is a described one; at least so many are asked for.

    Fewer would mean that operations are missing from the document or that their schemas say nothing.
    """
    with asked_city(folder) as city:
        sent = city.ask("POST", "/demo/services/reports/submit", REPORT)
        assert sent.status == 200, sent.body
        give_a_past(city)
        judged = judge(city, part, sent.json()["id"], folder)
    assert judged.returncode == 0, judged.stdout[-12_000:] + judged.stderr[-2000:]
    asked = re.search(r"(\d+) generated, (\d+) passed", judged.stdout)
    assert asked is not None and asked[1] == asked[2] and int(asked[1]) >= cases_min, judged.stdout[-2000:]
