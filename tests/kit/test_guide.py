"""The guide tells the truth: its service is built from the page, is small, is tidy, and does what the page says."""

import asyncio
import importlib
import importlib.util
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import kaiteki.services
from kaiteki.kit.backoffice import Desk
from kaiteki.kit.jobs import Jobs
from kaiteki.kit.manifest import Service
from kaiteki.kit.pages import ListAsk
from kaiteki.model.decision import Accepted
from town import CLERK, RESIDENT_A, Town

LINES_MAX = 300
BLOCK = re.compile(r"^```(?:python|toml) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
THING = {"name": "黒い傘", "place": "海浜公園"}


@pytest.fixture(scope="module")
def blocks(root: Path) -> dict[str, str]:
    """The files of the page, by path."""
    page = (root / "docs" / "guide" / "new-service.md").read_text(encoding="utf-8")
    return dict(BLOCK.findall(page))


@pytest.fixture(scope="module")
def built(blocks: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The files written into a folder of their own, importable as services of Kaiteki."""
    folder = tmp_path_factory.mktemp("guide")
    for path, text in blocks.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    kaiteki.services.__path__.append(str(folder / "services"))
    yield folder
    kaiteki.services.__path__.remove(str(folder / "services"))
    for name in [name for name in sys.modules if name.startswith("kaiteki.services.lost")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def service(built: Path) -> Service:
    """The manifest of the page."""
    found = importlib.import_module("kaiteki.services.lost.manifest").service
    assert isinstance(found, Service)
    return found


def test_the_service_is_small(blocks: dict[str, str]) -> None:
    assert {path.rsplit("/", 1)[1] for path in blocks} == {
        "__init__.py",
        "letters.toml",
        "manifest.py",
        "model.py",
        "rules.py",
        "test_lost.py",
    }
    assert sum(len(text.splitlines()) for text in blocks.values()) <= LINES_MAX


def test_the_service_is_tidy(blocks: dict[str, str], root: Path) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    for path, text in ((path, text) for path, text in blocks.items() if path.endswith(".py")):
        name = path if path.startswith("tests/") else f"src/kaiteki/{path}"
        for command in (["check"], ["format", "--check"]):
            arguments = [ruff, *command, "--stdin-filename", name, "-"]
            done = subprocess.run(
                arguments, cwd=root, input=text, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout


def test_its_own_tests_pass(built: Path) -> None:
    spec = importlib.util.spec_from_file_location("test_lost", built / "tests" / "services" / "test_lost.py")
    assert spec is not None
    assert spec.loader is not None
    laws = ModuleType("test_lost")
    spec.loader.exec_module(laws)
    found = [law for name, law in inspect.getmembers(laws) if name.startswith("test_")]
    assert len(found) == 2
    for law in found:
        asyncio.run(law())


async def test_the_desk_comes_out_of_the_manifest(service: Service) -> None:
    town = Town(service)
    told = await town.run("lost.tell", THING, RESIDENT_A)
    assert isinstance(told, Accepted)
    desk = Desk(town.city(CLERK), town.store.history, town.store.events)
    table = await desk.list("LostItem", ListAsk(filters={"status": "searching"}))
    assert table is not None
    assert [cell.text for cell in table.rows[0].cells] == [
        "L-2026-00001",
        "黒い傘",
        "海浜公園",
        "さがしています",
        "2026年11月22日 9:00",
    ]
    sheet = await desk.show("LostItem", told.answer["id"])
    assert sheet is not None
    assert [one.name for one in sheet.commands] == ["mark_found", "hand_over", "close", "undo"]
    assert isinstance(await town.run("lost.mark_found", {"id": told.answer["id"]}, CLERK), Accepted)
    assert isinstance(await town.run("lost.undo", {"id": told.answer["id"]}, CLERK), Accepted)
    history = await desk.history("LostItem", told.answer["id"])
    assert [line.words.ja for line in history] == ["取り消す", "見つかった", "届け出る"]
    found = await town.city().search("傘")
    assert [(hit.title, hit.kind.ja) for hit in found.items] == [("黒い傘", "落とし物")]


async def test_the_search_ends_when_its_time_is_over(service: Service) -> None:
    town = Town(service)
    await town.run("lost.tell", THING, RESIDENT_A)
    jobs = Jobs(town.engine)
    desk = Desk(town.city(CLERK), town.store.history, town.store.events)
    for days, state in ((89, "さがしています"), (1, "終了しました")):
        town.clock.pass_s(days * 86_400)
        await jobs.run_due()
        table = await desk.list("LostItem", ListAsk())
        assert table is not None
        assert table.rows[0].cells[3].text == state
