"""Photos of a report: the sender goes on at once, sees what everybody will see, and the desk knows whether faces were hidden."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import msgspec
import pytest
from PIL import Image
from starlette.applications import Starlette
from test_report_pages import PASSWORD, PLACE, open_portal, open_portal_of, report_town

from kaiteki.kit.files import Photo, photo_id
from kaiteki.ports.faces import Box
from reader import TOKEN, Answer, Reader
from town import BOSS

TOLD = re.compile(r"R-2026-\d{5}")
FILES = re.compile(r'src="(/demo/files/[0-9a-f]{64})"')


class Everything:
    """Takes every picture for one face."""

    def find(self, rgb: bytes, width_px: int, height_px: int) -> Sequence[Box]:
        """The whole picture."""
        return (Box(0, 0, width_px, height_px),)


def photo(colour: str) -> bytes:
    """A picture of stripes."""
    image = Image.new("RGB", (160, 120), colour)
    for x in range(0, 160, 8):
        image.paste("white", (x, 0, x + 4, 120))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


async def send_photos(reader: Reader, photos: Sequence[bytes]) -> Answer:
    """The third step of the journey, with files."""
    page = await reader.get("/demo/reports/new/photo")
    token = TOKEN.search(page.text)
    assert token is not None
    fields = {"csrf": token[1], "description": "ベンチの板が割れている", "answer-hurt": "yes"}
    body = b"".join(
        f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    for content in photos:
        head = 'content-disposition: form-data; name="photos"; filename="a.jpg"\r\ncontent-type: image/jpeg'
        body += f"--x\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return await reader.send(
        "/demo/reports/new/photo", body + b"--x--\r\n", "multipart/form-data; boundary=x"
    )


async def begin(app: Starlette) -> Reader:
    """Someone who has said what and where."""
    phone = Reader(app)
    await phone.get("/demo/reports/new")
    await phone.post("/demo/reports/new", {"category": "park"})
    await phone.post("/demo/reports/new/place", PLACE)
    return phone


@pytest.mark.parametrize("hides", [True, False])
async def test_the_sender_goes_on_and_sees_what_everybody_will_see(hides: bool) -> None:
    town = report_town(Everything() if hides else None)
    app = await open_portal_of(town)
    phone, desk = await begin(app), Reader(app)
    third = await send_photos(phone, [photo("red"), photo("blue"), photo("green")])
    assert third.headers["location"].endswith("/reports/new/check"), third.text
    check = (await phone.get("/demo/reports/new/check")).text
    assert ("写っている人の顔は自動でぼかしています" in check) is hides
    assert ("顔の自動ぼかしは動いていません" in check) is not hides
    addresses = FILES.findall(check)
    assert len(addresses) == 3
    number = (
        (await phone.post("/demo/reports/new/check", {"follow": "yes"})).headers["location"].rsplit("/", 1)[1]
    )
    await town.cities.darkroom.settle()
    for address in addresses:
        shown = await phone.get(address)
        assert (shown.status, shown.headers["content-type"]) == (200, "image/jpeg")
        with Image.open(io.BytesIO(shown.body)) as image:
            low, high = image.convert("L").getextrema()
        assert (high - low < 60) is hides
    await desk.sign_in("desk", PASSWORD)
    page = (await desk.get(f"/demo/reports/desk?open={number}")).text
    assert ("写真の顔を自動でぼかしていません" in page) is not hides


async def test_a_photo_on_its_way_and_one_that_is_refused_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaiteki.portal.pages.hall.PICTURE_WAIT_S", 0.01)
    town = report_town()
    app = await open_portal_of(town)
    phone = await begin(app)
    await send_photos(phone, [photo("red")])
    (address,) = FILES.findall((await phone.get("/demo/reports/new/check")).text)
    waiting = await phone.get(address)
    assert (waiting.status, waiting.headers["content-type"], waiting.headers["cache-control"]) == (
        202,
        "image/svg+xml",
        "no-store",
    )
    assert "写真を準備しています" in waiting.text
    await town.store.received.remove("demo", address.rsplit("/", 1)[1])
    await town.cities.darkroom.settle()
    refused = await phone.get(address)
    assert (refused.status, "この写真は表示できません" in refused.text) == (410, True)
    assert (await phone.get("/demo/files/" + "0" * 64)).status == 404


async def test_what_is_no_photo_is_said_at_its_field_and_more_than_three_are_too_many() -> None:
    app = await open_portal()
    phone = await begin(app)
    answer = await send_photos(phone, [photo("red"), b"GIF89a no photo"])
    assert (answer.status, "写真として読めません" in answer.text) == (422, True)
    assert len(FILES.findall(answer.text)) == 1
    many = await send_photos(phone, [photo("blue"), photo("green"), photo("black")])
    assert (many.status, "写真は3枚までです" in many.text) == (422, True)


async def test_an_address_that_was_kept_shows_nothing_once_the_photo_is_hidden() -> None:
    town = report_town()
    app = await open_portal_of(town)
    phone, stranger, desk = await begin(app), Reader(app), Reader(app)
    await send_photos(phone, [photo("red")])
    (address,) = FILES.findall((await phone.get("/demo/reports/new/check")).text)
    await town.cities.darkroom.settle()
    assert [(await one.get(address)).status for one in (phone, stranger)] == [200, 404], "nobody else yet"
    assert (await phone.get(address)).headers["cache-control"] == "no-store"
    await phone.post("/demo/reports/new/check", {})
    shown = await stranger.get(address)
    assert (shown.status, shown.headers["cache-control"]) == (200, "public, max-age=300, must-revalidate")
    again = Reader(app, **{"if-none-match": shown.headers["etag"]})
    assert ((await again.get(address)).status, (await again.get(address)).body) == (304, b"")
    await desk.sign_in("desk", PASSWORD)
    number = TOLD.findall((await desk.get("/demo/reports")).text)[0]
    page = f"/demo/reports/desk?open={number}"
    digest = address.rsplit("/", 1)[1]
    hidden = await desk.post(page, {"do": "hide", "number": number, "photo": digest})
    assert hidden.status == 303, hidden.text
    assert [(await one.get(address)).status for one in (phone, stranger, again, desk)] == [404, 404, 404, 200]
    assert (await desk.get(address)).headers["cache-control"] == "no-store"
    back = await desk.post(page, {"do": "publish", "number": number, "photo": digest})
    assert back.status == 303, back.text
    assert [(await one.get(address)).status for one in (phone, stranger, desk)] == [200, 200, 200]
    told = re.sub(r"<[^>]+>", "", (await stranger.get(f"/demo/reports/{number}")).text)
    assert "写真の公開を止めました" in told and "写真を公開しました" in told


async def test_the_files_behind_a_photo_have_no_address_of_their_own() -> None:
    """The picture and its small copy lie under their own digests: those are no way around the question who may see them."""
    town = report_town()
    phone = await begin(await open_portal_of(town))
    await send_photos(phone, [photo("red")])
    (address,) = FILES.findall((await phone.get("/demo/reports/new/check")).text)
    await town.cities.darkroom.settle()
    await phone.post("/demo/reports/new/check", {})
    kept = await town.city(BOSS).get(Photo, photo_id(address.rsplit("/", 1)[1]))
    assert kept is not None and kept.picture and kept.thumbnail
    for digest in (kept.picture, kept.thumbnail):
        assert (await phone.get(f"/demo/files/{digest}")).status == 404


async def test_the_same_file_sent_by_two_is_seen_by_both_and_by_nobody_else() -> None:
    town = report_town()
    app = await open_portal_of(town)
    one, other = await begin(app), await begin(app)
    for phone in (one, other):
        await send_photos(phone, [photo("red")])
    (address,) = FILES.findall((await one.get("/demo/reports/new/check")).text)
    await town.cities.darkroom.settle()
    assert [(await who.get(address)).status for who in (one, other, Reader(app))] == [200, 200, 404]


async def test_a_hidden_photo_that_is_sent_again_is_not_shown_and_its_sender_and_the_desk_are_told() -> None:
    town = report_town()
    app = await open_portal_of(town)
    numbers: list[str] = []
    phones = (await begin(app), await begin(app))
    for phone in phones:
        await send_photos(phone, [photo("red")])
        address = FILES.findall((await phone.get("/demo/reports/new/check")).text)[0]
        sent = await phone.post("/demo/reports/new/check", {})
        numbers.append(sent.headers["location"].rsplit("/", 1)[1])
    desk = Reader(app)
    await town.cities.darkroom.settle()
    await desk.sign_in("desk", PASSWORD)
    digest = address.rsplit("/", 1)[1]
    await desk.post(
        f"/demo/reports/desk?open={numbers[0]}", {"do": "hide", "number": numbers[0], "photo": digest}
    )
    stranger, other = Reader(app, accept="image/avif,image/webp,*/*"), Reader(app)
    shown = [await stranger.get(address), await stranger.get("/demo/files/" + "0" * 64)]
    assert shown[0].body == shown[1].body, "what is hidden looks as what never was"
    assert (shown[0].status, "この写真は表示していません" in shown[0].text) == (404, True)
    told = [(await one.get(f"/demo/reports/{numbers[1]}")).text for one in (phones[1], other)]
    assert ["公開していない写真があります" in text for text in told] == [True, False]
    page = (await desk.get(f"/demo/reports/desk?open={numbers[1]}")).text
    assert "ほかのレポートで公開を止めた写真です" in page and f"?open={numbers[0]}#detail" in page
    assert (await desk.get(address)).status == 200


async def test_a_digest_in_a_hidden_field_is_no_way_to_the_photo_of_another() -> None:
    town = report_town()
    app = await open_portal_of(town)
    phone, thief = await begin(app), await begin(app)
    await send_photos(phone, [photo("red")])
    (address,) = FILES.findall((await phone.get("/demo/reports/new/check")).text)
    named = msgspec.json.encode({"digest": address.rsplit("/", 1)[1], "words": "", "look": ""}).decode()
    fields = {
        "category": "park",
        "place_address": "北区",
        "description": "ベンチ",
        "kept": named,
    }
    answer = await thief.post("/demo/reports/new/offline", fields)
    assert (answer.status, "もう一度選んでください" in answer.text) == (422, True), answer.text
    assert (await thief.get(address)).status == 404
