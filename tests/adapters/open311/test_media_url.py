"""A photo that comes by its address is checked, written anew and kept as an upload is; refusals name `media_url`."""

from __future__ import annotations

import io
import json
from urllib.parse import urlencode

import pytest
from PIL import Image
from starlette.applications import Starlette

from kaiteki.adapters.open311.app import Parts, routes
from kaiteki.api.persons import nobody_is_asked
from kaiteki.kit.engine import Asking
from kaiteki.kit.files import PHOTO_BYTES_MAX
from kaiteki.main.cities import load_city, load_service_settings
from kaiteki.main.outgoing import GuardedClient
from kaiteki.services.reports.manifest import service
from kaiteki.services.reports.settings import Settings
from picture_server import pictures_at
from reader import Answer, Reader
from town import Town

PLACE = {"service_code": "park", "lat": "35.358", "long": "141.05"}
LOCAL = frozenset({"127.0.0.1"})


def picture(colour: str = "red") -> bytes:
    """A photo that tells where it was taken."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (64, 48), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


class Client:
    """A program that reports with addresses of photos; `allowed` hosts may be private."""

    def __init__(self, allowed: frozenset[str] = LOCAL) -> None:
        self.town = Town(service, settings={"reports": load_service_settings("demo", "reports", Settings)})
        parts = Parts(
            areas={"demo": load_city("demo")},
            services=(service,),
            city=lambda area, person, browser: self.town.cities.of(Asking(area, person, browser=browser)),
            who=nobody_is_asked,
            settings=self.town.engine.settings,
            now=self.town.clock.now,
            fetch=GuardedClient(allowed).fetch_bytes,
        )
        self.reader = Reader(Starlette(routes=routes(parts)))

    async def post(self, resource: str, fields: list[tuple[str, str]], language: str = "") -> Answer:
        """POST a form."""
        return await self.reader.send(
            f"/demo/open311/v2/{resource}.json",
            urlencode(fields).encode(),
            "application/x-www-form-urlencoded",
            **({"accept-language": language} if language else {}),
        )

    async def report(self, *urls: str, language: str = "en") -> Answer:
        """A new request with photos."""
        return await self.post(
            "requests", [*PLACE.items(), *(("media_url", url) for url in urls)], language=language
        )

    async def requests(self) -> list[dict[str, str]]:
        """All requests."""
        return json.loads((await self.reader.get("/demo/open311/v2/requests.json")).body)


async def test_a_photo_by_address_is_kept_without_metadata() -> None:
    client = Client()
    with pictures_at({"/a.png": picture()}) as here:
        answer = await client.report(here + "/a.png")
        assert answer.status == 201, answer.body
        number = json.loads(answer.body)[0]["service_request_id"]
        more = [("service_request_id", number), ("description", "まだです"), ("media_url", here + "/a.png")]
        assert (await client.post("servicerequestupdates", more)).status == 201
    (told,) = await client.requests()
    assert await client.town.cities.darkroom.settle() == 1
    kept = await client.town.cities.darkroom.show("demo", told["media_url"].rsplit("/", 1)[1], 0)
    assert kept is not None and kept.content and b"secret place" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (64, 48), {})


@pytest.mark.parametrize(
    "path",
    ["/page.jpg", "/large.jpg", "/missing.jpg", "/empty.jpg", "/half.jpg"],
    ids=lambda path: path[1:-4],
)
async def test_what_is_no_photo_is_refused_at_its_field(path: str) -> None:
    client = Client()
    pages = {
        "/page.jpg": b"<!doctype html><script>alert(1)</script>",
        "/large.jpg": b"\xff\xd8\xff" + bytes(PHOTO_BYTES_MAX),
        "/empty.jpg": b"",
        "/half.jpg": picture()[:300],
    }
    with pictures_at(pages) as here:
        answer = await client.report(here + path)
    assert answer.status == 400
    (error,) = json.loads(answer.body)
    assert error["code"] == 400
    assert error["description"].startswith("media_url: ")
    assert await client.requests() == []


async def test_private_addresses_and_too_many_photos_are_refused_in_the_language_asked_for() -> None:
    with pictures_at({"/a.jpg": picture()}) as here:
        inside = await Client(frozenset()).report(here + "/a.jpg", language="ja")
        many = await Client().report(*[here + "/a.jpg"] * 4)
    assert [answer.status for answer in (inside, many)] == [400, 400]
    assert json.loads(inside.body)[0]["description"].startswith("media_url: この場所の写真を")
    assert json.loads(many.body)[0]["description"] == "media_url: At most 3 photos."
