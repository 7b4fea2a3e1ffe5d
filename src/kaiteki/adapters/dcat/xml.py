"""Writes nodes of a document as RDF/XML (W3C Recommendation of 25 February 2014), for harvesters that read nothing newer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyoxigraph

from kaiteki.adapters.dcat.terms import PREFIXES
from kaiteki.adapters.dcat.turtle import write_turtle


def write_xml(nodes: Sequence[Mapping[str, Any]]) -> bytes:
    """The very triples of the Turtle."""
    triples = (
        quad.triple for quad in pyoxigraph.parse(write_turtle(nodes), format=pyoxigraph.RdfFormat.TURTLE)
    )
    written = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.RDF_XML, prefixes=dict(PREFIXES))
    return written or b""
