"""From a row to a record: cells read by the items of its type, position made WGS84, identity found, faults named."""

from __future__ import annotations

import re
from typing import Any, Final, cast

import msgspec

from kaiteki.model.entity import Json
from kaiteki.services.opendata.coordinates import converter, is_plane, place_geometry, place_of, read_angle
from kaiteki.services.opendata.mapping import IGNORED, Guess
from kaiteki.services.opendata.model import Record, record_view
from kaiteki.services.opendata.naming import BY, TOP_KEYS, Keys, Naming, content_of, first_of, hash_of
from kaiteki.services.opendata.reading.source import CELL_LENGTH_MAX, Issue, Row, shorten
from kaiteki.services.opendata.standard.table import Item, StandardType, standard_types
from kaiteki.services.opendata.values import READERS, narrow, plain

_PATTERN: Final = re.compile(r"\\")
DEGREES_MAX: Final = 180
"""No longitude, and so no number of a position in degrees, is larger."""
_PLANE_NAME: Final = re.compile(r"[xyXYｘｙＸＹ]\s*座標|平面直角")
"""Names of columns that hold metres on a plane, though some files hold degrees in them."""


class Plan(msgspec.Struct, frozen=True):
    """How the rows of one table become records. `twice` holds the hashes of identities, `same` of contents, that
    occur more than once in the table. `plane` is the plane-rectangular system of the area, for numbers that are no
    degrees where the file names no system."""

    slug: str
    data_set: str
    guess: Guess
    title: str = ""
    crs: str = ""
    plane: str = ""
    twice: frozenset[int] = frozenset()
    same: frozenset[int] = frozenset()
    keys: Keys = Keys()
    full_twice: frozenset[int] = frozenset()

    @property
    def kind(self) -> StandardType:
        """The standard type of the records."""
        return standard_types()[self.guess.type]


class Made(msgspec.Struct, frozen=True):
    """A record, or None when the row is refused, with everything found on the way (the refusal last)."""

    record: Record | None
    issues: tuple[Issue, ...]


class Maker:
    """Makes the records of one table; it remembers how often rows of the very same content came."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.kind = plan, plan.kind
        self.view = record_view(self.kind.name)
        self.columns = {item.key: plan.guess.columns_of(item.key) for item in self.kind.items}
        self._filled = [(item, columns) for item in self.kind.items if (columns := self.columns[item.key])]
        self._naming = Naming(plan.guess, plan.keys, plan.full_twice)
        self.ignored = {choice.column for choice in plan.guess.choices if choice.item == IGNORED}
        self._times: dict[int, int] = {}

    def make(self, row: Row) -> Made:
        """The record of a row."""
        if row.broken is not None:
            return Made(None, (row.broken,))
        issues: list[Issue] = list(row.notes)
        too_long = next((name for name, cell in row.cells.items() if _is_too_long(cell)), None)
        if too_long is not None:
            return Made(None, (Issue("too_long", row.line, too_long, level="refused"),))
        identity = self._naming.identity(row)
        is_twice = bool(identity) and hash_of(identity) in self.plan.twice
        repeated, times = self._repeated(row, identity, is_twice, issues)
        location = self._locate(row, issues)
        if repeated is not None or isinstance(location, Issue):
            refusal = repeated or location
            return Made(None, (*issues, refusal) if isinstance(refusal, Issue) else ())
        used: set[str] = set(self.ignored)
        values = self._read_items(row, used, issues)
        if not self.columns.get("name") and self.kind.item("name") is not None:
            values.setdefault("name", self.plan.title)
        if self.kind.named and not values.get("name"):
            return Made(
                None, (*issues, Issue("name_missing", row.line, self._label("name"), level="refused"))
            )
        details = {name: cell for name, cell in row.cells.items() if name not in used and plain(cell)}
        record = self.view(
            id=self._naming.record_id(row, self.plan.slug, identity, times, is_twice),
            data_set=self.plan.data_set,
            location=location,
            details={name: plain(cell) if isinstance(cell, str) else cell for name, cell in details.items()},
            **values,
        )
        return Made(record, tuple(issues))

    def _label(self, key: str) -> str:
        item = self.kind.item(key)
        return (self.columns.get(key) or [item.label if item else key])[0]

    def _repeated(
        self, row: Row, identity: str, is_twice: bool, issues: list[Issue]
    ) -> tuple[Issue | None, int]:
        """Whether the row repeats another one wholly, and the how manieth of its content it is."""
        content = hash_of(content_of(row)) if self.plan.same else 0
        if content not in self.plan.same:
            if is_twice and not identity.startswith(BY):
                issues.append(Issue("identifier_twice", row.line, value=shorten(identity.partition("=")[2])))
            return None, 1
        times = self._times[content] = self._times.get(content, 0) + 1
        if identity.startswith(TOP_KEYS) and times > 1:
            return Issue("duplicate_row", row.line, level="refused"), times
        if times > 1:
            issues.append(Issue("same_as_other", row.line))
        return None, times

    def _locate(self, row: Row, issues: list[Issue]) -> dict[str, Json] | Issue | None:
        if row.geometry is not None:
            placed = place_geometry(row.geometry, self.plan.crs)
            if isinstance(placed, str):
                return Issue(placed, row.line, value=_brief(row.geometry), level="refused")
            issues.extend(Issue(code, row.line) for code in placed[1])
            return placed[0]
        x, x_column = first_of(row, self.columns.get("longitude", []))
        y, y_column = first_of(row, self.columns.get("latitude", []))
        if not x and not y:
            if self.kind.item("latitude") is not None and "place" in self.kind.plays:
                issues.append(Issue("place_missing", row.line))
            return None
        return self._point(row.line, (x, x_column), (y, y_column), issues)

    def _point(
        self, line: int, x: tuple[str, str], y: tuple[str, str], issues: list[Issue]
    ) -> dict[str, Json] | Issue:
        first, second = read_angle(x[0]), read_angle(y[0])
        if first is None or second is None:
            column, value = (x[1], x[0]) if first is None else (y[1], y[0])
            return Issue(
                "not_a_position", line, column or self._label("longitude"), shorten(value), "refused"
            )
        crs = self.plan.crs or (self.plan.plane if _is_metres((first[0], x[1]), (second[0], y[1])) else "")
        if not crs and (beyond := _beyond(first[0], second[0])):
            value, column = x if beyond == "longitude" else y
            return Issue("not_a_position", line, column, shorten(value), "refused")
        convert = converter(crs)
        if convert is None:
            return Issue("unknown_crs", line, value=shorten(crs), level="refused")
        # in the plane-rectangular systems of Japan, columns X and Y are north and east
        pair = (second[0], first[0]) if is_plane(crs) else (first[0], second[0])
        found = place_of(*convert(*pair))
        if found is None:
            return Issue("not_in_japan", line, x[1], f"{y[0]}, {x[0]}", "refused")
        if first[1] or second[1]:
            issues.append(Issue("rewritten", line, y[1], shorten(y[0]), "note"))
        if found[1]:
            issues.append(Issue("swapped_position", line, y[1], shorten(f"{y[0]}, {x[0]}")))
        return {"type": "Point", "coordinates": list(found[0])}

    def _read_items(self, row: Row, used: set[str], issues: list[Issue]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for item, columns in self._filled:
            if item.name in ("latitude", "longitude"):
                used.update(columns)
                continue
            text, column = first_of(row, columns)
            if not text:
                if item.required and item.name != "name":
                    issues.append(Issue("value_missing", row.line, columns[0]))
                continue
            value = self._read_cell(item, text, Issue("", row.line, column, shorten(text)), issues)
            if value is None:
                continue
            used.add(column)
            if item.flag:
                values[item.name] = (
                    (*values.get(item.name, ()), item.flag) if value else values.get(item.name, ())
                )
            else:
                values[item.name] = tuple(cast(list[str], value)) if isinstance(value, list) else value
        return values

    def _read_cell(self, item: Item, text: str, at: Issue, issues: list[Issue]) -> Any:
        """The value of a cell, None when it is not of the item's kind (it then stays among the details)."""
        if item.unit and item.kind in ("整数", "数値"):
            text = _without_unit(text, item.unit)
        found = READERS[item.kind](text)
        if found is None:
            issues.append(Issue("not_of_kind", at.line, at.column, at.value))
            return None
        value, rewritten = found
        if item.kind == "文字列" and item.width == "半角":
            value, rewritten = narrow(text), narrow(text) != text
        if item.kind == "数値":
            value = float(value)
        if rewritten:
            issues.append(Issue("rewritten", at.line, at.column, at.value, "note"))
        if item.allowed and item.kind not in ("有無", "旗") and not _is_allowed(item.allowed, str(value)):
            issues.append(Issue("not_allowed", at.line, at.column, at.value))
        return value


def _is_metres(*numbers: tuple[float, str]) -> bool:
    """Whether the numbers, each with its column, are metres: none of them can be degrees, or the columns say so."""
    large = [abs(number) > DEGREES_MAX for number, _ in numbers]
    return all(large) or (any(large) and all(_PLANE_NAME.search(column) for _, column in numbers))


def _beyond(longitude: float, latitude: float) -> str:
    """Which of two numbers lies outside of its range, empty when none does; the two may stand in each other's column."""
    if abs(longitude) > DEGREES_MAX:
        return "longitude"
    no_latitude = min(abs(longitude), abs(latitude)) > DEGREES_MAX / 2
    return "latitude" if abs(latitude) > DEGREES_MAX or no_latitude else ""


def _is_too_long(cell: Json) -> bool:
    """Whether a cell holds more than a record takes; a text that is short as it came is not looked at further."""
    if isinstance(cell, str) and len(cell) <= CELL_LENGTH_MAX:
        return False
    return len(plain(cell)) > CELL_LENGTH_MAX


def _brief(geometry: dict[str, Json]) -> str:
    return shorten(f"{geometry.get('type', '')} {geometry.get('coordinates', '')}", 60)


def _without_unit(text: str, unit: str) -> str:
    slim = narrow(text).strip()
    return slim[: -len(unit)].strip() if slim.endswith(unit) and len(slim) > len(unit) else text


def _is_allowed(allowed: str, value: str) -> bool:
    if _PATTERN.search(allowed):
        return re.fullmatch(allowed, value) is not None
    return value in allowed.split(";")
