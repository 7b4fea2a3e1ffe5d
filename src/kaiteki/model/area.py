"""What the city OS knows of an area beforehand, as data: names, place, wards, stated figures with their source, plans.

`cities/<name>/city.toml` has this shape. Nothing here may be invented: a figure without a source does not load.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from kaiteki.model.words import Words

Position: TypeAlias = tuple[float, float]
"""Longitude, latitude (JGD2011, which is WGS84 to a metre)."""

Field: TypeAlias = Literal["life", "business", "learning", "town", "hall"]
"""The five smarts of Chiba's vision: 暮らし・ビジネス・学び・まち・市役所."""
FIELDS: Final[tuple[Field, ...]] = get_args(Field)
"""The five fields in the order in which people are shown them."""

CODE_LENGTH: Final = 6
READS_KEPT_DAYS_MIN: Final = 365
READS_KEPT_DAYS_MAX: Final = 36_525
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document that states figures; `as_of` is the year or day it speaks of, as it is written there."""

    code: str
    words: Words
    as_of: str = ""


class Ward(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the area with an office. `centre` is that office to about 100 m; `polygon` is a closed ring, or empty."""

    code: str
    words: Words
    office: Words
    centre: Position
    polygon: tuple[Position, ...] = ()


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stated figure. `about`: the source rounds it. `note` says what it is a share of, or how it was measured.

    `field` is where people look for it.
    """

    code: str
    words: Words
    value: int | float
    unit: Words
    source: str
    as_of: str = ""
    about: bool = False
    note: Words | None = None
    field: Field = "town"


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of a breakdown. `printed` is the share as the source prints it; its own parts add up to it exactly."""

    code: str
    words: Words
    value: int
    printed: float | None = None
    parts: tuple[Part, ...] = ()


class Breakdown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole number of things in parts that add up to it exactly; every share of it is of `value`."""

    code: str
    words: Words
    value: int
    unit: Words
    source: str
    parts: tuple[Part, ...]
    as_of: str = ""
    note: Words | None = None
    field: Field = "town"


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a plan wants: words, and a target number with its unit and date where the plan names one."""

    code: str
    words: Words
    target: int | float | None = None
    unit: Words | None = None
    due: str = ""


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plan or a vision of the area with its goals."""

    code: str
    words: Words
    source: str
    adopted: str = ""
    note: Words | None = None
    goals: tuple[Goal, ...] = ()


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An area that a node serves. `name` is its folder and the first part of its addresses.

    `code` is the municipality code with its check digit; `accent` a colour `#rrggbb` with contrast to white of at least
    4.5; `bbox` is west, south, east, north in degrees and holds every place of the area; `plane` is the number of the
    plane-rectangular system (1 to 19). `sample` areas do not exist. `receivers` are hosts (also `host:port`) of the area's own
    network that notifications may be sent to; others must be on the public network.

    `reads_kept_days` is how long records of reads of personal data are kept: five years where the area says nothing, in which claims against
    a municipality lapse (地方自治法236条1項), a year at least.
    """

    name: str
    code: str
    words: Words
    accent: str
    centre: Position
    bbox: tuple[float, float, float, float]
    plane: int
    summary: Words
    hall: Words
    sample: bool = False
    sources: tuple[Source, ...] = ()
    wards: tuple[Ward, ...] = ()
    facts: tuple[Fact, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    plans: tuple[Plan, ...] = ()
    receivers: tuple[str, ...] = ()
    reads_kept_days: int = 1827

    def source(self, code: str) -> Source:
        """The source with a code; the area was checked, so it is there."""
        return next(source for source in self.sources if source.code == code)

    def fact(self, code: str) -> Fact | None:
        """The figure with a code, None when no source states it: unknown is shown as unknown."""
        return next((fact for fact in self.facts if fact.code == code), None)

    def breakdown(self, code: str) -> Breakdown | None:
        """The breakdown with a code."""
        return next((breakdown for breakdown in self.breakdowns if breakdown.code == code), None)


def municipality_check_digit(digits: str) -> int:
    """The sixth digit of a municipality code from its first five (全国地方公共団体コード, JIS X 0402)."""
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, range(6, 1, -1), strict=True))
    return (11 - weighted % 11) % 10


def share(part: Part, whole: Breakdown | Part) -> float:
    """The part of the whole in percent, computed, to be shown beside what was printed."""
    return 100 * part.value / whole.value


def faults_of_area(area: Area) -> list[str]:
    """What is wrong with the data of an area, one sentence each; none when it may be served."""
    return [
        *_faults_of_place(area),
        *_faults_of_codes(area),
        *_faults_of_sources(area),
        *(fault for whole in area.breakdowns for fault in _faults_of_sum(whole, whole.code)),
    ]


def _faults_of_place(area: Area) -> Iterator[str]:
    west, south, east, north = area.bbox
    if not (west < east and south < north):
        yield "bbox: must be west, south, east, north"
    places = [("centre", area.centre), *((f"wards.{ward.code}.centre", ward.centre) for ward in area.wards)]
    for ward in area.wards:
        places += [(f"wards.{ward.code}.polygon", position) for position in ward.polygon]
        if ward.polygon and ward.polygon[0] != ward.polygon[-1]:
            yield f"wards.{ward.code}.polygon: the ring is not closed"
    for field, (longitude, latitude) in places:
        if not (west <= longitude <= east and south <= latitude <= north):
            yield f"{field}: lies outside bbox"
    if not 1 <= area.plane <= 19:
        yield "plane: must be 1 to 19"
    if not READS_KEPT_DAYS_MIN <= area.reads_kept_days <= READS_KEPT_DAYS_MAX:
        yield f"reads_kept_days: must be {READS_KEPT_DAYS_MIN} to {READS_KEPT_DAYS_MAX}"


def _faults_of_codes(area: Area) -> Iterator[str]:
    for field, code in [("code", area.code), *(("wards", ward.code) for ward in area.wards)]:
        digits = code.isascii() and code.isdigit() and len(code) == CODE_LENGTH
        if not digits or municipality_check_digit(code[:-1]) != int(code[-1]):
            yield f"{field}: {code} is not a municipality code"
    if not _COLOUR.fullmatch(area.accent) or _contrast_to_white(area.accent) < 4.5:
        yield f"accent: {area.accent} must be #rrggbb with a contrast to white of at least 4.5"
    for field, rows in (
        ("sources", area.sources),
        ("wards", area.wards),
        ("facts", area.facts),
        ("breakdowns", area.breakdowns),
        ("plans", area.plans),
    ):
        codes = [row.code for row in rows]
        yield from (f"{field}: {code} stands twice" for code in sorted(set(codes)) if codes.count(code) > 1)


def _faults_of_sources(area: Area) -> Iterator[str]:
    known = {source.code for source in area.sources}
    stated: Sequence[Fact | Breakdown | Plan] = (*area.facts, *area.breakdowns, *area.plans)
    yield from (f"{row.code}: no source {row.source}" for row in stated if row.source not in known)


def _faults_of_sum(whole: Breakdown | Part, path: str) -> Iterator[str]:
    if whole.parts and sum(part.value for part in whole.parts) != whole.value:
        yield f"{path}: its parts add up to {sum(part.value for part in whole.parts)}, not to {whole.value}"
    for part in whole.parts:
        yield from _faults_of_sum(part, f"{path}.{part.code}")


def _contrast_to_white(colour: str) -> float:
    """The contrast ratio of WCAG 2.2 between a colour and white."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)
