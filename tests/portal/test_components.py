"""The components say what they promise."""

import re

from kaiteki.model.decision import Fault
from kaiteki.model.words import Words
from kaiteki.portal.assets import Assets
from kaiteki.portal.charts import Point, draw_line
from kaiteki.portal.pictures import Ground, draw_map
from kaiteki.portal.render import Renderer

NAME_ON_MAP = re.compile(r'class="m-name" x="([-\d.]+)" y="([-\d.]+)" text-anchor="middle">([^<]+)<')
RENDERER = Renderer((), Assets())
WRONG = Fault(
    "title",
    "missing",
    Words("件名を書いてください", "Please write a title", "題（だい）を 書（か）いて ください"),
)


def say(source: str, language: str = "ja", **values: object) -> str:
    """A piece of template, rendered as a page of that language would."""
    return RENDERER.piece(source, language, values)


def test_a_field_ties_label_hint_and_error_together() -> None:
    html = say("{{ ui.field('title', '件名', 'x<y', hint='短く', error=e, must=true) }}", e=WRONG.words)
    assert '<label for="title">件名' in html
    assert 'aria-describedby="title-hint title-error" aria-invalid="true"' in html
    assert 'value="x&lt;y"' in html
    assert "必須" in html and "件名を書いてください" in html


def test_an_error_summary_links_to_the_fields() -> None:
    html = say("{{ ui.errors(faults) }}", "en", faults=[WRONG])
    assert '<a href="#title">Please write a title</a>' in html
    assert say("{{ ui.errors([]) }}").strip() == ""


def test_a_heading_breaks_between_phrases() -> None:
    assert say("{{ '千葉市で、きょう何をしますか'|wbr }}") == "千葉市で、<wbr>きょう<wbr>何を<wbr>しますか"
    assert say("{{ '<b>'|wbr }}") == "&lt;b&gt;"


def test_an_unknown_number_is_said_as_unknown() -> None:
    html = say("{{ ui.tile('気温', none, '度') }}")
    assert "不明" in html and "0" not in html


def test_a_name_in_japanese_is_marked_in_an_english_page() -> None:
    assert say("{{ '本町小学校'|ja }}", "en") == '<span lang="ja">本町小学校</span>'
    assert say("{{ '本町小学校'|ja }}", "ja") == "本町小学校"


def test_map_places_pins_within_the_picture_and_escapes() -> None:
    items = [
        {"lon": 140.10, "lat": 35.60, "title": "<港>", "href": "/a/1", "state": "good"},
        {"lon": 140.20, "lat": 35.65, "title": "駅", "href": "/a/2", "state": "bad"},
    ]
    picture = draw_map(items, Ground(), (140.15, 35.62), "2件")
    assert picture.count('class="m-pin') == 2
    assert "&lt;港&gt;" in picture and "<港>" not in picture


def test_a_line_breaks_at_a_gap() -> None:
    points = [Point("9時", 1.0), Point("10時", 2.0), Point("11時", None), Point("12時", 1.0)]
    assert draw_line(points, "待ち").count('class="stroke"') == 2


def test_names_on_a_map_never_cover_each_other_nor_the_place_of_the_reader() -> None:
    """Names that lie on one another are moved apart; one without any room is left out, and none lies outside."""
    crowd = [(f"{n}番町", (140.0 + n % 3 * 0.0004, 35.0 + n // 3 * 0.0002)) for n in range(12)]
    picture = draw_map([], Ground(names=[*crowd, ("海", (150.0, 35.0))]), (140.0, 35.0), "12の町")
    drawn = [(float(x), float(y), name) for x, y, name in NAME_ON_MAP.findall(picture)]
    assert 2 <= len(drawn) < 12 and "海" not in {name for _, _, name in drawn}
    assert all(
        abs(x - other_x) >= 60 or abs(y - other_y) >= 28
        for at, (x, y, _) in enumerate(drawn)
        for other_x, other_y, _ in drawn[at + 1 :]
    )
