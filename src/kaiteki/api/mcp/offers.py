"""The tools, as one table: their names, what an assistant reads of them, what they are asked, who answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, cast

import msgspec

from kaiteki.api.mcp import arguments as asked
from kaiteki.api.mcp import finding, remembering
from kaiteki.api.mcp.doors import Visitor
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.problem import Problem

ANSWER_CHARS_MAX: Final = 60_000
"""Characters of one answer: what an assistant can take in at once."""
TIMEOUT_S: Final = 10.0
NAME: Final = "kaiteki"
INSTRUCTIONS: Final = (
    "Data of cities, read only: facilities, reports, sensors, open data, their places and their history. "
    "Begin with list_areas and find_types; describe_type gives the names of attributes to use in q. "
    "What you see is what the account of your token may see; without a token it is public data. "
    "Times are UTC. Where an answer is empty, explain_query says why. Say from which area data are, and that areas marked isSample do not exist."
)


class Tool(msgspec.Struct, frozen=True):
    """A tool: `asked` is the Struct of its arguments."""

    name: str
    title: str
    description: str
    asked: type[msgspec.Struct]
    answer: Callable[[Visitor, Any], Awaitable[finding.Document]]


TOOLS: Final[tuple[Tool, ...]] = (
    Tool(
        "list_areas",
        "Areas",
        "The cities and districts that this node serves, with their names in Japanese, easy Japanese and English, and where they are.",
        asked.ListAreas,
        finding.list_areas,
    ),
    Tool(
        "find_types",
        "Find types",
        "Which kinds of things an area has data of (entity types), with words in three languages and attribute names. "
        "Give words in Japanese or English to narrow, e.g. 避難所 or weather.",
        asked.FindTypes,
        finding.find_types,
    ),
    Tool(
        "describe_type",
        "Describe a type",
        "One entity type: how many entities there are, and each attribute with its words and kind (Property, GeoProperty, Relationship). Use it before writing a q.",
        asked.DescribeType,
        finding.describe_type,
    ),
    Tool(
        "query_entities",
        "Query entities",
        "Entities of one type, by condition, place and text, ordered and in pages, with the total. Values are plain; times and units are in get_entity.",
        asked.QueryEntities,
        finding.query_entities,
    ),
    Tool(
        "get_entity",
        "One entity",
        "One entity by its id with all attributes, units, times of measurement, and when it was created and changed.",
        asked.GetEntity,
        finding.get_entity,
    ),
    Tool(
        "count_entities",
        "Count entities",
        "How many entities of a type match. Cheaper than query_entities when only the number is wanted.",
        asked.Selecting,
        finding.count_entities,
    ),
    Tool(
        "aggregate",
        "Statistics through time",
        "Average, minimum, maximum, sum, count … of one attribute of one entity by hour, day or month. For trends; never add up pages of values yourself.",
        asked.AddUp,
        remembering.aggregate,
    ),
    Tool(
        "history",
        "History",
        "The newest values that attributes of one entity had, with the time of each.",
        asked.GetHistory,
        remembering.get_history,
    ),
    Tool(
        "explain_query",
        "Explain a query",
        "How a query is understood: the request it becomes, how many match with each condition alone, which attributes you may read, "
        "why something is hidden or empty, and which index serves it.",
        asked.Selecting,
        finding.explain_query,
    ),
)
"""All tools, in the order in which they are listed."""
_TOO_LONG: Final = "The answer is too long to be given. Ask for fewer attributes or a shorter time."
_BY_NAME: Final = {one.name: one for one in TOOLS}


def schema_of(tool: Tool) -> dict[str, Json]:
    """The JSON Schema of what a tool is asked, whole in itself."""
    (schema,), parts = msgspec.json.schema_components([tool.asked], ref_template="#/$defs/{name}")
    own = parts.pop(tool.asked.__name__) if "$ref" in schema else schema
    return {**own, "$defs": parts} if parts else own


async def use(visitor: Visitor, name: str, arguments: Mapping[str, Any]) -> finding.Document:
    """The answer of a tool. Raises Problem with words for the assistant."""
    tool = _BY_NAME.get(name)
    if tool is None:
        raise Problem(
            "BadRequestData", f"there is no tool {name[:64]!r}; there are: {', '.join(_BY_NAME)}", "name"
        )
    try:
        read = msgspec.convert(dict(arguments), tool.asked)
    except msgspec.ValidationError as wrong:
        raise Problem("BadRequestData", f"the arguments do not fit: {wrong}", "arguments") from None
    try:
        async with asyncio.timeout(TIMEOUT_S):
            answer = await tool.answer(visitor, read)
    except TimeoutError:
        raise Problem(
            "TooComplexQuery",
            f"this took longer than {TIMEOUT_S:g} s; ask for less, e.g. a narrower q or time",
            "time",
        ) from None
    return shortened(answer)


def shortened(answer: finding.Document) -> finding.Document:
    """The answer, its longest list cut until it is short enough, with a word about it."""
    told, cut = answer, 0
    while len(msgspec.json.encode(told)) > ANSWER_CHARS_MAX:
        lists = _lists(told)
        if not lists:
            return {"cut": _TOO_LONG}
        name, items = max(lists, key=lambda pair: len(msgspec.json.encode(pair[1])))
        if not items:
            return {"cut": _TOO_LONG}
        kept = items[: len(items) // 2]
        cut += len(items) - len(kept)
        told = {
            **_with_list(told, name, kept),
            "cut": f"{cut} items were left out because the answer was too long: ask for fewer attributes or a smaller limit.",
        }
    return told


def _lists(document: finding.Document, path: str = "") -> list[tuple[str, list[Json]]]:
    """The lists of a document with their paths."""
    found: list[tuple[str, list[Json]]] = []
    for name, value in document.items():
        if is_array(value):
            found.append((f"{path}{name}", value))
        elif is_object(value):
            found += _lists(value, f"{path}{name}\n")
    return found


def _with_list(document: finding.Document, path: str, items: list[Json]) -> finding.Document:
    name, _, rest = path.partition("\n")
    if not rest:
        return {**document, name: items}
    return {**document, name: _with_list(cast(finding.Document, document[name]), rest, items)}
