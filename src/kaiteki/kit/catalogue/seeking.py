"""Finds entries of a catalogue by words and facets, in memory; pure. Ten thousand entries are looked through in milliseconds."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote

import msgspec

from kaiteki.kit.catalogue.entries import Distribution, Entry
from kaiteki.kit.catalogue.settings import CatalogueOfArea
from kaiteki.kit.catalogue.sizes import Sizes
from kaiteki.model.instant import Instant
from kaiteki.model.open_data import THEMES

Facet: TypeAlias = Literal["theme", "format", "licence", "office", "freshness", "grade", "type", "tag"]
TEXT_LENGTH_MAX: Final = 200
WORDS_MAX: Final = 10
UNSTATED: Final = "-"
"""The value of a facet for entries that say nothing of it."""

_FORMAT: Final[Callable[[Distribution], str]] = attrgetter("format")
_VALUES: Final[Mapping[Facet, Callable[[Entry, Instant], tuple[str, ...]]]] = {
    "theme": lambda one, now: (one.theme,),
    "format": lambda one, now: tuple(dict.fromkeys(map(_FORMAT, one.distributions))),
    "licence": lambda one, now: (one.licence or UNSTATED,),
    "office": lambda one, now: (one.office.code if one.office else UNSTATED,),
    "freshness": lambda one, now: (one.freshness(now),),
    "grade": lambda one, now: (one.grade or UNSTATED,),
    "type": lambda one, now: (one.record_type or UNSTATED,),
    "tag": lambda one, now: one.keywords,
}
FACETS: Final[tuple[Facet, ...]] = tuple(_VALUES)


class Sought(msgspec.Struct, frozen=True):
    """What is looked for: words that all stand somewhere in an entry, and values of facets (one of each named facet)."""

    text: str = ""
    facets: Mapping[Facet, tuple[str, ...]] = {}


class Catalogue(msgspec.Struct, frozen=True):
    """The entries of an area, in the order of their titles; by id, by slug, and each as the folded text that searches look at;
    `settings` are what the area decides about it. `area` names it, `sizes` are those of the files of the node."""

    entries: tuple[Entry, ...] = ()
    texts: tuple[str, ...] = ()
    by_id: Mapping[str, Entry] = {}
    by_name: Mapping[str, Entry] = {}
    settings: CatalogueOfArea = CatalogueOfArea()
    area: str = ""
    sizes: Sizes = msgspec.field(default_factory=Sizes)
    counted: dict[Facet, dict[str, int]] = msgspec.field(default_factory=dict[Facet, dict[str, int]])
    """How many of all entries have each value of a facet, as far as somebody has asked (`count_among`)."""

    def size_of(self, entry: Entry, part: Distribution) -> int | None:
        """The bytes of a data set in one form, as it is now; None where nobody knows."""
        kept = part.kept.size_bytes if part.kept is not None else None
        return self.sizes.of(self.area, part.path, entry) if kept is None else kept

    def scale(self, path: str) -> Callable[[int], None] | None:
        """What takes the size of a file that is begun now, at a path below `/{area}/`; None where it is that of no data set."""
        one = self.get(unquote(path).partition("/")[2].rpartition("/")[0])
        return None if one is None else lambda size: self.sizes.note(self.area, path, one, size)

    def get(self, name: str) -> Entry | None:
        """An entry by its id or its slug."""
        return self.by_id.get(name) or self.by_name.get(name)


def catalogue_of(entries: Sequence[Entry], before: Catalogue | None = None) -> Catalogue:
    """The catalogue of some entries; what `before` has of the very same ones is taken from there."""
    known = (
        {}
        if before is None
        else {id(one): text for one, text in zip(before.entries, before.texts, strict=True)}
    )
    ordered = sorted(_told_apart(entries), key=lambda one: (one.title.ja, one.id))
    return Catalogue(
        entries=tuple(ordered),
        texts=tuple(known.get(id(one)) or _text_of(one) for one in ordered),
        by_id={one.id: one for one in ordered},
        by_name={one.name: one for one in ordered},
    )


def _told_apart(entries: Sequence[Entry]) -> Iterator[Entry]:
    """The entries; one that comes (by its id) after another of the same slug has a mark of its id added to it."""
    taken: set[str] = set()
    for one in sorted(entries, key=lambda one: one.id):
        mark = hashlib.blake2s(one.id.encode(), digest_size=4).hexdigest() if one.name in taken else ""
        taken.add(one.name)
        yield msgspec.structs.replace(one, name=f"{one.name}-{mark}") if mark else one


def fold(text: str) -> str:
    """A text without what people write differently: width and case."""
    return unicodedata.normalize("NFKC", text).casefold()


def _text_of(one: Entry) -> str:
    office = one.office.words if one.office else None
    theme = THEMES.get(one.theme)
    said = (one.title, one.about, one.type_words, office, theme)
    words = [text for each in said if each is not None for text in (each.ja, each.en)]
    return fold(
        "\n".join([*words, one.name, one.record_type, one.category, one.source, one.file_name, *one.keywords])
    )


def seek(catalogue: Catalogue, sought: Sought, now: Instant) -> list[Entry]:
    """The entries that match, in the order of their titles; a word with `-` before it must not stand there."""
    words = fold(sought.text[:TEXT_LENGTH_MAX]).split()[:WORDS_MAX]
    wanted = [one for one in words if not one.startswith("-")]
    unwanted = [one[1:] for one in words if one.startswith("-") and len(one) > 1]
    told: Sequence[tuple[Entry, str]] = ()
    if words:
        told = [*zip(catalogue.entries, catalogue.texts, strict=True)]
    for word in wanted:
        told = [one for one in told if word in one[1]]
    for word in unwanted:
        told = [one for one in told if word not in one[1]]
    found = [entry for entry, _ in told] if words else list(catalogue.entries)
    for facet, values in sought.facets.items():
        if values:
            of, asked = _VALUES[facet], frozenset(values)
            found = [one for one in found if not asked.isdisjoint(of(one, now))]
    return found


def count(entries: Sequence[Entry], facet: Facet, now: Instant) -> dict[str, int]:
    """How many of the entries have each value of a facet, the most frequent first."""
    of = _VALUES[facet]
    counted = Counter(value for one in entries for value in of(one, now))
    return dict(counted.most_common())


def count_among(catalogue: Catalogue, entries: Sequence[Entry], facet: Facet, now: Instant) -> dict[str, int]:
    """The same; of all entries of a catalogue it is counted once, but for what changes with the time."""
    if len(entries) < len(catalogue.entries) or facet == "freshness":
        return count(entries, facet, now)
    if facet not in catalogue.counted:
        catalogue.counted[facet] = count(entries, facet, now)
    return dict(catalogue.counted[facet])
