"""What somebody asked the finder of places, read out of the address, with what could not be understood said field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.kit.pages import PageAsk
from kaiteki.kit.query_fields import QueryField, one_of, text, whole
from kaiteki.model.words import Words
from kaiteki.services.opendata.finder import (
    PAGES_MAX,
    SHELTERS,
    Wish,
    find_centre,
    place_kinds,
    read_position,
)
from kaiteki.services.opendata.hazards import HAZARDS

NO_KIND: Final = Words(
    ja="この種類はありません。避難所・避難場所を出しています。",
    en="There is no such kind. Shelters and evacuation sites are shown instead.",
    easy="その 種類（しゅるい）は ありません。避難所（ひなんじょ）を 出（だ）して います。",
)
NO_HAZARD: Final = Words(
    ja="この災害は選べません。災害ではしぼらずに出しています。",
    en="There is no such hazard. Places for every hazard are shown.",
    easy="その 災害（さいがい）は えらべません。ぜんぶの 災害（さいがい）を 出（だ）して います。",
)
NO_POSITION: Final = Words(
    ja="緯度,経度として読めませんでした。欄の例のように書いてください。この欄は使わずに出しています。",
    en="This is no latitude, longitude; the field shows an example. What is shown does not use it.",
    easy="数字（すうじ）が ちがいます。れいの ように 書（か）いて ください。ここは 使（つか）って いません。",
)
NO_CENTRE: Final = Words(
    ja="この名前の場所は、まちのデータに見つかりませんでした。近い順ではなく、名前の順に出しています。",
    en="No place of this name was found in the data of the town. Places are shown by name, not by distance.",
    easy="その 名前（なまえ）の 場所（ばしょ）は ありませんでした。名前（なまえ）の じゅんに 出（だ）して います。",
)


class WishAsked(msgspec.Struct, frozen=True):
    """The wish that is answered, the words of the place it is near to, and by field what was not understood."""

    wish: Wish
    near_words: str = ""
    faults: Mapping[str, Words] = {}


ASKS: Final = {
    **dict.fromkeys(("q", "kind", "hazard", "near", "near_lat", "near_lon", "near_address"), text()),
    "page": whole(1, PAGES_MAX),
}
"""What the address of the finder may say; kind, hazard and position are looked at beside the form."""


def asks_of_files() -> dict[str, QueryField]:
    """What the address of a download of the finder may say."""
    kinds = (SHELTERS, *(one.name for one in place_kinds()))
    return {"q": text(), "kind": one_of(kinds), "hazard": one_of(HAZARDS)}


async def read_wish(ask: PageAsk) -> WishAsked:
    """What the query asks for. What nobody can understand is left out of the wish and said in the faults."""
    faults: dict[str, Words] = {}
    near = read_position(ask.query)
    if near is None and any(ask.query.get(name, "").strip() for name in ("near", "near_lat", "near_lon")):
        faults["near"] = NO_POSITION
    words = ask.query.get("near_address", "").strip()
    if near is None and words:
        near = await find_centre(ask.city, words)
        if near is None:
            faults["near_address"] = NO_CENTRE
    kind = ask.query.get("kind", SHELTERS)
    if kind not in {one.name for one in place_kinds()} | {SHELTERS, ""}:
        kind, faults["kind"] = SHELTERS, NO_KIND
    hazard = ask.query.get("hazard", "")
    if hazard and hazard not in HAZARDS:
        hazard, faults["hazard"] = "", NO_HAZARD
    wish = Wish(
        kind=kind,
        text=ask.query.get("q", "").strip(),
        hazard=hazard,
        near=near,
        page=int(ask.query.get("page") or 1),
    )
    return WishAsked(wish, words, faults)
