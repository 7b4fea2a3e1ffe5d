"""Every file fits on a screen or a few, has a name that says something, and promises what it does (DESIGN: style)."""

from __future__ import annotations

import ast
import gc
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "kaiteki"
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
PARAMETERS_MAX = 5
VAGUE = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "manager",
    "managers",
    "base",
    "misc",
    "stuff",
    "tools",
}
UNFINISHED = re.compile(
    "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "# no" + "qa", "# type: " + "ignore"))
)
ENTRY_POINTS = {"kaiteki", "kaiteki.main.cli"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def python_files() -> tuple[Path, ...]:
    """All Python files of the project, sources and tests."""
    folders = ("src", "tests", "scripts")
    return tuple(sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py")))


@cache
def tree_of(file: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Iterator[None]:
    """The trees of all files are millions of objects, in which nobody looks for garbage: not while they grow, not afterwards."""
    gc.disable()
    yield
    tree_of.cache_clear()
    gc.enable()


def place(file: Path, line: int = 1) -> str:
    """The file and line as an editor opens them."""
    return f"{file.relative_to(ROOT)}:{line}"


def module_name(file: Path) -> str:
    """The dotted name under which a source file is imported."""
    parts = file.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions_of(file: Path) -> Iterator[Function]:
    """All functions and methods of a file."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, Function):
            yield node


def parameters_of(function: Function) -> int:
    """How many values a caller must think of: all but self and cls; on-off options with a default are read by name."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    defaults = dict(zip(reversed(positional), reversed(given.defaults), strict=False))
    defaults.update(
        {arg: value for arg, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value}
    )
    switches = {
        arg
        for arg, value in defaults.items()
        if isinstance(value, ast.Constant) and isinstance(value.value, bool)
    }
    own = [
        arg
        for arg in (*positional, *given.kwonlyargs)
        if arg.arg not in ("self", "cls") and arg not in switches
    ]
    return len(own) + (given.vararg is not None) + (given.kwarg is not None)


def test_files_stay_short() -> None:
    lengths = {place(file): len(file.read_text(encoding="utf-8").splitlines()) for file in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES_MAX} == {}


def test_functions_fit_on_a_screen() -> None:
    long = {
        f"{place(file, node.lineno)} {node.name}": lines
        for file in python_files()
        for node in functions_of(file)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert long == {}


def test_functions_ask_for_few_things() -> None:
    many = {
        f"{place(file, node.lineno)} {node.name}": parameters_of(node)
        for file in python_files()
        for node in functions_of(file)
        if parameters_of(node) > PARAMETERS_MAX
    }
    assert many == {}


def test_names_of_modules_say_something() -> None:
    words = {place(file): set(re.split(r"[_.]", file.stem)) for file in python_files()}
    folders = {
        place(file): {folder.name for folder in file.relative_to(ROOT).parents} for file in python_files()
    }
    assert [name for name in words if (words[name] | folders[name]) & VAGUE] == []


def test_nothing_is_marked_as_unfinished_or_silenced() -> None:
    marks = [
        f"{place(file, number)} {line.strip()}"
        for file in python_files()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert marks == []


def test_no_exception_is_swallowed() -> None:
    """`except …: pass` hides what went wrong; contextlib.suppress with a named, expected exception says what is meant."""
    silent = [
        place(file, node.lineno)
        for file in python_files()
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.ExceptHandler) and all(isinstance(step, ast.Pass) for step in node.body)
    ]
    assert silent == []


def words_of(text: str) -> set[str]:
    """The words of a name or a sentence, lower case, plural s dropped."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text.replace("_", " "))
    return {word.lower().rstrip("s") for word in re.findall(r"[^\W_]+", spaced)}


def says_more_than(name: str, docstring: str) -> bool:
    """Whether the first line of a docstring has more than the words of the name and empty ones."""
    empty = {"the", "a", "an", "of", "thi", "i", "function", "clas", "module", "return", "for", "and"}
    return bool(words_of(docstring.splitlines()[0]) - words_of(name) - empty)


def test_what_is_public_promises_something() -> None:
    """Each public module, class and function of the sources has a docstring whose first line is not just its name."""
    wrong: list[str] = []
    for file in sorted(SOURCES.rglob("*.py")):
        tree = tree_of(file)
        described: list[tuple[str, int, str | None]] = [(file.stem, 1, ast.get_docstring(tree))]
        described += [
            (node.name, node.lineno, ast.get_docstring(node))
            for node in tree.body
            if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_")
        ]
        wrong += [
            f"{place(file, line)} {name}"
            for name, line, text in described
            if not text or not says_more_than(name, text)
        ]
    assert wrong == []


def test_the_front_page_of_a_service_has_no_code() -> None:
    fronts = (SOURCES / "services").glob("*/__init__.py")
    assert [place(file) for file in fronts if len(tree_of(file).body) != 1] == []


def imported_by(file: Path, names: set[str]) -> set[str]:
    """The modules of the project that a file imports, or names in a text (as plug-ins are named)."""
    found: set[str] = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names:
            found.add(node.value)
    return found & names


def test_every_module_is_used() -> None:
    """Each module is imported by another one, or by a guide for those who write services (whose snippets are run)."""
    files = {module_name(file): file for file in SOURCES.rglob("*.py") if file.name != "__main__.py"}
    names = set(files)
    users = [file for file in python_files() if SOURCES in file.parents]
    used = {name for file in users for name in imported_by(file, names) if files[name] != file}
    guides = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "docs" / "guide").glob("*.md"))
    used |= {name for name in names if f"from {name} import" in guides}
    packages = {name for name, file in files.items() if file.name == "__init__.py"}
    assert sorted(names - used - packages - ENTRY_POINTS) == []
