"""The body that publishes a table, as the columns of the standard ask for it, and whose a record is.

    cells of the record ─► names the area, or nobody, and the table is the area's own ─► code, body, prefecture, city of the area
                        └► names somebody else, or the table is somebody else's ───────► what the cells say, and what follows from them

Nothing of the area ever stands in a cell of a table that somebody else publishes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from typing import Any, Final

import msgspec

from kaiteki.model.addresses import PREFECTURES, prefecture_of
from kaiteki.model.area import Area
from kaiteki.services.opendata.standard.order import Of

_CODE_LENGTH: Final = 5
"""Digits of a municipality code without its check digit."""


class Body(msgspec.Struct, frozen=True):
    """The body that publishes, as the standard writes it: the code of six digits, 静岡県焼津市, 静岡県, 焼津市. Of nobody all are empty."""

    code: str = ""
    body: str = ""
    prefecture: str = ""
    city: str = ""

    def say(self, of: Of) -> str:
        """What a column asks for."""
        return str(getattr(self, of)) if of else ""


NOBODY_KNOWN: Final = Body()
"""Where nobody knows the area beforehand: cells that ask for it stay empty."""


def body_of(area: Area | None) -> Body:
    """The body of an area: the prefecture is that of its code (JIS X 0401), a prefecture has no 市区町村. Of a sample area nothing is said."""
    if area is None or area.sample:
        return NOBODY_KNOWN
    prefecture = prefecture_of(area.code)
    city = "" if area.words.ja == prefecture else area.words.ja
    return Body(area.code, prefecture + city, prefecture, city)


def body_of_table(source: str, area: Area | None) -> Body:
    """The body of an area where a table is its own: nobody is stated as its source, or the area is. 焼津市 is not 津市: what stands before
    the name is nothing, its prefecture, or no letter."""
    own = body_of(area)
    said = unicodedata.normalize("NFKC", source).strip()
    if own == NOBODY_KNOWN or area is None or not said:
        return own
    before = rf"(?:^|\W|{re.escape(own.prefecture)})" if own.city else r"(?:^|\W)"
    names = "|".join(re.escape(one) for one in (area.words.ja, area.words.en) if one)
    return own if re.search(rf"{before}(?:{names})", said, re.IGNORECASE) else NOBODY_KNOWN


def body_of_record(record: Any, own: Body, asked: Set[Of]) -> Body:
    """Whose a record is: `own` where it says nothing else, else what it says. `asked` are the columns of its edition that ask for the body:
    where they do not ask for a prefecture, that of the record is where it lies."""
    said = Body(
        getattr(record, "localGovernmentCode", ""),
        getattr(record, "localGovernmentName", ""),
        getattr(record, "prefecture", "") if "prefecture" in asked else "",
        getattr(record, "city", "") if "city" in asked else "",
    )
    if own != NOBODY_KNOWN and not _differs(said, own):
        return own
    prefecture, city = _parted(said.body)
    prefecture = said.prefecture or prefecture or prefecture_of(said.code)
    city = said.city or city
    named = said.body or (prefecture + city if city else "")
    return Body(said.code, named, prefecture, city)


def _differs(said: Body, own: Body) -> bool:
    """Whether a record names somebody else."""
    code = said.code.strip()
    if code and code[:_CODE_LENGTH] != own.code[:_CODE_LENGTH]:
        return True
    told = ((said.body, (own.body, own.city)), (said.prefecture, (own.prefecture,)), (said.city, (own.city,)))
    return any(text.strip() not in ("", *known) for text, known in told)


def _parted(body: str) -> tuple[str, str]:
    """静岡県焼津市 as 静岡県 and 焼津市; two empty texts where no prefecture begins it."""
    found = next((one for one in PREFECTURES if body.startswith(one)), "")
    return found, body.removeprefix(found) if found else ""
