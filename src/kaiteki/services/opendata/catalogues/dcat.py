"""A page of a DCAT catalogue (W3C DCAT 3; DCAT-AP 3.0.1) in JSON-LD, Turtle or RDF/XML: its data sets with their files. Pure.

Nothing beyond the document is asked for: a JSON-LD document whose @context stands at another address is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urljoin

import pyoxigraph

from kaiteki.services.opendata.catalogues.model import (
    FILES_MAX,
    Listed,
    NoCatalogue,
    Offered,
    OfferedFile,
    file_of,
    key_of,
    slim,
)

STATEMENTS_MAX: Final = 400_000
"""Statements of one page."""
_RDF, _DCAT, _DCT, _FOAF = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/ns/dcat#",
    "http://purl.org/dc/terms/",
    "http://xmlns.com/foaf/0.1/",
)
_NAMES: Final = (
    f"{_FOAF}name",
    f"{_DCT}title",
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://www.w3.org/2000/01/rdf-schema#label",
    f"{_RDF}value",
)
"""By what the name of a publisher, a licence or a form is told."""
_NEXT: Final = ("http://www.w3.org/ns/hydra/core#next", "http://www.w3.org/ns/hydra/core#nextPage")
_LANGUAGES: Final = ("ja", "", "en")


class _Graph:
    """The statements of a document by subject and predicate."""

    def __init__(self, quads: Iterable[pyoxigraph.Quad]) -> None:
        self.by: dict[str, dict[str, list[object]]] = {}
        for count, quad in enumerate(quads):
            if count == STATEMENTS_MAX:
                raise NoCatalogue("too_large")
            values = self.by.setdefault(str(quad.subject), {}).setdefault(quad.predicate.value, [])
            values.append(quad.object)

    def of_type(self, name: str) -> list[str]:
        """The subjects of a class, in the order of the document."""
        wanted = f"<{name}>"
        return [one for one, told in self.by.items() if wanted in map(str, told.get(f"{_RDF}type", ()))]

    def texts(self, subject: str, *predicates: str) -> list[str]:
        """The literals, those in Japanese first, and the addresses of resources, of the first predicate that has some."""
        for predicate in predicates:
            values = self.by.get(subject, {}).get(predicate, [])
            literals = [one for one in values if isinstance(one, pyoxigraph.Literal)]
            literals.sort(key=lambda one: _rank(one.language or ""))
            found = [one.value for one in literals]
            found += [one.value for one in values if isinstance(one, pyoxigraph.NamedNode)]
            if found:
                return found
        return []

    def text(self, subject: str, *predicates: str) -> str:
        """The best of the texts, empty without any."""
        return next(iter(self.texts(subject, *predicates)), "")

    def nodes(self, subject: str, predicate: str) -> list[str]:
        """The resources that a predicate leads to."""
        values = self.by.get(subject, {}).get(predicate, [])
        return [str(one) for one in values if not isinstance(one, pyoxigraph.Literal)]

    def named(self, subject: str, predicate: str) -> list[str]:
        """The names of what a predicate leads to; where it has none, its address or the text itself."""
        found: list[str] = []
        for one in self.nodes(subject, predicate):
            name = next(
                (value for value in self.texts(one, *_NAMES) if value),
                one.strip("<>") if one[0] == "<" else "",
            )
            found += [name] if name else []
        return found or [text for text in self.texts(subject, predicate) if text]


def _rank(language: str) -> int:
    primary = language.partition("-")[0].lower()
    return _LANGUAGES.index(primary) if primary in _LANGUAGES else len(_LANGUAGES)


def read_dcat(body: bytes, media_type: str, url: str) -> Listed:
    """The data sets of a page that stood at an address. Raises NoCatalogue."""
    form = _form_of(media_type, url)
    try:
        graph = _Graph(pyoxigraph.parse(body, format=form, base_iri=url))
    except (SyntaxError, ValueError, OSError) as error:
        away = "load remote context" in str(error)
        raise NoCatalogue("context" if away else "no_catalogue") from error
    sets = graph.of_type(f"{_DCAT}Dataset")
    if not sets and not graph.of_type(f"{_DCAT}Catalog"):
        raise NoCatalogue("no_catalogue")
    catalogue = next(iter(graph.of_type(f"{_DCAT}Catalog")), "")
    beyond = next((text for one in graph.by for text in graph.texts(one, *_NEXT)), "")
    listed = tuple(_offered(graph, one, catalogue) for one in sets)
    return Listed("dcat", tuple(one for one in listed if one.title), _joined(url, beyond))


def _joined(url: str, beyond: str) -> str:
    """The address of the next page, empty where there is none."""
    if not beyond:
        return ""
    try:
        return urljoin(url, beyond)
    except ValueError as error:
        raise NoCatalogue("pages") from error


def _form_of(media_type: str, url: str) -> pyoxigraph.RdfFormat:
    plain = media_type.partition(";")[0].strip().lower()
    kind = pyoxigraph.RdfFormat
    by_type = {
        "application/ld+json": kind.JSON_LD,
        "application/json": kind.JSON_LD,
        "text/turtle": kind.TURTLE,
        "application/x-turtle": kind.TURTLE,
        "application/rdf+xml": kind.RDF_XML,
        "application/n-triples": kind.N_TRIPLES,
    }
    by_suffix = {
        "jsonld": kind.JSON_LD,
        "json": kind.JSON_LD,
        "ttl": kind.TURTLE,
        "rdf": kind.RDF_XML,
        "xml": kind.RDF_XML,
    }
    found = by_type.get(plain) or by_suffix.get(url.partition("?")[0].rpartition(".")[2].lower())
    if found is None:
        raise NoCatalogue("no_catalogue")
    return found


def _offered(graph: _Graph, one: str, catalogue: str) -> Offered:
    files: list[OfferedFile] = []
    others = 0
    licences = graph.named(one, f"{_DCT}license")
    for part in graph.nodes(one, f"{_DCAT}distribution"):
        url = graph.text(part, f"{_DCAT}downloadURL", f"{_DCAT}accessURL")
        told = [*_forms(graph, part, f"{_DCT}format"), *_forms(graph, part, f"{_DCAT}mediaType")]
        licences += graph.named(part, f"{_DCT}license")
        file = file_of(url, graph.text(part, f"{_DCT}title"), *told[:1])
        if file is None or len(files) == FILES_MAX:
            others += 1
        else:
            files.append(file)
    told_by = graph.named(one, f"{_DCT}publisher") or (
        graph.named(catalogue, f"{_DCT}publisher") if catalogue else []
    )
    licences += graph.named(catalogue, f"{_DCT}license") if catalogue else []
    return Offered(
        key=key_of(one),
        title=slim(graph.text(one, f"{_DCT}title")),
        publisher=slim(next(iter(told_by), "")),
        licence=slim(next(iter(licences), "")),
        modified=slim(graph.text(one, f"{_DCT}modified", f"{_DCT}issued")),
        page=_address(graph, one),
        files=tuple(files),
        others=others,
    )


def _forms(graph: _Graph, part: str, predicate: str) -> list[str]:
    """The form of a file: the end of its IRI says more than its label, which may be in any words."""
    values = [one.strip("<>") for one in graph.nodes(part, predicate) if one.startswith("<")]
    return values or graph.named(part, predicate)


def _address(graph: _Graph, one: str) -> str:
    found = graph.text(one, f"{_DCAT}landingPage") or one.strip("<>")
    return found if found.startswith(("http://", "https://")) else ""
