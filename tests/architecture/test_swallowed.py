"""Whatever is caught whole says why, and goes nowhere silently: raised again, handed on to who asked, or written into the log of the node."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src" / "kaiteki"
WHOLE = {"Exception", "BaseException"}
LOGGED = {"exception", "error"}


def handlers() -> Iterator[tuple[Path, ast.ExceptHandler]]:
    """All that catch whatever comes."""
    for file in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
            if isinstance(node, ast.ExceptHandler):
                caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                if any(one is None or (isinstance(one, ast.Name) and one.id in WHOLE) for one in caught):
                    yield file, node


def is_told(handler: ast.ExceptHandler) -> bool:
    """Whether what was caught is raised, handed on by its name, or logged with its trace."""
    inside = [node for line in handler.body for node in ast.walk(line)]
    return any(
        isinstance(node, ast.Raise)
        or (isinstance(node, ast.Name) and handler.name is not None and node.id == handler.name)
        or (isinstance(node, ast.Attribute) and node.attr in LOGGED)
        or (isinstance(node, ast.Name) and node.id == "_failed")
        for node in inside
    )


def test_nothing_that_is_caught_whole_is_swallowed() -> None:
    assert [f"{file.relative_to(SOURCES)}:{one.lineno}" for file, one in handlers() if not is_told(one)] == []


def test_what_is_caught_whole_and_not_raised_again_says_why() -> None:
    silent: list[str] = []
    for file, one in handlers():
        lines = file.read_text(encoding="utf-8").splitlines()[one.lineno - 1 : one.end_lineno]
        ends = isinstance(one.body[-1], ast.Raise)
        if not ends and not any("#" in line for line in lines):
            silent.append(f"{file.relative_to(SOURCES)}:{one.lineno}")
    assert silent == []
