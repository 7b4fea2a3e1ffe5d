"""Random questions for every face of a node, with the routes that they stand for.

A face that a node has (a route of its site, an operation of its bindings, a tool of assistants) and that nothing here asks or names as one
that tells of no entities is found by `unasked`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from law_service import HOLDERS, NAMES

TYPES: Final = ("Bench", "Works", "Visit", "Trace", "Sample", "Thing", "Consent", "Nothing")
SHORT: Final = (
    "name",
    "colour",
    "weight",
    "note",
    "office",
    "plan",
    "cost",
    "holder",
    "kind",
    "steps",
    "colder",
    "beside",
)
VALUES: Final = (*NAMES, "red", "dig", "road", "home", "secret", *HOLDERS)


class Asked(NamedTuple):
    """One question: the face, the operation, tool or route it asks, and the request."""

    face: str
    what: str
    method: str
    target: str
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Draw:
    """Draws parts of questions."""

    def __init__(self, seed: int) -> None:
        self.random: Final = random.Random(seed)
        self.one: Final = self.random.choice
        self.some: Final = self.random.sample

    def perhaps(self, chance: float) -> bool:
        """Whether something is asked, too."""
        return self.random.random() < chance

    def id(self) -> str:
        """An entity; most of them are there."""
        return f"urn:ngsi-ld:{self.one(TYPES[:6])}:{self.random.randint(0, 8)}"

    def any_id(self) -> str:
        """An entity of any service."""
        if self.perhaps(0.5):
            return self.id()
        return self.one(
            [
                f"urn:ngsi-ld:Report:R-2026-0000{self.random.randint(0, 4)}",
                f"urn:ngsi-ld:Shelter:{self.random.randint(0, 4)}",
            ]
        )

    def types(self) -> str:
        """A type, or several."""
        kind = self.random.random()
        if kind < 0.7:
            return self.one(TYPES)
        if kind < 0.9:
            return ",".join(self.some(TYPES, 2))
        return f"({';'.join(self.some(TYPES[:6], 2))})"

    def literal(self, quoted: bool = True) -> str:
        """A value to compare with."""
        if self.perhaps(0.5):
            return str(self.random.randint(0, 4))
        return f'"{self.one(VALUES)}"' if quoted else self.one(VALUES)

    def condition(self) -> str:
        """One comparison of q."""
        name = self.one(SHORT)
        if self.perhaps(0.06):
            name = f"beside.{name}" if self.perhaps(0.5) else f"beside{{{self.one(TYPES[:4])}}}.{name}"
        if self.perhaps(0.2):
            return name
        operator = self.one(["==", "==", "!=", ">", "<=", "~="])
        return f"{name}{operator}{self.one(['e', 'えき', '0']) if operator == '~=' else self.literal()}"

    def sealed(self) -> str:
        """A condition over what stands sealed."""
        return self.one(
            [
                'phone=="0900"',
                'phone=="0800"',
                'phone!="0900"',
                'caller=="さくら"',
                'caller~="さ"',
                "phone",
                "caller",
                "phone>1",
            ]
        )

    def q(self, depth: int = 0) -> str:
        """A q expression of NGSI-LD."""
        if depth < 2 and self.perhaps(0.35):
            parts = [self.q(depth + 1) for _ in range(2)]
            return f"({self.one([';', '|']).join(parts)})"
        return self.condition()

    def near(self) -> dict[str, str]:
        """A place to be near to."""
        relation = self.one(["near;maxDistance==1000", "near;minDistance==500", "within", "disjoint"])
        if relation.startswith("near"):
            return {"georel": relation, "geometry": "Point", "coordinates": "[141.0,35.33]"}
        box = "[[[140.99,35.32],[141.01,35.32],[141.01,35.34],[140.99,35.34],[140.99,35.32]]]"
        return {"georel": relation, "geometry": "Polygon", "coordinates": box}

    def name(self) -> str:
        """An attribute."""
        return self.one((*SHORT, "location", "phone"))

    def ordered(self) -> str:
        """An attribute to order by."""
        return self.one((*SHORT, "location"))

    def names(self) -> str:
        """One or two attributes."""
        return ",".join(self.some((*SHORT, "location", "caller"), self.one([1, 2])))


def target_of(path: str, parameters: Mapping[str, str]) -> str:
    """A path with its query."""
    return f"{path}?{urlencode(parameters, quote_via=quote)}" if parameters else path


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


# NGSI-LD ----------------------------------------------------------------------------------------------------------

LD: Final = "/ngsi-ld/v1"


def _style(draw: Draw) -> dict[str, str]:
    told: dict[str, str] = {}
    if draw.perhaps(0.3):
        told["options"] = draw.one(["keyValues", "sysAttrs", "concise", "keyValues,sysAttrs"])
    if draw.perhaps(0.2):
        told[draw.one(["attrs", "pick", "omit"])] = draw.names()
    if draw.perhaps(0.1):
        told |= {"join": draw.one(["inline", "flat"]), "joinLevel": draw.one(["1", "2"])}
    return told


def _selection(draw: Draw) -> dict[str, str]:
    told: dict[str, str] = {}
    if draw.perhaps(0.75):
        told["type"] = draw.types()
    if draw.perhaps(0.55):
        told["q"] = draw.q()
    elif draw.perhaps(0.15):
        told |= {"type": draw.one(["Visit", "Visit,Bench"]), "q": draw.sealed()}
    if draw.perhaps(0.15):
        told |= draw.near()
    if draw.perhaps(0.1):
        told["id"] = ",".join(sorted({draw.id() for _ in range(4)}))
    elif draw.perhaps(0.05):
        told["idPattern"] = draw.one([".*:[0-4]$", "Visit", "urn:ngsi-ld:Be.*"])
    if not told:
        told["local"] = "true"
    return told


def _page(draw: Draw) -> dict[str, str]:
    told: dict[str, str] = {}
    if draw.perhaps(0.5):
        told["count"] = "true"
    if draw.perhaps(0.5):
        told["limit"] = draw.one(["1", "2", "5", *(["0"] if "count" in told else [])])
    if draw.perhaps(0.2):
        told["offset"] = draw.one(["1", "3"])
    if draw.perhaps(0.3):
        told["orderBy"] = ",".join(
            f"{draw.ordered()}{draw.one(['', ';desc'])}" for _ in range(draw.one([1, 2]))
        )
    return told


def _accept(draw: Draw) -> dict[str, str]:
    return {"accept": draw.one(["application/json", "application/ld+json", "application/geo+json"])} if draw.perhaps(0.2) else {}  # fmt: skip


def ld(draw: Draw) -> Asked:
    """The present."""
    kind = draw.random.random()
    if kind < 0.62:
        told = {**_selection(draw), **_page(draw), **_style(draw)}
        return Asked("ngsi-ld", "queryEntities", "GET", target_of(f"{LD}/entities", told), b"", _accept(draw))
    if kind < 0.8:
        return Asked("ngsi-ld", "retrieveEntity", "GET", target_of(f"{LD}/entities/{draw.id()}", _style(draw)), b"", _accept(draw))  # fmt: skip
    if kind < 0.92:
        document: dict[str, Any] = {
            "type": "Query",
            "entities": [{"type": draw.one(TYPES)} for _ in range(draw.one([1, 2]))],
        }
        if draw.perhaps(0.6):
            document["q"] = draw.q()
        if draw.perhaps(0.3):
            document["attrs"] = draw.names().split(",")
        return Asked(
            "ngsi-ld", "queryBatch", "POST", target_of(f"{LD}/entityOperations/query", {"count": "true"}),
            _json(document), {"content-type": "application/json"},
        )  # fmt: skip
    if kind < 0.94:
        told = {"type": draw.types(), **({"q": draw.q()} if draw.perhaps(0.5) else {})}
        if draw.perhaps(0.6):
            return Asked("ngsi-ld", "createEntityMap", "GET", target_of(f"{LD}/entityMaps", told))
        document = {"type": "Query", "entities": [{"type": draw.one(TYPES)}], "q": draw.q()}
        return Asked(
            "ngsi-ld", "createEntityMapByDocument", "POST", f"{LD}/entityMaps", _json(document),
            {"content-type": "application/json"},
        )  # fmt: skip
    name, path = draw.one(
        [
            ("retrieveStatistics", "/statistics"),
            ("retrieveTypes", draw.one(["/types", "/types?details=true"])),
            ("retrieveType", f"/types/{draw.one(TYPES)}"),
            ("retrieveAttributes", draw.one(["/attributes", "/attributes?details=true"])),
            ("retrieveAttribute", f"/attributes/{draw.name()}"),
        ]
    )
    return Asked("ngsi-ld", name, "GET", f"{LD}{path}")


def past(draw: Draw) -> Asked:
    """The past."""
    told: dict[str, str] = {"timeproperty": "modifiedAt"} if draw.perhaps(0.8) else {}
    if draw.perhaps(0.7):
        told |= {"timerel": "after", "timeAt": draw.one(["2026-01-01T00:00:00Z", "2026-11-21T23:00:00Z"])}
    if draw.perhaps(0.3):
        told["attrs"] = draw.names()
    if draw.perhaps(0.2):
        told["lastN"] = draw.one(["1", "5"])
    if draw.perhaps(0.3):
        told["options"] = draw.one(["temporalValues", "sysAttrs"])
    elif draw.perhaps(0.15):
        told |= {"options": "aggregatedValues", "aggrMethods": draw.one(["max,totalCount", "distinctCount", "min"]), "aggrPeriodDuration": draw.one(["PT0S", "PT1H"])}  # fmt: skip
    if draw.perhaps(0.35):
        return Asked(
            "temporal", "retrieveTemporal", "GET", target_of(f"{LD}/temporal/entities/{draw.id()}", told)
        )
    if draw.perhaps(0.2):
        document: dict[str, Any] = {
            "type": "Query",
            "entities": [{"type": draw.one(TYPES)}],
            "temporalQ": {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z", "timeproperty": "modifiedAt"},
        }
        if draw.perhaps(0.5):
            document["q"] = draw.q()
        return Asked(
            "temporal", "queryTemporalBatch", "POST", f"{LD}/temporal/entityOperations/query", _json(document),
            {"content-type": "application/json"},
        )  # fmt: skip
    told |= {"type": draw.types(), "timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}
    if draw.perhaps(0.4):
        told["q"] = draw.q()
    if draw.perhaps(0.15):
        told |= draw.near()
    if draw.perhaps(0.4):
        told["count"] = "true"
    if draw.perhaps(0.3):
        told["limit"] = "2"
    return Asked("temporal", "queryTemporal", "GET", target_of(f"{LD}/temporal/entities", told))


# NGSI v2 ----------------------------------------------------------------------------------------------------------


def _v2_q(draw: Draw) -> str:
    parts: list[str] = []
    for _ in range(draw.one([1, 1, 2])):
        name = draw.one(SHORT)
        if draw.perhaps(0.3):
            parts.append(f"{draw.one(['', '!'])}{name}")
        else:
            parts.append(f"{name}{draw.one(['==', '!=', '>', '<=', '~='])}{draw.literal(False)}")
    return ";".join(parts)


def v2(draw: Draw) -> Asked:
    """The NGSI v2 face."""
    kind = draw.random.random()
    if kind < 0.55:
        told: dict[str, str] = {}
        if draw.perhaps(0.6):
            told["type"] = draw.one(TYPES)
        if draw.perhaps(0.5):
            told["q"] = _v2_q(draw)
        elif draw.perhaps(0.2):
            told |= {"type": "Visit", "q": draw.one(["phone==0900", "phone!=0900", "phone", "caller~=さ"])}
        if draw.perhaps(0.15):
            told |= {"georel": draw.one(["near;maxDistance:1000", "near;minDistance:500"]), "geometry": "point", "coords": "35.33,141.0"}  # fmt: skip
        if draw.perhaps(0.3):
            told["orderBy"] = draw.one(["", "!"]) + draw.one(SHORT)
        if draw.perhaps(0.3):
            told["attrs"] = draw.names()
        if draw.perhaps(0.05):
            told["mq"] = f"{draw.one(SHORT)}.accuracy"
        told["options"] = ",".join(draw.some(["count"], 1) + draw.some(["keyValues", "values", "dateModified"], draw.one([0, 1])))  # fmt: skip
        if draw.perhaps(0.5):
            told |= {"limit": draw.one(["1", "3", "20"]), "offset": draw.one(["0", "1", "3"])}
        return Asked("ngsi-v2", "listEntities", "GET", target_of("/v2/entities", told))
    if kind < 0.8:
        place = f"/v2/entities/{draw.id()}"
        what, path = draw.one(
            [
                ("retrieveEntity", place),
                ("retrieveAttributes", f"{place}/attrs"),
                ("getAttribute", f"{place}/attrs/{draw.name()}"),
                ("getValue", f"{place}/attrs/{draw.name()}/value"),
            ]
        )
        return Asked("ngsi-v2", what, "GET", path)
    if kind < 0.9:
        document: dict[str, Any] = {
            "entities": [{"idPattern": ".*", "type": draw.one(TYPES)}],
            "expression": {"q": _v2_q(draw)},
        }
        if draw.perhaps(0.3):
            document["attrs"] = draw.names().split(",")
        return Asked("ngsi-v2", "queryBatch", "POST", "/v2/op/query?options=count", _json(document), {"content-type": "application/json"})  # fmt: skip
    what, path = draw.one(
        [("listTypes", "/v2/types?options=count"), ("listTypes", "/v2/types?options=values"), ("retrieveType", f"/v2/types/{draw.one(TYPES)}")]
    )  # fmt: skip
    return Asked("ngsi-v2", what, "GET", path)


# Assistants -------------------------------------------------------------------------------------------------------


def _selecting(draw: Draw) -> dict[str, Any]:
    told: dict[str, Any] = {"type": draw.one(TYPES)}
    if draw.perhaps(0.6):
        told["q"] = draw.q()
    if draw.perhaps(0.15):
        told["near"] = {"latitude": 35.33, "longitude": 141.0}
    if draw.perhaps(0.15):
        told["text"] = draw.one(VALUES)
    return told


def _query(draw: Draw) -> dict[str, Any]:
    told = _selecting(draw)
    if draw.perhaps(0.3):
        told["attributes"] = draw.names().split(",")
    if draw.perhaps(0.3):
        told["order_by"] = draw.ordered()
    if draw.perhaps(0.4):
        told |= {"limit": 2, "offset": draw.one([0, 1])}
    return told


TOOLS: Final[Mapping[str, Callable[[Draw], dict[str, Any]]]] = {
    "list_areas": lambda draw: {},
    "find_types": lambda draw: {"words": draw.one(["", "ベンチ", "name", "訪問"])},
    "describe_type": lambda draw: {"type": draw.one(TYPES)},
    "query_entities": _query,
    "get_entity": lambda draw: {"id": draw.id()},
    "count_entities": _selecting,
    "aggregate": lambda draw: {"id": draw.id(), "attribute": draw.name(), "period": "PT0S"},
    "history": lambda draw: {"id": draw.id(), "attributes": draw.names().split(",")},
    "explain_query": _selecting,
}
"""What each tool is asked."""


def mcp(draw: Draw) -> Asked:
    """A tool of assistants."""
    name = draw.one([*TOOLS, "query_entities", "query_entities", "get_entity", "history"])
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": name, "arguments": TOOLS[name](draw)},
    }
    return Asked(
        "mcp", name, "POST", "/mcp", _json(call),
        {"content-type": "application/json", "accept": "application/json, text/event-stream"},
    )  # fmt: skip
