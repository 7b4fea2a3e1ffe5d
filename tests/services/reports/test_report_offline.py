"""Reports on one page and photos first: what a browser sends later arrives once, and nothing that was given gets lost."""

from __future__ import annotations

import io
import json
import re
from fractions import Fraction

from PIL import ExifTags, Image
from test_report_pages import open_portal

from kaiteki.services.reports.looks import place_of
from reader import TOKEN, Answer, Reader

PAGE = "/demo/reports/new/offline"
REPORT = {
    "category": "park", "place_address": "丘区域 桜木公園", "place_lat": "35.358", "place_lon": "141.05",
    "description": "ブランコの鎖", "answer-hurt": "yes", "follow": "yes",
}  # fmt: skip


def photo_taken_at(latitude: float, longitude: float) -> bytes:
    """A JPEG into which a camera wrote where it was."""
    told = Image.Exif()
    where = told.get_ifd(ExifTags.IFD.GPSInfo)
    for reference, value, name, degrees in (
        (ExifTags.GPS.GPSLatitudeRef, "N", ExifTags.GPS.GPSLatitude, latitude),
        (ExifTags.GPS.GPSLongitudeRef, "E", ExifTags.GPS.GPSLongitude, longitude),
    ):
        minutes = degrees % 1 * 60
        where[reference] = value
        where[name] = (int(degrees), int(minutes), float(Fraction(minutes % 1 * 60).limit_denominator(1000)))
    content = io.BytesIO()
    Image.effect_noise((64, 48), 90).convert("RGB").save(content, "JPEG", exif=told)
    return content.getvalue()


async def send_form(
    reader: Reader, path: str, fields: dict[str, str], photos: tuple[bytes, ...] = ()
) -> Answer:
    """POST a form with photos, as a browser does."""
    token = TOKEN.search((await reader.get(path)).text)
    edge = "edge-of-a-part"
    parts = [
        f'--{edge}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in {**fields, "csrf": token[1] if token else ""}.items()
    ]
    parts += [
        f'--{edge}\r\ncontent-disposition: form-data; name="photos"; filename="{n}.jpg"\r\n'
        "content-type: image/jpeg\r\n\r\n".encode()
        + photo
        + b"\r\n"
        for n, photo in enumerate(photos)
    ]
    body = b"".join(parts) + f"--{edge}--\r\n".encode()
    return await reader.send(path, body, f"multipart/form-data; boundary={edge}")


async def test_what_a_browser_sends_again_is_one_report() -> None:
    phone = Reader(await open_portal())
    photo = photo_taken_at(35.358, 141.05)
    fields = {**REPORT, "script": "yes", "key": "k-1"}
    answers = [await send_form(phone, PAGE, fields, (photo,)) for _ in range(3)]
    told = [json.loads(one.body) for one in answers]
    assert [one.status for one in answers] == [200, 200, 200]
    assert told == [told[0]] * 3 and told[0]["state"] == "arrived"
    other = await send_form(phone, PAGE, {**fields, "description": "書き直した"}, (photo,))
    assert (other.status, json.loads(other.body)["state"]) == (409, "late")
    assert (await phone.get("/demo/reports")).text.count("ブランコの鎖") > 0
    assert (await phone.get(f"/demo/reports/{told[0]['number']}")).text.count("/demo/files/") > 0


async def test_a_browser_hears_in_its_language_what_to_correct() -> None:
    phone = Reader(await open_portal(), **{"accept-language": "en"})
    answer = await send_form(phone, PAGE, {"script": "yes", "key": "k-2", "category": "park"})
    said = json.loads(answer.body)
    assert (answer.status, said["state"]) == (422, "refused")
    assert "Please say where it is: an address, a landmark or a position." in said["words"]


async def test_the_one_page_works_without_a_script() -> None:
    phone = Reader(await open_portal())
    wrong = await send_form(phone, PAGE, {"category": "park", "place_address": "丘区域"})
    assert wrong.status == 422 and 'data-for="park">' in wrong.text
    sent = await send_form(phone, PAGE, REPORT)
    assert (sent.status, "/reports/done/R-" in sent.headers["location"]) == (303, True)


async def test_a_photo_may_come_first_and_says_where() -> None:
    phone = Reader(await open_portal())
    start = "/demo/reports/new"
    kept = await send_form(phone, start, {"keep": "yes"}, (photo_taken_at(35.3581, 141.0502),))
    assert kept.status == 200 and kept.text.count('name="drop"') == 1
    assert (await phone.get(start)).text.count('name="drop"') == 1
    chosen = await phone.post(start, {"category": "park"})
    assert chosen.headers["location"].endswith("/place")
    place = (await phone.get("/demo/reports/new/place")).text
    assert 'value="35.3581"' in place and 'value="141.0502"' in place and "写真を撮った場所" in place
    await phone.post(
        "/demo/reports/new/place", {"place_address": "", "place_lat": "35.3581", "place_lon": "141.0502"}
    )
    check = await phone.post("/demo/reports/new/photo", {"description": "ベンチ", "answer-hurt": "yes"})
    assert check.headers["location"].endswith("/check")
    assert (await phone.get("/demo/reports/new/check")).text.count("/demo/files/") > 0


async def test_half_a_step_is_kept_without_being_checked() -> None:
    phone = Reader(await open_portal())
    await phone.post("/demo/reports/new", {"category": "park"})
    for path, fields, there in (
        ("/demo/reports/new/place", {"place_address": "丘区域 桜"}, "丘区域 桜"),
        ("/demo/reports/new/photo", {"description": "鎖が切れそ"}, "鎖が切れそ"),
    ):
        assert (await phone.post(path, {**fields, "keep": "yes"})).status == 204
        assert there in (await phone.get(path)).text


async def test_the_next_report_nearby_keeps_the_place_and_what_is_written_of_it() -> None:
    phone = Reader(await open_portal())
    sent = await send_form(phone, PAGE, {**REPORT, "key": "k-3"})
    number = sent.headers["location"].rpartition("/")[2]
    again = f"/demo/reports/new?again={number}"
    assert f"({number})" in (await phone.get(again + "&lang=en")).text
    chosen = await phone.post("/demo/reports/new", {"category": "graffiti"})
    assert chosen.headers["location"].endswith("/photo")
    assert (
        await phone.post("/demo/reports/new/photo", {"description": "もう1つ", "keep": "yes"})
    ).status == 204
    await phone.get(again)
    assert "もう1つ" in (await phone.get("/demo/reports/new/photo")).text


def test_only_a_position_on_earth_is_taken_from_a_photo() -> None:
    assert place_of(photo_taken_at(35.3581, 141.0502)) == (141.0502, 35.3581)
    assert place_of(photo_taken_at(0, 0)) is None
    assert place_of(b"no picture") is None
    assert re.fullmatch(
        r"\(141\.\d{1,4}, 35\.\d{1,4}\)", str(place_of(photo_taken_at(35.123456, 141.123456)))
    )
