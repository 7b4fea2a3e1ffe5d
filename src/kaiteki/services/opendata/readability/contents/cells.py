"""What is noticed cell by cell: errors, lost values, formulas, days that do not exist, full-width digits, zeros that went missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from kaiteki.services.opendata.readability.columns import NUMBERS_SHARE, folded
from kaiteki.services.opendata.readability.contents.view import View, asks_half_width, names_of
from kaiteki.services.opendata.readability.finding import Found, at_cell
from kaiteki.services.opendata.readability.sheet import Place, is_plain_number
from kaiteki.services.opendata.readability.texts import DITTO, ERROR, iso_day, read_dressed, western
from kaiteki.services.opendata.standard.table import fold
from kaiteki.services.opendata.values import narrow, read_date

CUT_OFF: Final = re.compile(r"#{3,}")
FORMULA: Final = re.compile(r"\s*(=[^=\s][^=]*[\d(].*|[-+@]\s*[A-Z]{2,10}\(.*\))\s*", re.S)
"""A formula as text: =1+1, =SUM(A1:A3), @SUM(1). A name that begins with = and has no figure is none."""
_FIRST: Final = frozenset("#=-+@Ee \n")
"""What errors, lost values and formulas begin with."""
_DAY_SHAPED: Final = re.compile(
    r"(\d{4}|(明治|大正|昭和|平成|令和|[MTSHR])\.?(\d{1,2}|元))\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}\s*日?(\s*\([日月火水木金土].{0,4}\))?"
)
_DAY_HEAD: Final = re.compile(r"日付|年月日|(?<![曜平休祝何])日$|date", re.I)
_EIGHT: Final = re.compile(r"\d{8}", re.ASCII)
_FIGURE: Final = re.compile(r"[\d元]")
DAY_LENGTH_MAX: Final = 24
DAYS_SHARE: Final = 0.5
"""Share of the different values from which on a column is looked at as one of days, whatever its heading."""
_WIDE: Final = re.compile(r"[０-９Ａ-Ｚａ-ｚ．，－：／＋＠−]")
"""What the repair writes half-width, a minus sign for a hyphen too."""
_MUNICIPALITY: Final = "localGovernmentCode"
_CODE_HEAD: Final = re.compile(r"(市区?町村|団体|自治体)コード$")
_POSTAL_HEAD: Final = re.compile(r"郵便番号|〒|zip", re.I)
_PHONE_HEAD: Final = re.compile(r"電話番号|電話$|^tel|fax(番号)?$|ファ(ックス|クス)(番号)?$", re.I)
PREFECTURES: Final = 47
_WITHOUT_ZERO: Final = range(9, 11)
"""Digits of a Japanese telephone number that has lost its 0: 54-626-1111, 90-1234-5678."""


def find_errors(view: View) -> Iterator[Found]:
    """#REF!, #N/A and the like."""
    yield from (at_cell("", "error", place, cell) for place, cell in errors(view))


def errors(view: View) -> Iterator[tuple[Place, str]]:
    """The cells with an error, and the error."""
    yield from _matching(view, ERROR)


def find_cut_off(view: View) -> Iterator[Found]:
    """##### in the place of a value."""
    yield from (at_cell("", "cut_off", place, cell) for place, cell in _matching(view, CUT_OFF))


def find_formulas(view: View) -> Iterator[Found]:
    """Cells like formulas; in a workbook only texts that look like one (the rules judge real ones)."""
    yield from (at_cell("", "formula", place, cell) for place, cell in _matching(view, FORMULA))


def _matching(view: View, pattern: re.Pattern[str]) -> Iterator[tuple[Place, str]]:
    for at, cells in enumerate(view.columns):
        for row, cell in cells:
            if cell[0] in _FIRST and pattern.fullmatch(cell.strip()):
                yield (row, at), cell


def find_days(view: View) -> Iterator[Found]:
    """Days that do not exist in columns of days, and what is no day where nearly all is one."""
    for (row, at), what in days(view):
        yield at_cell("", what, (row, at), view.sheet.cells[row][at])


def days(view: View) -> Iterator[tuple[Place, str]]:
    """The cells of columns of days that are none, each with its kind."""
    for at, cells in enumerate(view.columns):
        is_headed = _DAY_HEAD.search(narrow(view.layout.heads[at])) is not None
        shaped = {
            row: cell for row, cell in cells if _FIGURE.search(cell) and _is_day_shaped(cell, is_headed)
        }
        # ways of writing the same choice or year are one value: a repair writes them alike
        different = {folded(western(cell)) for _, cell in cells if cell.strip() not in DITTO}
        share = len({folded(western(cell)) for cell in shaped.values()}) / max(1, len(different))
        if not shaped or not (is_headed or (share >= DAYS_SHARE and not _counts_more(cells, len(shaped)))):
            continue
        yield from (((row, at), "no_such_day") for row, cell in shaped.items() if read_date(cell) is None)
        if share >= NUMBERS_SHARE:
            odd = ((row, cell) for row, cell in cells if row not in shaped)
            yield from (((row, at), "not_a_day") for row, cell in odd if not _is_said(cell))


def is_no_day(cell: str, heading: str, of_days: bool) -> bool:
    """Whether a cell looks like a day and is none, in a column that is one of days by its heading or its other cells."""
    is_headed = of_days or _DAY_HEAD.search(narrow(heading)) is not None
    return (
        is_headed
        and _FIGURE.search(cell) is not None
        and _is_day_shaped(cell, True)
        and read_date(cell) is None
    )


def _counts_more(cells: Sequence[tuple[int, str]], days: int) -> bool:
    """Whether a column has more numbers than days: what looks like a day there is a stray among numbers."""
    return sum(1 for _, cell in cells if is_plain_number(cell) or read_dressed(cell) is not None) > days


def _is_day_shaped(cell: str, is_headed: bool) -> bool:
    if len(cell) > DAY_LENGTH_MAX:
        return False
    slim = narrow(cell).strip()
    return _DAY_SHAPED.fullmatch(slim) is not None or (
        is_headed and _EIGHT.fullmatch(slim) is not None and slim[:2] in ("18", "19", "20")
    )


def _is_said(cell: str) -> bool:
    """Whether a cell is an error, formula or the like, which is told as such, or a day with its time."""
    slim = cell.strip()
    return any(pattern.fullmatch(slim) for pattern in (ERROR, CUT_OFF, FORMULA)) or bool(
        iso_day(slim[:10].strip())
    )


def find_full_width(view: View) -> Iterator[Found]:
    """Full-width digits, letters and signs below headings that ask for half-width ones. Numbers that count are a matter of rule L2-01."""
    for at, cells in enumerate(view.columns):
        if at not in view.numbers and asks_half_width(view.layout.heads[at]):
            for row, cell in cells:
                if to_half_width(cell) != cell:
                    yield at_cell("", "full_width", (row, at), cell)


def to_half_width(cell: str) -> str:
    """A cell with half-width digits, letters and signs; kana stays as it is."""
    if cell.isascii():
        return cell
    return _WIDE.sub(lambda one: "-" if one.group() == "−" else narrow(one.group()), cell)


def find_lost_zeros(view: View) -> Iterator[Found]:
    """Codes of municipalities, postal codes and telephone numbers that begin with 0 and have lost it."""
    for (row, at), _ in lost_zeros(view):
        yield at_cell("", "lost_zero", (row, at), view.sheet.cells[row][at])


def lost_zeros(view: View) -> Iterator[tuple[Place, str]]:
    """The cells that have lost a 0, with what they should be."""
    for at, cells in enumerate(view.columns):
        head = narrow(view.layout.heads[at]).strip()
        if fold(head) in names_of(_MUNICIPALITY) or _CODE_HEAD.search(head):
            beside_six = any(len(cell.strip()) == 6 for _, cell in cells)
            found = [(row, cell) for row, cell in cells if _is_short_code(narrow(cell).strip(), beside_six)]
        elif _POSTAL_HEAD.search(head):
            found = [(row, cell) for row, cell in cells if re.fullmatch(r"\d{6}", narrow(cell).strip())]
        elif _PHONE_HEAD.search(head):
            found = [(row, cell) for row, cell in cells if _is_short_phone(narrow(cell).strip())]
        else:
            continue
        yield from (((row, at), f"0{cell.strip()}") for row, cell in found)


def _is_short_code(code: str, beside_six: bool) -> bool:
    """Whether 0 is missing before a code of a municipality (two digits of the prefecture, three of the municipality, a check digit): four
    digits are always too few; of five the first two are no prefecture, or the others of the column have six."""
    if not code.isdigit():
        return False
    if len(code) == 4:
        return True
    return (
        len(code) == 5
        and has_check_digit(f"0{code}")
        and (beside_six or not 1 <= int(code[:2]) <= PREFECTURES)
    )


def has_check_digit(code: str) -> bool:
    """Whether the last of six digits is the check digit of the others (全国地方公共団体コード: weights 6 to 2, modulo 11)."""
    total = sum(int(digit) * weight for digit, weight in zip(code[:5], (6, 5, 4, 3, 2), strict=True))
    return int(code[5]) == (11 - total % 11) % 10


def _is_short_phone(phone: str) -> bool:
    digits = re.sub(r"[-() ]", "", phone)
    return digits.isdigit() and len(digits) in _WITHOUT_ZERO and not digits.startswith("0")
