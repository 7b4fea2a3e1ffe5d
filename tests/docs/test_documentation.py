"""What the documents say is true: links lead somewhere, commands and targets exist, snippets run."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaiteki.main.cli import COMMANDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)|!\[[^\]]*\]\(([^)\s]+)\)")


def snippets(document: Path, language: str) -> Iterator[str]:
    """The code blocks of a document in a language. One with a file name is a part; a test of its own builds the whole."""
    for kind, file, text in BLOCK.findall(document.read_text(encoding="utf-8")):
        if kind == language and not file.strip():
            yield text


def name_of(document: Path) -> str:
    """The path of a document as a person says it."""
    return str(document.relative_to(ROOT))


def test_links_lead_to_files() -> None:
    broken = [
        f"{name_of(document)}: {target}"
        for document in DOCUMENTS
        for pair in LINK.findall(document.read_text(encoding="utf-8"))
        for target in pair
        if target and "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        (name_of(document), target)
        for document in DOCUMENTS
        for block in snippets(document, "bash")
        for target in re.findall(r"^make ([a-z]+)", block, re.MULTILINE)
    }
    assert {row for row in named if row[1] not in targets} == set()


def test_help_describes_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony is not None
    described = set(re.findall(r"^([a-z]+):.*## \S", text, re.MULTILINE))
    assert set(phony.group(1).split()) == described


def test_commands_exist() -> None:
    named = {
        (name_of(document), command)
        for document in DOCUMENTS
        for block in snippets(document, "bash")
        for command in re.findall(r"(?:^|\s)kaiteki ([a-z]+)", block)
    }
    assert {row for row in named if row[1] not in COMMANDS} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_snippets_run(document: Path) -> None:
    names: dict[str, object] = {"__name__": "snippet"}
    for text in snippets(document, "python"):
        exec(
            compile(text, name_of(document), "exec"), names
        )  # a snippet of our own documents, that is the test
    for text in snippets(document, "toml"):
        assert tomllib.loads(text) != {}
