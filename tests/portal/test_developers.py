"""Every example that developers are shown is true: as curl, Python and JavaScript it asks this node and is answered 200, as on the page."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pytest
from walked_town import FILES, ROWS_REFUSED

from kaiteki.main.examples import APIS
from kaiteki.main.node import open_node
from kaiteki.main.settings import Settings
from kaiteki.main.trying import tried
from kaiteki.model.words import Words
from kaiteki.portal.examples import SHOWN_MAX, Example, fill, programs
from kaiteki.portal.pages import developers
from node_under_test import NodeUnderTest, start_node, stop_node
from reader import Reader
from waiting import LONG_S

SECTION = re.compile(r'<section class="stack" aria-labelledby="([^"]+)">(.*?)</section>', re.DOTALL)
PROGRAM = re.compile(r'<pre [^>]*data-program="(\w+)"[^>]*><code>(.*?)</code></pre>', re.DOTALL)
ANSWER = re.compile(r'<pre [^>]*data-answer="(\d+)"[^>]*><code>(.*?)</code></pre>', re.DOTALL)
LINK = re.compile(r'href="/demo/(developers/(?:apis|data)/[^"?#]+)"')
MOVING = re.compile(r'"timeStamp":"[^"]*"|urn:ngsi-ld:EntityTypeList:\d+|"(?:DataUse|ReportFigures)",?')
"""What an answer says of the moment in which it was given; the first uses and figures are kept while the node runs."""
EXAMPLES_MIN = 30
GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "developers.md"


class Shown(NamedTuple):
    """An example as a page shows it: the page, its name, its programs by language."""

    page: str
    name: str
    programs: dict[str, str]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """A node with imported tables, and an area that is empty."""
    folder = tmp_path_factory.mktemp("developers")
    node = start_node(folder / "data", areas=("demo", "chiba"))
    try:
        for name, text in FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
        paths = [str(folder / name) for name in FILES]
        done = node.command("import", *paths, "--city", "demo", "--licence", "CC BY 4.0")
        assert done.returncode in (0, ROWS_REFUSED), done.stdout + done.stderr
        report = {"category": "light", "description": "消えています", "latitude": 35.39, "longitude": 141.08}
        assert node.ask("POST", "/demo/services/reports/submit", report).status == 200
        yield node
    finally:
        stop_node(node)


def shown(node: NodeUnderTest) -> list[Shown]:
    """All examples of all pages for developers."""
    overview = node.ask("GET", "/demo/developers").body.decode()
    pages = list(dict.fromkeys(LINK.findall(overview)))
    assert {f"developers/apis/{api.name}" for api in APIS} <= set(pages)
    found: list[Shown] = []
    for page in pages:
        text = node.ask("GET", f"/demo/{page}").body.decode()
        for name, section in SECTION.findall(text):
            found.append(Shown(page, name, {one: unescape(code) for one, code in PROGRAM.findall(section)}))
    return found


def test_every_example_is_answered_as_the_page_says(town: NodeUnderTest, tmp_path: Path) -> None:
    examples, wrong = shown(town), {}
    end = f"-s -w '%{{http_code}} ' --max-time {LONG_S:.0f}"
    script = [f"{one.programs['curl']} {end} -o {tmp_path / str(n)}" for n, one in enumerate(examples)]
    # the catalogue tells the size of a file that was sent once: from here on it does
    files = [line for line in script if "/records." in line]
    done = subprocess.run(
        ["bash", "-c", "\n".join([*files, *script])], capture_output=True, text=True, check=False
    )
    statuses = done.stdout.split()[len(files) :]
    assert len(statuses) == len(examples), done.stderr
    for number, one in enumerate(examples):
        answer, status = (tmp_path / str(number)).read_bytes(), statuses[number]
        page = town.ask("GET", f"/demo/{one.page}?run={one.name}").body.decode()
        ran = ANSWER.search(page)
        expected = tried(200, "", answer).text
        if status != "200" or not answer or ran is None or ran[1] != "200":
            wrong[one.page, one.name] = (status, answer[:200], ran and ran[1])
        elif MOVING.sub("", unescape(ran[2]).strip()) != MOVING.sub("", expected.strip()):
            wrong[one.page, one.name] = (unescape(ran[2])[:300], expected[:300])
    assert wrong == {}
    assert len(examples) >= EXAMPLES_MIN
    assert {name for one in examples for name in one.programs} == {"curl", "Python", "JavaScript", "R"}
    told = {(one.page, one.name) for one in examples}
    assert {(f"developers/apis/{api.name}", one.name) for api in APIS for one in api.examples} <= told


def test_every_example_runs_as_a_program_of_python(town: NodeUnderTest) -> None:
    for one in shown(town):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            # a program that the node shows to everybody, run as they would run it
            exec(one.programs["Python"], {})
        assert said.getvalue().strip(), one


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_every_example_runs_as_a_program_of_javascript(town: NodeUnderTest, tmp_path: Path) -> None:
    parts = [
        f"{{\n{one.programs['JavaScript']}\nif (answer.status !== 200) throw new Error('{one.name}');\n}}"
        for one in shown(town)
    ]
    file = tmp_path / "examples.mjs"
    file.write_text("\n".join(parts), encoding="utf-8")
    done = subprocess.run(["node", str(file)], capture_output=True, text=True, check=False, timeout=LONG_S)
    assert done.returncode == 0 and done.stdout.strip(), done.stderr


def test_the_guide_begins_with_what_works(town: NodeUnderTest) -> None:
    text = GUIDE.read_text(encoding="utf-8").replace("https://city.example", town.url)
    asked = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["bash", "-ec", "\n".join(f"{one.strip()} -sf" for one in asked)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and len(asked) == 2 and "urn:ngsi-ld:AED:" in done.stdout, done
    [program] = re.findall(r"^```py\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(program, {})
    assert said.getvalue().startswith("urn:ngsi-ld:AED:") and "市役所" in said.getvalue()


def test_an_area_without_data_shows_what_it_has_and_no_address_of_others_is_asked(
    town: NodeUnderTest,
) -> None:
    for path, status in (
        ("/chiba/developers", 200),
        ("/chiba/developers/apis/files", 200),
        ("/demo/developers/apis/none", 404),
        ("/demo/developers/data/none", 404),
    ):
        assert town.ask("GET", path).status == status, path
    for wanted in ("none", "/health/live", "https://example.org/"):
        page = town.ask("GET", f"/demo/developers/apis/ngsi-ld?run={wanted}")
        assert page.status == 200 and not ANSWER.search(page.body.decode())


def test_three_languages_tell_limits_errors_and_promises(town: NodeUnderTest) -> None:
    for language, words in (
        ("ja", ("5分で始める", "回数の上限とキー", "意味的バージョニング", "1,000,000")),
        ("en", ("Begin in five minutes", "Limits and keys", "Semantic Versioning", "1,000,000")),
        ("ja-easy", ("5分（ふん）で はじめる", "かずの きまり", "429")),
    ):
        page = town.ask("GET", f"/demo/developers?lang={language}").body.decode()
        assert [one for one in words if one not in page] == [], language


def test_an_example_whose_names_are_missing_is_not_shown_and_names_are_quoted() -> None:
    words = Words("x", "x")
    one = Example("x", words, "/{area}/data/{data}?q={data}", headers={"NGSILD-Tenant": "{area}"})
    assert fill(one, {"area": "demo"}) is None and fill(one, {"area": "demo", "data": ""}) is None
    filled = fill(one, {"area": "demo", "data": "a b/日'"})
    assert filled is not None
    assert filled.target == "/demo/data/a%20b%2F%E6%97%A5%27?q=a%20b%2F%E6%97%A5%27"
    assert dict(programs(filled, "https://city.example"))["curl"].count("'") == 4


def test_what_is_cut_ends_before_a_broken_letter() -> None:
    whole = tried(200, "text/csv", "あ".encode() * SHOWN_MAX * 9)
    assert (whole.text, whole.cut) == ("あ" * SHOWN_MAX, True)
    assert tried(200, "text/csv", "\ufeffあ".encode()).text == "あ"


async def test_every_data_set_is_reached_page_by_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A page of the overview leads to the next until every data set of the catalogue was told once, none twice."""
    monkeypatch.setattr(developers, "PAGE_SIZE", 1)
    async with open_node(Settings(data=tmp_path / "data", cities=("demo",))) as node:
        reader = Reader(node.site.built())
        report = {"category": "light", "description": "消えています", "latitude": 35.39, "longitude": 141.08}
        sent = json.dumps(report).encode()
        kept = await reader.send("/demo/services/reports/submit", sent, "application/json")
        assert kept.status == 200, kept.text
        here, found = "/demo/developers", list[str]()
        while here:
            text = (await reader.get(here)).text
            found += [one for one in LINK.findall(text) if one.startswith("developers/data/")]
            onward = re.search(r'<a[^>]*href="([^"]+)"[^>]*rel="next"', text)
            here = unescape(onward[1]).partition("#")[0] if onward else ""
        listed = await reader.get("/demo/ckan/api/3/action/package_list")
        assert len(found) > 1
        assert sorted(found) == sorted(
            f"developers/data/{name}" for name in json.loads(listed.text)["result"]
        )
        for query in ("page=x", "page=0", "page=9&page=1"):
            assert (await reader.get(f"/demo/developers?{query}")).status == 400, query
