"""A consent on paper at the desk, on a whole node: the person by any of their numbers, the text in force, each error at its field, the receipt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import pytest
from personal_city import TOKEN
from whole_node import AREA, Asker, Reply, WholeNode, whole_node

from kaiteki.kit.consents import consent_id

PAGE: Final = f"/{AREA}/trust/paper"
PURPOSE, EMAIL = "reports.forward", "ReportContact.email"
GROUPED: Final = re.compile(r"pair-(?:[0-9a-f]{4} ){5}[0-9a-f]{4}")
WHOLE: Final = {
    "do": "record",
    "purpose": PURPOSE,
    "version": "1",
    "decision": "given",
    "items": EMAIL,
    "how": "post",
    "signed_on": "2026-06-01",
    "paper": "総務課 2026-6",
    "seen": "yes",
    "key": "k1",
}


async def post(node: WholeNode, asker: Asker, fields: Mapping[str, str], language: str = "ja") -> Reply:
    page = await node.ask("GET", f"/{AREA}/sign-in", None, asker.headers)
    token = TOKEN.search(page.body.decode())
    assert token is not None
    sent = {**asker.headers, "content-type": "application/x-www-form-urlencoded"}
    body = urlencode({"csrf": token[1], **{name: text for name, text in fields.items() if text}}).encode()
    return await node.send("POST", f"{PAGE}?lang={language}", body, sent)


def _faults(page: str) -> list[str]:
    """What a page says is wrong."""
    return re.findall(r'<a href="#[^"]*">[^<]*', page)


async def _resident(node: WholeNode) -> Asker:
    """Somebody whom the services know: who has opened a page of each."""
    hanako = await node.person("hanako", "resident")
    for path in ("my/data", "my/reports"):
        assert (await node.ask("GET", f"/{AREA}/{path}", None, hanako.headers)).status == 200
    return hanako


async def agreed(node: WholeNode, person: Asker) -> Mapping[str, frozenset[str]]:
    return await node.node.joined.engine.consents.in_force(AREA, [person.known["trust"]], PURPOSE)


async def test_from_the_menu_to_the_receipt(tmp_path: Path) -> None:
    async with whole_node(tmp_path / "data") as node:
        desk, hanako = await node.person("desk", "staff"), await _resident(node)
        menu = (await node.ask("GET", f"/{AREA}/desk", None, desk.headers)).body.decode()
        assert f'href="{PAGE}"' in menu
        begin = (await node.ask("GET", PAGE, None, desk.headers)).body.decode()
        assert "まちレポ：" in begin and f'value="{PURPOSE}"' in begin
        # what the person reads out is what their page shows
        told = (await node.ask("GET", f"/{AREA}/my/data", None, hanako.headers)).body.decode()
        number = GROUPED.findall(told)[-1]
        looked = await post(node, desk, {"do": "look", "holder": number, "purpose": PURPOSE})
        form = looked.body.decode()
        assert looked.status == 200 and 'name="version" value="1"' in form and number in form
        for item in ("email", "phone", "name"):
            assert f'value="ReportContact.{item}"' in form
        kept = await post(node, desk, {**WHOLE, "holder": number})
        receipt = kept.body.decode().replace("<wbr>", "").replace("\u200b", "")
        assert kept.status == 200, receipt
        for said in ("同意の控え", "郵送で届いた", "2026年6月1日", number):
            assert said in receipt, said
        assert consent_id(hanako.known["trust"], PURPOSE) in receipt
        assert await agreed(node, hanako) == {hanako.known["trust"]: frozenset({EMAIL})}
        assert (
            "郵送の書面で"
            in (
                await node.ask("GET", f"/{AREA}/my/consents/{PURPOSE}/receipt", None, hanako.headers)
            ).body.decode()
        )
        # sent once more it is the same paper
        again = await post(node, desk, {**WHOLE, "holder": number})
        assert again.status == 200
        listed = (
            await node.ask("GET", f"/{AREA}/my/consents/{PURPOSE}/receipt", None, hanako.headers)
        ).body.decode()
        assert listed.count("郵送の書面で") == 1
        # a paper that says no, by the number of another service
        refused = {
            **WHOLE,
            "decision": "refused",
            "items": "",
            "key": "k2",
            "holder": hanako.known["reports"],
        }
        said = await post(node, desk, refused)
        assert said.status == 200 and "どれにも同意しない" in said.body.decode(), _faults(said.body.decode())
        assert not (await agreed(node, hanako)).get(hanako.known["trust"])
        # and by the number of the account
        assert (await post(node, desk, {**WHOLE, "key": "k3", "holder": hanako.account})).status == 200
        assert await agreed(node, hanako) == {hanako.known["trust"]: frozenset({EMAIL})}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"holder": "pair-0000"}, "holder", "当たる人は見つかりません"),
        ({"holder": ""}, "holder", "本人の番号"),
        ({"purpose": "none"}, "purpose", "何についての同意か"),
        ({"version": "7"}, "version", "いま使われているものと違います"),
        ({"decision": ""}, "decision", "本人が決めたこと"),
        ({"items": ""}, "items", "同意する項目"),
        ({"decision": "refused"}, "items", "同意する項目"),
        ({"signed_on": ""}, "signed_on", "署名の日"),
        ({"signed_on": "2999-01-01"}, "signed_on", "日付として正しく"),
        ({"paper": ""}, "paper", "同意書の保管場所"),
        ({"how": "x"}, "how", "受け取り方"),
        ({"seen": ""}, "seen", "確かめたこと"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_not_lost(
    tmp_path: Path, changes: dict[str, str], field: str, words: str
) -> None:
    async with whole_node(tmp_path / "data") as node:
        desk, hanako = await node.person("desk", "staff"), await _resident(node)
        sent = {**WHOLE, "holder": hanako.known["trust"], **changes}
        page = await post(node, desk, sent)
        text = page.body.decode()
        assert page.status == 422 and f'href="#{field}"' in text and words in text, _faults(text)
        if field not in ("holder", "purpose"):
            assert "総務課 2026-6" in text or field == "paper"
            assert hanako.known["trust"][5:9] in text
        assert not await agreed(node, hanako)


async def test_the_page_is_there_in_three_languages_for_staff_alone(tmp_path: Path) -> None:
    async with whole_node(tmp_path / "data") as node:
        desk, hanako = await node.person("desk", "staff"), await _resident(node)
        assert (await node.ask("GET", PAGE, None, hanako.headers)).status == 403
        for language, words in (("en", "Write down a consent on paper"), ("ja-easy", "を 書（か）く")):
            page = await node.ask("GET", f"{PAGE}?lang={language}", None, desk.headers)
            assert words in page.body.decode()
        form = await node.ask("GET", f"/{AREA}/desk/trust/do/record", None, desk.headers)
        assert (form.status, form.headers["location"]) == (303, PAGE), "no form of bare ids"
