"""Examples for developers: rows that main gives, filled with what an area really has, shown as programs write them.

row with places in braces ─► filled with names of this area (`fill`; None where it has nothing of that) ─► curl, Python, JavaScript, R
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

import msgspec

from kaiteki.model.words import Words

SHOWN_MAX: Final = 4000
"""Characters of an answer that a page shows."""
Stability: TypeAlias = Literal["standard", "own"]
"""Whether the shape of an interface is that of a standard, or Kaiteki's own."""
_PLACE: Final = re.compile(r"\{(\w+)\}")


class Example(msgspec.Struct, frozen=True):
    """One request. `target` is path and query with places in braces ({area}, {type}, {entity}, …), which are filled and quoted;
    `headers` and `body` have them as well. `name` is unique among the examples of its interface."""

    name: str
    words: Words
    target: str
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = {}
    body: str = ""


class Api(msgspec.Struct, frozen=True):
    """An interface: what it is called, in which version, what it does, and examples. `name` stands in addresses."""

    name: str
    title: str
    version: str
    words: Words
    address: str
    examples: tuple[Example, ...]
    stability: Stability = "standard"
    guide: Words | None = None
    """What one should know before one begins."""


class Try(msgspec.Struct, frozen=True):
    """A request that was filled in."""

    name: str
    words: Words
    target: str
    method: str
    headers: Mapping[str, str]
    body: str


class Tried(msgspec.Struct, frozen=True):
    """What came of it: the beginning of the answer as text, whether there was more."""

    status: int
    media_type: str
    text: str
    cut: bool


Trying: TypeAlias = Callable[[Try, str], Awaitable[Tried]]
"""Sends an example to this very node, which is called so (`https://city.example`), as somebody who has not signed in."""


def fill(example: Example, values: Mapping[str, str]) -> Try | None:
    """An example with the names of an area in it; None where one of them is missing."""
    texts = (example.target, example.body, *example.headers.values())
    wanted = {name for text in texts for name in _PLACE.findall(text)}
    if not wanted <= {name for name, value in values.items() if value}:
        return None

    def put(text: str, quoted: bool) -> str:
        return _PLACE.sub(
            lambda place: quote(values[place[1]], safe=":,") if quoted else values[place[1]], text
        )

    return Try(
        example.name,
        example.words,
        put(example.target, True),
        example.method,
        {name: put(value, False) for name, value in example.headers.items()},
        put(example.body, False),
    )


def programs(one: Try, origin: str) -> tuple[tuple[str, str], ...]:
    """The request as programs of several languages: (name of the language, text)."""
    url = origin + one.target
    return (
        ("curl", curl(one, origin)),
        ("Python", _python(one, url)),
        ("JavaScript", _javascript(one, url)),
        ("R", _r(one, url)),
    )


def curl(one: Try, origin: str) -> str:
    """The request as a line of a command shell."""
    url = origin + one.target
    parts = ["curl", *(f"-H '{name}: {value}'" for name, value in one.headers.items())]
    if one.method != "GET":
        parts += [f"-X {one.method}", f"-d '{one.body}'"]
    return " ".join([*parts, f"'{url}'"])


def _python(one: Try, url: str) -> str:
    given = [json.dumps(url)]
    given += [f"data={one.body.encode()!r}"] if one.body else []
    given += [f"headers={json.dumps(dict(one.headers), ensure_ascii=False)}"] if one.headers else []
    return (
        "from urllib.request import Request, urlopen\n\n"
        f"request = Request({', '.join(given)})\n"
        "with urlopen(request) as answer:\n"
        '    print(answer.read().decode("utf-8-sig"))'
    )


def _javascript(one: Try, url: str) -> str:
    how: dict[str, object] = {"method": one.method} if one.method != "GET" else {}
    how |= {"headers": dict(one.headers)} if one.headers else {}
    how |= {"body": one.body} if one.body else {}
    options = f", {json.dumps(how, ensure_ascii=False)}" if how else ""
    return f"const answer = await fetch({json.dumps(url)}{options});\nconsole.log(await answer.text());"


def _r(one: Try, url: str) -> str:
    lines = ["library(httr2)", "", f"request({json.dumps(url)}) |>"]
    for name, value in one.headers.items():
        lines.append(f"  req_headers({json.dumps(name)} = {json.dumps(value)}) |>")
    if one.body:
        lines.append(
            f'  req_body_raw({json.dumps(one.body, ensure_ascii=False)}, type = "application/json") |>'
        )
    return "\n".join([*lines, "  req_perform() |>", "  resp_body_string() |>", "  cat()"])
