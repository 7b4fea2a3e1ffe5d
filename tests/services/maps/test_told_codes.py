"""Laws of codes in layers: a site tells the hazards it is for in the language of the reader, and no layer calls itself fit for all of them."""

from __future__ import annotations

import pytest
from map_town import look, map_town, put, take_over

from kaiteki.kit.pages import PageAsk, Shown
from kaiteki.main.cities import load_city, load_service_settings
from kaiteki.model.access import NOBODY
from kaiteki.model.words import Words
from kaiteki.services.maps import listed
from kaiteki.services.maps.model import Item
from kaiteki.services.maps.settings import Settings, Told
from kaiteki.services.maps.view import show_map
from town import Town

SITES = Told(
    name="sites",
    title=Words("避難場所", "Evacuation sites", "にげる 場所"),
    collection="EvacuationSite",
    geometry="point",
    items=(
        Item("name", Words("名前", "Name"), role="title"),
        Item("hazards", Words("使える災害", "For these hazards", "つかえる 災害")),
    ),
)
SAID = {
    "ja": "地震、津波、独自の災害",
    "en": "Earthquake, Tsunami, 独自の災害",
    "ja-easy": "地震（じしん）、津波（つなみ）、独自の災害",
}
AT = "141.02,35.35"


async def sites() -> Town:
    town = map_town(SITES)
    await take_over(town)
    place = {"type": "Point", "coordinates": [141.02, 35.35]}
    await put(
        town,
        "EvacuationSite",
        "1",
        place,
        name="港小学校",
        hazards=["earthquake", "tsunami", "独自の災害"],
    )
    return town


def ask(town: Town, language: str, path: dict[str, str], **query: str) -> PageAsk:
    city = town.city(NOBODY, language=language)
    return PageAsk(
        "demo", path, query, {}, {}, NOBODY, language, town.clock.now(), 1, city, Settings(),
        town=load_city("demo"),
    )  # fmt: skip


@pytest.mark.parametrize("language", list(SAID))
async def test_codes_are_said_in_words_in_the_list_on_the_map_and_at_the_place(language: str) -> None:
    town = await sites()
    page = await listed.show_layer(ask(town, language, {"id": "sites"}))
    assert isinstance(page, Shown)
    assert [row[1]["text"] for row in page.values["rows"]] == [SAID[language]]
    drawn = await show_map(ask(town, language, {}, layers="sites", at=AT, z="16"))
    assert isinstance(drawn, Shown)
    (feature,) = drawn.values["seen"][0]["features"]
    assert feature.text == f"{SITES.items[1].words.say(language)} {SAID[language]}"
    if language == "ja":
        here = await look(town, at=AT)
        rows = [row for group in here.values["near"] for row in group["rows"]]
        facts = [fact["text"] for row in rows for fact in row["facts"]]
        assert facts == [SAID["ja"]]


@pytest.mark.parametrize("area", ("chiba", "demo", "kashiwa", "yaizu"))
def test_every_layer_of_evacuation_sites_tells_the_hazards_of_each(area: str) -> None:
    said = load_service_settings(area, "maps", Settings)
    of_sites = ("EvacuationSite", "222127-evacuation-space-cff6de60")
    layers = [one for one in said.every if one.collection in of_sites]
    assert layers
    for one in layers:
        assert "hazards" in [item.property for item in one.items], one.name
        assert "すべての災害" not in one.title.ja and "all hazards" not in one.title.en, one.name
