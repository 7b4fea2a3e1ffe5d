"""Compiling @contexts from their documents (JSON-LD 1.1 API clause 4.1, as far as names need it).

Scoped contexts and reverse terms have no meaning for NGSI-LD names; they are passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, cast

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.model.terms.context import Context
from kaiteki.model.terms.core import core_document, core_minor

CONTEXT_DEPTH_MAX: Final = 8
"""Levels of arrays and of documents that name further documents."""
CONTEXT_TERMS_MAX: Final = 20_000
"""Terms of one compiled @context."""
CONTEXT_WORK_MAX: Final = 100_000
"""Parts and definitions that are read for one @context: documents that name each other many times over would be read for ever."""
TERM_CHAIN_MAX: Final = 64
"""Terms of which each is defined by the next."""
FIELD: Final = "@context"

_GENERIC_DELIMITERS: Final = (":", "/", "?", "#", "[", "]", "@")

_encoder = msgspec.json.Encoder(order="sorted")


def addresses_of(source: Json, depth: int = 0) -> Iterator[str]:
    """The addresses of the documents that a @context names and that are not core ones. Raises BadRequestData on other forms."""
    if depth > CONTEXT_DEPTH_MAX:
        raise Problem("BadRequestData", f"@context has more than {CONTEXT_DEPTH_MAX} levels", FIELD)
    if isinstance(source, str):
        if core_minor(source) is None:
            yield source
    elif isinstance(source, list):
        for part in cast(list[Json], source):
            yield from addresses_of(part, depth + 1)
    elif isinstance(source, dict):
        definitions = cast(dict[str, Json], source)
        yield from addresses_of(definitions.get("@import"), depth + 1)
    elif source is not None:
        raise Problem("BadRequestData", "@context is an address, an object, or an array of them", FIELD)


def inner_context(document: Json) -> Json:
    """The @context of a document. Raises BadRequestData when it has none."""
    if not isinstance(document, dict) or "@context" not in document:
        raise Problem("BadRequestData", "a @context document is an object with a member @context", FIELD)
    return cast(dict[str, Json], document)["@context"]


def own_part(source: Json) -> Json:
    """The @context without core documents and empty parts; None when nothing is left."""
    if isinstance(source, str):
        return None if core_minor(source) is not None else source
    if isinstance(source, list):
        parts = [own for part in cast(list[Json], source) if (own := own_part(part)) is not None]
        return None if not parts else parts[0] if len(parts) == 1 else parts
    return source or None


@cache
def core_context() -> Context:
    """The context of a request that names none: core terms, and the default vocabulary for all other words."""
    return compile_context(None, {})


def compile_context(source: Json, documents: Mapping[str, Json]) -> Context:
    """Compile a @context. `documents` holds every document that it names, directly or not, by address.

    Raises BadRequestData for a malformed definition, LdContextNotAvailable for a document that is missing.
    """
    own = own_part(source)
    draft = _Draft(documents)
    draft.read(own, 0)
    draft.read(core_document()["@context"], 0)
    key = "" if own is None else hashlib.sha256(_encoder.encode([own, _used(own, documents)])).hexdigest()
    return Context(own, key, draft.terms, frozenset(draft.prefixes), draft.vocabulary or "")


def _used(source: Json, documents: Mapping[str, Json]) -> Json:
    """What the addresses of a context stand for, so that a changed document gives a new key."""
    return {url: documents[url] for url in addresses_of(source) if url in documents}


class _Draft:
    """A context under compilation: later definitions win."""

    def __init__(self, documents: Mapping[str, Json]) -> None:
        self.documents = documents
        self.terms: dict[str, str | None] = {}
        self.prefixes: set[str] = set()
        self.vocabulary: str | None = None
        self.work = 0
        self.chain = 0

    def read(self, source: Json, depth: int) -> None:
        self.work += 1 + (len(cast(dict[str, Json], source)) if isinstance(source, dict) else 0)
        if self.work > CONTEXT_WORK_MAX:
            raise Problem("BadRequestData", f"a @context has up to {CONTEXT_WORK_MAX} parts and terms", FIELD)
        if depth > CONTEXT_DEPTH_MAX:
            raise Problem("BadRequestData", f"@context has more than {CONTEXT_DEPTH_MAX} levels", FIELD)
        if isinstance(source, str):
            minor = core_minor(source)
            if minor is None and source not in self.documents:
                raise Problem("LdContextNotAvailable", f"the @context {source} is not available", FIELD)
            document = self.documents[source] if minor is None else core_document(minor)
            self.read(inner_context(document), depth + 1)
        elif isinstance(source, list):
            for part in cast(list[Json], source):
                self.read(part, depth + 1)
        elif isinstance(source, dict):
            self.define_all(cast(dict[str, Json], source), depth)
        elif source is not None:
            raise Problem("BadRequestData", "@context is an address, an object, or an array of them", FIELD)

    def define_all(self, definitions: dict[str, Json], depth: int) -> None:
        if "@import" in definitions:
            self.read(definitions["@import"], depth + 1)
        if "@vocab" in definitions:
            vocabulary = definitions["@vocab"]
            if vocabulary is not None and not isinstance(vocabulary, str):
                raise Problem("BadRequestData", "@vocab of a @context is an IRI", FIELD)
            self.vocabulary = vocabulary
        if len(self.terms) + len(definitions) > CONTEXT_TERMS_MAX:
            raise Problem("BadRequestData", f"a @context has up to {CONTEXT_TERMS_MAX} terms", FIELD)
        done: dict[str, bool] = {}
        for term in definitions:
            if not term.startswith("@"):
                self.define(term, definitions, done)

    def define(self, term: str, definitions: dict[str, Json], done: dict[str, bool]) -> None:
        """Define one term; `done` is False for terms under definition, so that circles are found."""
        if term in done:
            if not done[term]:
                raise Problem(
                    "BadRequestData", f"the term {term} of the @context is defined by itself", FIELD
                )
            return
        if not term:
            raise Problem("BadRequestData", "a term of a @context is not empty", FIELD)
        done[term] = False
        self.chain += 1
        if self.chain > TERM_CHAIN_MAX:
            raise Problem(
                "BadRequestData", f"a term of a @context leads on to up to {TERM_CHAIN_MAX} others", FIELD
            )
        value = definitions[term]
        if isinstance(value, dict):
            expanded = cast(dict[str, Json], value)
            named: Json = expanded.get("@id", term)
            may_prefix = expanded.get("@prefix") is True
        else:
            named, may_prefix = value, True
        if named is not None and not isinstance(named, str):
            raise Problem("BadRequestData", f"the term {term} of the @context has an IRI as text", FIELD)
        iri = None if named is None else self.iri_of(named, term, definitions, done)
        self.terms[term] = iri
        self.prefixes.discard(term)
        if iri is not None and may_prefix and iri.endswith(_GENERIC_DELIMITERS):
            self.prefixes.add(term)
        done[term] = True
        self.chain -= 1

    def iri_of(self, name: str, term: str, definitions: dict[str, Json], done: dict[str, bool]) -> str:
        """The IRI that a definition names: a keyword, another term, a compact IRI, an IRI or a word of the vocabulary."""
        if name.startswith("@"):
            return name
        if name != term and name in definitions:
            self.define(name, definitions, done)
        if name != term and (known := self.terms.get(name)) is not None:
            return known
        prefix, colon, rest = name.partition(":")
        if colon:
            if rest.startswith("//"):
                return name
            if prefix in definitions and prefix != term:
                self.define(prefix, definitions, done)
            stem = self.terms.get(prefix)
            return name if stem is None else stem + rest
        return (self.vocabulary or "") + name
