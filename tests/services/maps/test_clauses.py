"""Laws of clauses: each one that the layers cite is readable in English, both are shown, and nothing is made up for what cannot be read."""

from __future__ import annotations

import pytest

from kaiteki.main.cities import known_cities, load_service_settings
from kaiteki.model.words import Words
from kaiteki.services.maps.browse import said_of
from kaiteki.services.maps.clauses import in_english
from kaiteki.services.maps.model import Ground
from kaiteki.services.maps.settings import Settings


@pytest.mark.parametrize(
    ("clause", "english"),
    [
        ("8条1項1号", "Article 8(1)(i)"),
        ("第八条第一項第十二号", "Article 8(1)(xii)"),
        ("４２条１項５号", "Article 42(1)(v)"),
        ("49条の4第1項", "Article 49-4(1)"),
        ("12条の5", "Article 12-5"),
        ("12条の5の2第3項1号の4", "Article 12-5-2(3)(i)-4"),
        ("14条1項・4項", "Article 14(1) and (4)"),
        ("2条17号・35条", "Article 2(xvii) and Article 35"),
        ("48条10項・別表第二（ぬ）", "Article 48(10) and Appended Table 2 (nu)"),
        ("48条1項・別表第二（い）", "Article 48(1) and Appended Table 2 (i)"),
        ("別表第三", "Appended Table 3"),
        ("附則3条2項", "Supplementary Provisions, Article 3(2)"),
        ("百二十五条", "Article 125"),
        ("8条、9条・10条", ""),
        ("告示第12号の別紙", ""),
        ("(い)", ""),
        ("・", ""),
        ("", ""),
    ],
)
def test_a_clause_reads_in_english_as_laws_are_cited_there(clause: str, english: str) -> None:
    assert in_english(clause) == english


@pytest.mark.parametrize("area", known_cities())
def test_every_clause_of_the_areas_is_readable_in_english(area: str) -> None:
    for layer in load_service_settings(area, "maps", Settings).every:
        items = [one.ground for one in layer.items if one.ground is not None]
        classes = [ground for one in layer.style.classes for ground in one.grounds]
        for ground in (*layer.grounds, *items, *classes):
            assert not ground.clause or in_english(ground.clause), (layer.name, ground.clause)


def test_both_are_shown_to_who_reads_english_and_what_cannot_be_read_as_it_is() -> None:
    ground = Ground(Words("都市計画法", "City Planning Act"), "8条1項1号")
    assert [said_of(ground, one)["clause"] for one in ("ja", "ja-easy")] == ["8条1項1号"] * 2
    told = said_of(ground, "en")
    assert (told["clause"], told["original"]) == ("Article 8(1)(i)", "8条1項1号")
    odd = said_of(Ground(Words("条例", "Ordinance"), "別紙のとおり"), "en")
    assert (odd["clause"], odd["original"]) == ("別紙のとおり", "")
