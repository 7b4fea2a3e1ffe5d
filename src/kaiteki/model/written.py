"""What people wrote in the cells of a column, read as what the column is: whole numbers, decimals, days, texts.

```
cells of a column ─(Guess)─► its sort ─(read_as)─► what comparisons, schemas and tiles take; None where a cell does not fit
```

A column is a number or a day where all of its cells are, but for one in twenty (and SORT_MISFITS_MAX at most). Digits with a zero in front or more
than DIGITS_MAX of them are codes, so their column is text.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Final, Literal, TypeAlias, cast, get_args

from kaiteki.model.entity import Json

Sort: TypeAlias = Literal["integer", "decimal", "date", "text", ""]
"""What the cells of a column are; empty where nobody looked, or where they are no texts and numbers."""
SORTS: Final = frozenset(cast("tuple[Sort, ...]", get_args(Sort)))
SORT_MISFITS_MAX: Final = 1_000
"""Cells that do not fit after which a sort is given up: no column of text is read to its end."""
FITTING_OF: Final = 20
"""Of so many cells one may be something else (不明, －)."""
DIGITS_MAX: Final = 15
"""Digits that a double holds exactly."""
_ERAS: Final = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_ERA_LETTERS: Final = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_JAPANESE_DATE: Final = re.compile(
    r"(明治|大正|昭和|平成|令和|[MTSHR])\.?\s*(元|\d{1,2})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?"
)
_WESTERN_DATE: Final = re.compile(r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?")
_PLAIN_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_WEEKDAY: Final = re.compile(r"\s*\((?:日|月|火|水|木|金|土)(?:曜日?)?(?:・?祝)?\)\s*$")
_MIDNIGHT: Final = re.compile(r"[T ]0?0:00(:00)?$")
_NUMBER: Final = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][+-]?\d+)?")
_CODE: Final = re.compile(r"[+-]?0\d")
_EXACT_MAX: Final = 1e15


def narrow(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones (Unicode NFKC)."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def read_number(text: str) -> int | float | None:
    """A number, with thousands separators or in full-width digits; None for what is none."""
    slim = narrow(text).strip()
    if not _NUMBER.fullmatch(slim):
        return None
    value = float(slim.replace(",", ""))
    if value in (float("inf"), float("-inf")):
        return None
    return int(value) if value.is_integer() and abs(value) < _EXACT_MAX else value


def read_day(text: str) -> str | None:
    """A day as YYYY-MM-DD, out of Western and Japanese calendars (令和6年4月1日, R6.4.1, 2024/4/1, 20240401); None for what is none."""
    slim = narrow(text).strip()
    if not slim[-1:].isdigit() and slim[-1:] not in ("日", ")"):
        return None
    slim = _MIDNIGHT.sub("", _WEEKDAY.sub("", slim))
    if found := _JAPANESE_DATE.fullmatch(slim):
        era = _ERA_LETTERS.get(found[1], found[1])
        year = _ERAS[era] + (1 if found[2] == "元" else int(found[2]))
        parts = (year, int(found[3]), int(found[4]))
    elif found := _WESTERN_DATE.fullmatch(slim) or _PLAIN_DATE.fullmatch(slim):
        parts = (int(found[1]), int(found[2]), int(found[3]))
    else:
        return None
    try:
        return datetime.date(*parts).isoformat()
    except ValueError:
        return None


def read_as(value: Json, sort: Sort) -> Json:
    """A cell as what its column is: int, float, a day (YYYY-MM-DD) or text; None where it does not fit. Without a sort as it is."""
    if sort == "":
        return value
    if sort == "text":
        number = None if isinstance(value, str) else _number_of(value)
        return value if isinstance(value, str) else None if number is None else f"{number:.15g}"
    if sort == "date":
        return read_day(value) if isinstance(value, str) else None
    number = _number_of(value)
    if number is None or (sort == "integer" and isinstance(number, float)):
        return None
    return number


def _number_of(value: Json) -> int | float | None:
    if isinstance(value, str):
        return read_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if float(value).is_integer() and abs(value) < _EXACT_MAX else value


class Guess:
    """What the cells of one column are, told by looking at each once."""

    def __init__(self) -> None:
        self._seen = 0
        self._misfits: dict[Sort, int] = {"date": 0, "integer": 0, "decimal": 0}
        self._is_plain = True

    def note(self, cell: Json) -> None:
        """Look at a cell; empty ones say nothing."""
        if cell is None or cell == "":
            return
        self._seen += 1
        if not isinstance(cell, str) and _number_of(cell) is None:
            self._is_plain = False
            return
        if not self._misfits:
            return
        if isinstance(cell, str) and _is_code(cell):
            self._misfits.pop("integer", None)
            self._misfits.pop("decimal", None)
        misfits: list[Sort] = [one for one in self._misfits if read_as(cell, one) is None]
        for sort in misfits:
            self._misfits[sort] += 1
            if self._misfits[sort] > SORT_MISFITS_MAX:
                del self._misfits[sort]

    @property
    def sort(self) -> Sort:
        """The sort that most cells fit; text where too many do not, none where some are lists or conditions."""
        if not self._is_plain or not self._seen:
            return ""
        fitting: dict[Sort, int] = {
            sort: n for sort, n in self._misfits.items() if n * FITTING_OF <= self._seen
        }
        best: Sort = min(fitting, key=fitting.__getitem__) if fitting else "text"
        return best


def _is_code(text: str) -> bool:
    """Whether digits name something rather than count it."""
    slim = narrow(text).strip()
    return _CODE.match(slim) is not None or (slim.isdigit() and len(slim) > DIGITS_MAX)
