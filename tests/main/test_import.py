"""`kaiteki import` beside a running node and into one by its address: killed and run again, refused with clear words."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from node_under_test import NodeUnderTest, free_port, start_node, stop_node
from waiting import LONG_S

HEADER = "ID,名称,所在地_連結表記,緯度,経度\n"
ROWS = 12_000
"""As many as are not brought in between two looks, also on a busy machine."""
POLL_S = 0.02
POLLS_MAX = 3000
IMPORT = (sys.executable, "-m", "kaiteki.main", "import")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """A node whose area only this module fills."""
    started = start_node(tmp_path_factory.mktemp("imports") / "data", areas=("demo",))
    yield started
    stop_node(started)


def row(number: int) -> str:
    """A facility."""
    return f"{number},施設{number},丘区{number},35.{310_000 + number},141.02\n"


def count(node: NodeUnderTest, type_name: str) -> int:
    """How many entities of a type anybody finds."""
    answer = node.ask("GET", f"/ngsi-ld/v1/entities?type={type_name}&count=true&limit=0")
    return int(answer.headers["ngsild-results-count"])


def bring(file: Path, *options: str, token: str = "") -> subprocess.CompletedProcess[str]:
    """Run an import to its end."""
    return subprocess.run(
        [*IMPORT, str(file), "--city", "demo", *options],
        env={**os.environ, "KAITEKI_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )


def sums(done: subprocess.CompletedProcess[str]) -> list[int]:
    """The last line of the table: read, created, changed, unchanged, refused."""
    last = [line for line in done.stdout.splitlines() if re.search(r"│ +\d", line)][-1]
    return [int(cell.replace(",", "")) for cell in last.split("│")[3:8]]


def test_an_import_that_is_killed_goes_on_where_it_was(city: NodeUnderTest, tmp_path: Path) -> None:
    file = tmp_path / "公共施設一覧.csv"
    file.write_text(HEADER + "".join(row(number) for number in range(ROWS)), encoding="utf-8")
    options = ("--city", "demo", "--data", str(city.data))
    with subprocess.Popen([*IMPORT, str(file), *options], stdout=subprocess.DEVNULL) as process:
        for _ in range(POLLS_MAX):
            kept = count(city, "PublicFacility")
            if kept or process.poll() is not None:
                break
            select.select([], [], [], POLL_S)
        process.send_signal(signal.SIGKILL)
    assert 0 < kept < ROWS
    kept = count(city, "PublicFacility")
    again = bring(file, "--data", str(city.data))
    assert (again.returncode, sums(again)) == (0, [ROWS, ROWS - kept, 0, kept, 0]), again.stdout
    assert count(city, "PublicFacility") == ROWS
    (data_set,) = city.ask("GET", "/ngsi-ld/v1/entities?type=DataSet&options=keyValues").json()
    assert data_set["records"] == ROWS


def test_a_running_node_takes_an_import_by_its_address(city: NodeUnderTest, tmp_path: Path) -> None:
    file = tmp_path / "AED設置箇所一覧.csv"
    # more rows than one query of a node may name
    rows = [row(1), row(2).replace("施設2", ""), *(row(n) for n in range(3, 131))]
    file.write_text(HEADER + "".join(rows), encoding="utf-8")
    token = city.command("user", "add", "importer", "--machine", "--role", "staff").stdout.strip()
    there = ("--url", city.url)
    first, again = bring(file, *there, token=token), bring(file, *there, token=token)
    assert (first.returncode, sums(first)) == (3, [130, 129, 0, 0, 1]), first.stdout
    assert "AED設置箇所一覧.csv:3 [名称]" in first.stdout
    assert sums(again) == [130, 0, 0, 129, 1]
    assert count(city, "AED") == 129


@pytest.mark.parametrize("is_far", [False, True])
def test_what_is_no_longer_in_the_file_is_removed_here_and_there(
    city: NodeUnderTest, tmp_path: Path, is_far: bool
) -> None:
    file = tmp_path / f"公衆トイレ一覧{is_far}.csv"
    lines = [row(n) for n in range(10)]
    file.write_text(HEADER + "".join(lines), encoding="utf-8")
    token = city.command("user", "add", f"pruner{is_far}", "--machine", "--role", "staff").stdout.strip()
    where = ("--url", city.url) if is_far else ("--data", str(city.data))
    before = count(city, "PublicToilet")
    assert sums(bring(file, *where, token=token)) == [10, 10, 0, 0, 0]
    file.write_text(HEADER + "".join(lines[:5]), encoding="utf-8")
    dry = bring(file, "--prune", "--dry-run", *where, token=token)
    assert (dry.returncode, "5 of 10 records are not in the file" in dry.stdout) == (0, True), dry.stdout
    asked = bring(file, "--prune", *where, token=token)
    assert (asked.returncode, "Nothing was removed" in asked.stdout) == (3, True), asked.stdout
    assert ("10 → 5" in asked.stdout, "5 / 10" in asked.stdout) == (True, True)
    assert count(city, "PublicToilet") == before + 10
    done = bring(file, "--prune", "--yes", *where, token=token)
    assert (done.returncode, sums(done)) == (0, [5, 0, 0, 5, 0]), done.stdout
    assert count(city, "PublicToilet") == before + 5


def test_a_node_that_says_no_is_told_in_clear_words(city: NodeUnderTest, tmp_path: Path) -> None:
    file = tmp_path / "公園一覧.csv"
    file.write_text(HEADER + row(1), encoding="utf-8")
    resident = city.command("user", "add", "reader", "--machine", "--role", "resident").stdout.strip()
    for options, token, words in (
        (("--url", city.url), "", "KAITEKI_TOKEN"),
        (("--url", city.url), resident, "needs the role staff"),
        (("--url", f"http://127.0.0.1:{free_port()}"), "", "No node answers"),
        (("--url", city.url + "/demo"), "", "Please check"),
    ):
        refused = bring(file, *options, token=token)
        said = " ".join(refused.stdout.split())
        assert (refused.returncode, words in said, "Traceback" in refused.stderr) == (1, True, False), said
    assert count(city, "Park") == 0
