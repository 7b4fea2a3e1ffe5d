"""A compiled @context: turns terms into IRIs and back (ETSI GS CIM 009 V1.9.1 clause 5.5.7, JSON-LD 1.1 API 5.2 and 6.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.model.entity import Json, is_array
from kaiteki.model.terms.core import CORE_URL

MEMO_MAX: Final = 20_000
"""Names that one context remembers in each direction."""


class Context:
    """The meaning of names in one request or answer. The core @context is always part of it and always wins.

    `source` is the @context as the client gave it, None when there was none; `key` tells contexts apart in caches.
    Only its memory of names seen changes over time.
    """

    __slots__ = ("_compacted", "_expanded", "_inverse", "_prefixes", "_terms", "_vocabulary", "key", "source")

    def __init__(
        self,
        source: Json,
        key: str,
        terms: Mapping[str, str | None],
        prefixes: frozenset[str],
        vocabulary: str,
    ) -> None:
        self.source = source
        self.key = key
        self._terms = terms
        self._vocabulary = vocabulary
        self._prefixes = {term: iri for term in prefixes if (iri := terms.get(term))}
        self._inverse: dict[str, str] = {}
        for term in sorted(terms, key=lambda one: (len(one), one)):
            iri = terms[term]
            if iri is not None and not iri.startswith("@"):
                self._inverse.setdefault(iri, term)
        self._expanded: dict[str, str] = {}
        self._compacted: dict[str, str] = {}

    def expand(self, term: str) -> str:
        """The IRI of a term, compact IRI or IRI; words that no @context knows belong to the default vocabulary."""
        found = self._expanded.get(term)
        if found is None:
            if len(self._expanded) >= MEMO_MAX:
                self._expanded.clear()
            found = self._expanded[term] = self._expand(term)
        return found

    def _expand(self, term: str) -> str:
        if term.startswith("@"):
            return term
        known = self._terms.get(term)
        if known is not None:
            return known
        prefix, colon, rest = term.partition(":")
        if colon:
            if rest.startswith("//"):
                return term
            stem = self._terms.get(prefix)
            return term if stem is None else stem + rest
        return self._vocabulary + term

    def compact(self, iri: str) -> str:
        """The shortest name of an IRI: a term, a word of the default vocabulary, a compact IRI, or the IRI itself."""
        found = self._compacted.get(iri)
        if found is None:
            if len(self._compacted) >= MEMO_MAX:
                self._compacted.clear()
            found = self._compacted[iri] = self._compact(iri)
        return found

    def _compact(self, iri: str) -> str:
        term = self._inverse.get(iri)
        if term is not None:
            return term
        if iri.startswith(self._vocabulary):
            word = iri[len(self._vocabulary) :]
            if word and word not in self._terms and self._expand(word) == iri:
                return word
        shorter = [
            f"{term}:{iri[len(stem) :]}"
            for term, stem in self._prefixes.items()
            if len(iri) > len(stem) and iri.startswith(stem)
        ]
        fitting = [name for name in shorter if name not in self._terms and self._expand(name) == iri]
        return min(fitting, key=lambda one: (len(one), one), default=iri)

    @property
    def document(self) -> Json:
        """The @context member of an answer: what the client gave, then the core @context."""
        if self.source is None:
            return CORE_URL
        given = self.source if is_array(self.source) else [self.source]
        return [*given, CORE_URL]

    @property
    def url(self) -> str | None:
        """The address for a Link header: the client's only @context if it is an address, the core one if there is none."""
        if self.source is None:
            return CORE_URL
        return self.source if isinstance(self.source, str) else None
