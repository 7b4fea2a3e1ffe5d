"""Laws of the registers of the reports in the back office: words for every code, the way to the desk instead of commands."""

from __future__ import annotations

import re

import pytest
from report_samples import done
from test_report_pages import PASSWORD, open_portal_of, report_town, send_report

from kaiteki.model.words import LANGUAGES
from kaiteki.services.reports.model import report_id
from reader import Reader
from town import BOSS

NAMES = r"acc-\w+|true|[a-z]+[A-Z]\w+|[a-z]+_[a-z_]+"
CODES = {
    "ja": re.compile(rf"\b(park|parks|office|received|usual|normal|problem|web|{NAMES})\b"),
    "en": re.compile(rf"\b(parks|usual|{NAMES})\b"),
}
WORDS = {
    "ja": ("公園", "公園緑地課", "行政対応", "担当を決める", "市民のページ"),
    "ja-easy": ("市役所（しやくしょ）が なおします", "たんとうを きめる"),
    "en": ("Parks", "With the office", "Assign", "Web page"),
}


def read_aloud(page: str) -> str:
    """The text of the main part of a page, without what leads elsewhere and without ids."""
    main = page.partition("<main")[2].partition("</main>")[0].partition('class="desk-main')[2]
    return re.sub(r"urn:ngsi-ld:\S+", "", re.sub(r"<[^>]+>", " ", main.partition(">")[2]))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_register_says_words_and_leads_to_the_desk(language: str) -> None:
    town = report_town()
    app = await open_portal_of(town)
    number = await send_report(Reader(app))
    await done(town, "assign", {"id": report_id(number), "office": "parks"}, BOSS)
    clerk = Reader(app)
    await clerk.sign_in("desk", PASSWORD)
    await clerk.get(f"/demo/?lang={language}")
    listed = (await clerk.get("/demo/desk/reports/Report")).text
    one = (await clerk.get(f"/demo/desk/reports/Report/{report_id(number)}")).text
    codes = CODES["en" if language == "en" else "ja"]
    assert [codes.findall(read_aloud(page)) for page in (listed, one)] == [[], []]
    assert [word for word in WORDS[language] if word not in read_aloud(one)] == []
    assert "/do/" not in listed + one
    assert f'href="/demo/reports/desk?open={report_id(number)}"' in one
    worked = (await clerk.get(f"/demo/reports/desk?open={report_id(number)}")).text
    assert f'id="detail" aria-label="{number}"' in worked


async def test_a_register_is_filtered_by_words() -> None:
    app = await open_portal_of(report_town())
    number = await send_report(Reader(app))
    clerk = Reader(app)
    await clerk.sign_in("desk", PASSWORD)
    page = (await clerk.get("/demo/desk/reports/Report")).text
    assert re.search(r'<select[^>]*name="f\.office".*?<option value="parks">公園緑地課', page, re.DOTALL)
    assert number in (await clerk.get("/demo/desk/reports/Report?f.office=parks")).text
    assert number not in (await clerk.get("/demo/desk/reports/Report?f.office=waste")).text
