"""What the address of a table says of its form: encoding, byte order mark, headings, edition. What nobody can understand is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.kit.query_fields import QueryField, faults_of
from kaiteki.model.decision import Fault
from kaiteki.model.words import Words
from kaiteki.services.opendata.standard.order import editions

Encoding: TypeAlias = Literal["utf-8", "cp932"]
Headings: TypeAlias = Literal["standard", "file"]

ENCODINGS: Final[Mapping[str, Encoding]] = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "cp932": "cp932",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
}
"""What `encoding` may say (any case), and what it means: Shift_JIS is what Windows calls so (cp932)."""
YES: Final[Mapping[str, bool]] = {"1": True, "0": False}
HEADINGS: Final[Mapping[str, Headings]] = {"standard": "standard", "file": "file"}

BAD_ENCODING: Final = Words(
    ja="文字コードは utf-8 か shift_jis を指定してください。",
    en="The encoding is utf-8 or shift_jis.",
    easy="文字（もじ）の しゅるいは utf-8 か shift_jis です。",
)
BAD_BOM: Final = Words(
    ja="bom は 1（付ける）か 0（付けない）です。",
    en="bom is 1 (with) or 0 (without).",
    easy="bom は 1（つける）か 0（つけない）です。",
)
BAD_HEADINGS: Final = Words(
    ja="headings は standard（標準の項目名）か file（もとのファイルの項目名）です。",
    en="headings is standard (those of the standard) or file (those of the file that came in).",
    easy="headings は standard（きまった なまえ）か file（もとの なまえ）です。",
)


BAD_IDS: Final = Words(
    ja="ids は 1（最後の列に付ける）か 0（付けない）です。",
    en="ids is 1 (as a last column) or 0 (without).",
    easy="ids は 1（つける）か 0（つけない）です。",
)


BAD_EDITION: Final = Words(
    ja="edition は municipal（自治体標準オープンデータセット正式版）か recommended（推奨データセット）です。",
    en="edition is municipal (municipal standard open data set) or recommended (recommended data set of 2017 to 2022).",
    easy="edition は municipal か recommended です。",
)
NO_EDITION: Final = Words(
    ja="このデータのその版の項目順は分かっていません。edition を外すと保存できます。",
    en="The columns of this table in that edition are not known. Please leave out edition.",
    easy="その 形（かたち）は ありません。edition を とって ください。",
)
"""Of a table of which an edition is asked for that is not known, or for its own headings at the same time."""


class Form(msgspec.Struct, frozen=True):
    """How a table is written. A mark is there unless it is said otherwise: spreadsheets take UTF-8 without one for Shift_JIS."""

    encoding: Encoding = "utf-8"
    bom: bool = True
    headings: Headings = "standard"
    ids: bool = False
    """Whether a last column holds the ids of the records."""
    edition: str = ""
    """The edition of the standard in whose columns it comes; empty: that of the table."""
    every_item: bool = False
    """Whether the items come that no record fills, beyond those of the edition: changes tell of what was there, too."""

    @property
    def name(self) -> str:
        """What tells this form from the others."""
        return f"{self.encoding}{'+bom' if self.bom and self.encoding == 'utf-8' else ''} {self.headings}{' ids' if self.ids else ''}{self.edition and f' {self.edition}'}"


FORM: Final[Mapping[str, QueryField]] = {
    "encoding": QueryField(lambda text: text.lower() in ENCODINGS, BAD_ENCODING),
    "bom": QueryField(lambda text: text in YES, BAD_BOM),
    "headings": QueryField(lambda text: text in HEADINGS, BAD_HEADINGS),
    "ids": QueryField(lambda text: text in YES, BAD_IDS),
    "edition": QueryField(lambda text: text in editions(), BAD_EDITION),
}
"""What the fields of the address of a table may say."""


def read_form(query: Mapping[str, str]) -> Form | tuple[Fault, ...]:
    """The form that a query asks for, or why it asks for none. An empty field says nothing, but an empty edition names none that there is."""
    told = {name: value for name, value in query.items() if name in FORM and value}
    faults = faults_of(FORM, told.items())
    if query.get("edition") == "":
        faults = (*faults, Fault("edition", "unfit", BAD_EDITION))
    if faults:
        return faults
    return Form(
        ENCODINGS[told.get("encoding", "utf-8").lower()],
        YES[told.get("bom", "1")],
        HEADINGS[told.get("headings", "standard")],
        YES[told.get("ids", "0")],
        told.get("edition", ""),
    )
