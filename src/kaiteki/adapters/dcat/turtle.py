"""Writes nodes of a document as Turtle (RDF 1.1): what has an IRI as a subject of its own, what has none within brackets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import quote

from kaiteki.adapters.dcat.terms import CLASSES, PREFIXES, TERMS, Kind, datatype_of

Node = Mapping[str, Any]
_PLACES: Final = {name: place for place, name in enumerate(TERMS)}
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def write_turtle(nodes: Sequence[Node]) -> str:
    """A document with these nodes, and all with an IRI that stand within them."""
    lines = [f"@prefix {name}: <{iri}> ." for name, iri in PREFIXES.items()]
    for node in _subjects(nodes):
        said = " ;\n    ".join(_statements(node))
        lines += ["", f"{_iri(str(node['@id']))} {said} ."]
    return "\n".join(lines) + "\n"


def _subjects(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every node with an IRI, those within others behind them."""
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if "@id" in node and len(node) > 1:
            yield node
        within: list[Node] = [
            one for name in _terms(node) for one in _values(node[name]) if isinstance(one, dict)
        ]
        waiting += within[::-1]


def _terms(node: Node) -> list[str]:
    """The terms that a node has, in the order in which they are written: of eighty it has a dozen."""
    return sorted((name for name in node if name in _PLACES), key=_PLACES.__getitem__)


def _values(value: Any) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else [value]


def _statements(node: Node) -> Iterator[str]:
    yield "a " + ", ".join(CLASSES[str(name)] for name in _values(node["@type"]))
    for name in _terms(node):
        iri, kind = TERMS[name]
        yield f"{iri} " + ", ".join(_objects(kind, node[name]))


def _objects(kind: Kind, value: Any) -> Iterator[str]:
    if kind == "words":
        for language, told in cast(dict[str, Any], value).items():
            yield from (f"{_text(str(one))}@{language}" for one in _values(told))
        return
    for one in _values(value):
        if kind == "text":
            yield _text(str(one))
        elif kind != "ref":
            yield f"{_text(str(one))}^^{datatype_of(kind)}"
        elif isinstance(one, str):
            yield _iri(one)
        elif "@id" in one:
            yield _iri(str(one["@id"]))
        else:
            yield "[ " + " ; ".join(_statements(cast(Node, one))) + " ]"


def _text(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def _iri(iri: str) -> str:
    """An IRI in angle brackets; characters that may not stand there (RFC 3987) are written by their bytes."""
    return f"<{_ILLEGAL.sub(lambda found: quote(found[0], safe=''), iri)}>"


_ILLEGAL: Final = re.compile(r'[\x00-\x20<>"{}|^`\\]')
