"""Other programs report and look up over Open311: documents valid, XML and JSON equal, refusals in the form of the standard."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import urlencode

import geo_report
import pytest
from open311_client import HALL_KEEPER, KEY, OTHER_KEY, PLACE, Client, Hall, check
from PIL import Image

from kaiteki.adapters.open311.asked import WINDOW_US, Wrong
from kaiteki.adapters.open311.pace import LIMITS, Pace, Sender
from kaiteki.kit.engine import Asking, Work
from kaiteki.model.decision import Accepted
from kaiteki.model.instant import Instant, format_instant
from kaiteki.services.reports.model import report_id
from town import BOSS, Town


async def test_what_can_be_reported_is_told_in_both_forms() -> None:
    client = Client()
    services = await client.both("services")
    check(services, geo_report.SERVICES)
    assert [one["service_code"] for one in services][:3] == ["road", "light", "park"]
    for one in services:
        definition = await client.both(f"services/{one['service_code']}")
        check(definition, geo_report.DEFINITION)
        assert bool(definition["attributes"]) == one["metadata"]
    discovery = await client.both("discovery")
    check(discovery, geo_report.DISCOVERY)
    assert discovery["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    more = await client.both("services", "?extensions=true")
    check(more, geo_report.SERVICES)
    mending = {one["service_code"]: one.pop("residents_may_mend") for one in more}
    assert more == services
    assert [code for code, may in mending.items() if may] == ["park", "green", "litter", "graffiti"]
    english = json.loads((await client.get("services.json?locale=en")).body)
    assert english[2]["service_name"] == "Playground or bench"


async def test_a_posted_request_is_found_by_every_filter() -> None:
    client = Client()
    number = await client.report(**{"attribute[thing]": "bench", "email": "a@example.jp"})
    await client.report(service_code="litter", lat="35.31", long="141.01", **{"attribute[kind][]": "bags"})
    told = await client.both("requests")
    check(told, geo_report.REQUESTS)
    assert len(told) == 2
    assert "a@example.jp" not in json.dumps(told)
    assert (await client.both(f"requests/{number}"))[0]["agency_responsible"] == "公園緑地課"
    check(await client.both(f"requests/{number}"), geo_report.REQUEST)
    for query, found in (
        (f"?service_request_id={number},R-1", 1),
        ("?service_code=litter", 1),
        ("?service_code=litter,park", 2),
        ("?status=open", 2),
        ("?status=closed", 0),
        ("?status=open,closed", 2),
        ("?start_date=2026-11-21T00:00:00Z&end_date=2026-11-23T00:00:00Z", 2),
        ("?end_date=2026-11-01T00:00:00Z", 0),
        ("?lat=35.358&long=141.05&radius=300", 1),
        ("?bbox=141.0,35.3,141.02,35.32", 1),
        ("?page_size=1&page=2", 1),
        ("?page_size=1&page=3", 0),
        ("?updated_after=2026-11-22T01:00:00Z", 0),
        ("?extensions=true&service_code=park", 1),
    ):
        answer = await client.both("requests", query)
        check(answer, geo_report.REQUESTS)
        assert len(answer) == found, query
    assert (await client.both(f"tokens/{number}")) == [{"service_request_id": number, "token": number}]


async def test_a_photo_comes_as_a_file_and_loses_its_metadata() -> None:
    client = Client()
    picture = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (64, 48), "red").save(picture, "JPEG", exif=exif)
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
        for k, v in {"service_code": "park", **PLACE}.items()
    ]
    parts += [
        b'--x\r\ncontent-disposition: form-data; name="media"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n',
        picture.getvalue(),
        b"\r\n--x--\r\n",
    ]
    answer = await client.reader.send(
        "/demo/open311/v2/requests.json", b"".join(parts), "multipart/form-data; boundary=x"
    )
    assert answer.status == 201, answer.body
    url = (await client.both("requests"))[0]["media_url"]
    assert await client.town.cities.darkroom.settle() == 1
    kept = await client.town.cities.darkroom.show("demo", url.rsplit("/", 1)[1], 0)
    assert kept is not None and kept.content and b"secret place" not in kept.content
    assert dict(Image.open(io.BytesIO(kept.content)).getexif()) == {}


async def test_steps_of_the_desk_are_updates_for_others() -> None:
    client = Client()
    number = await client.report()
    this = {"id": report_id(number)}
    client.town.clock.pass_s(60)
    await client.town.run("reports.assign", {**this, "why": "明日見に行きます"}, BOSS)
    client.town.clock.pass_s(60)
    posted = await client.post(
        "servicerequestupdates.json",
        {"api_key": KEY, "service_request_id": number, "description": "部品を注文しました"},
    )
    assert (posted.status, json.loads(posted.body)) == (201, [{"update_id": f"{number}-2"}])
    updates = await client.both("servicerequestupdates")
    check(updates, geo_report.UPDATES)
    assert [(one["update_id"], one["status"], one["description"]) for one in updates] == [
        (f"{number}-1", "OPEN", "明日見に行きます"),
        (f"{number}-2", "OPEN", "部品を注文しました"),
    ]
    late = await client.both("servicerequestupdates", "?start_date=2026-11-22T00:01:30Z")
    assert [one["update_id"] for one in late] == [f"{number}-2"]
    assert (await client.both(f"requests/{number}"))[0]["status_notes"] == "部品を注文しました"
    await client.town.run("reports.start", {**this, "why": "始めます"}, BOSS)
    assert (await client.both(f"requests/{number}"))[0]["status_notes"] == "始めます"
    await client.town.run("reports.take_back", this, BOSS)
    assert (await client.both(f"requests/{number}"))[0]["status_notes"] == "部品を注文しました"


async def test_the_system_of_the_office_says_what_became_of_it() -> None:
    client = Client()
    number = await client.report()
    said = {"service_request_id": number, "api_key": KEY}
    for theirs, status, now in (
        ("a", "INVESTIGATING", "checking"),
        ("b", "IN_PROGRESS", "working"),
        ("c", "OPEN", "working"),
        ("d", "FIXED", "closed"),
        ("e", "CLOSED", "closed"),
        ("f", "REOPEN", "checking"),
        ("g", "NOT_COUNCILS_RESPONSIBILITY", "outside"),
        ("h", "OPEN", "checking"),
    ):
        client.town.clock.pass_s(60)
        words = {**said, "update_id": theirs, "status": status, "description": f"{status}です"}
        posted = await client.post("servicerequestupdates.json", words)
        assert posted.status == 201, posted.body
        (told,) = await client.both(f"requests/{number}", "?extensions=true")
        assert (told["detailed_status"], told["status_notes"]) == (now, f"{status}です")
    updates = await client.both("servicerequestupdates")
    check(updates, geo_report.UPDATES)
    spoken = [one for one in updates if one["description"].endswith("です")]
    assert [(one["status"], one["external_status_code"]) for one in spoken] == [
        ("OPEN", "checking"),
        ("OPEN", "working"),
        ("OPEN", "working"),
        ("CLOSED", "closed"),
        ("CLOSED", "closed"),
        ("OPEN", "checking"),
        ("CLOSED", "outside"),
        ("OPEN", "checking"),
    ]
    assert len(updates) == len(spoken) + 2, "on the way: office before working, completed before closed"


async def test_an_update_happens_once_under_the_id_of_its_sender() -> None:
    client = Client()
    number = await client.report()
    said = {"service_request_id": number, "api_key": KEY, "update_id": "their-7", "description": "直しました"}
    first = await client.post("servicerequestupdates.json", {**said, "status": "FIXED"})
    again = await client.post("servicerequestupdates.json", {**said, "status": "FIXED"})
    assert (first.status, again.body) == (201, first.body)
    check(json.loads(first.body), geo_report.POSTED_UPDATES)
    updates = await client.both("servicerequestupdates")
    assert [one["update_id"] for one in updates][-1] == json.loads(first.body)[0]["update_id"]
    assert len(updates) == 3
    other = await client.post("servicerequestupdates.json", {**said, "status": "OPEN"})
    assert (other.status, json.loads(other.body)[0]["code"]) == (409, 409)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"status": "LOST", "api_key": KEY}, 400, 400),
        ({"status": "FIXED", "api_key": OTHER_KEY}, 403, 403),
        ({"status": "FIXED"}, 403, 403),
        ({"service_request_id": "R-1", "api_key": KEY}, 404, 404),
        ({"description": "", "api_key": KEY}, 400, 400),
    ],
)
async def test_only_the_office_changes_the_state(fields: dict[str, str], status: int, code: int) -> None:
    client = Client()
    number = await client.report()
    words = {"service_request_id": number, "description": "直しました", **fields}
    refused = await client.post("servicerequestupdates.json", words)
    assert (refused.status, json.loads(refused.body)[0]["code"]) == (status, code)
    assert await client.both("servicerequestupdates") == []


async def test_a_resident_with_a_key_adds_words_whatever_open_state_is_named() -> None:
    client = Client()
    number = await client.report()
    words = {"service_request_id": number, "description": "まだです", "status": "OPEN", "api_key": OTHER_KEY}
    assert (await client.post("servicerequestupdates.json", words)).status == 201


async def test_a_stretch_of_time_is_at_most_ninety_days() -> None:
    client = Client()
    old = await client.report()
    client.town.clock.pass_s(100 * 86_400)
    new = await client.report(lat="35.36")
    now = client.town.clock.now()

    def day(days: int) -> str:
        return format_instant(Instant(now - days * 86_400_000_000))

    for query, found in (
        ("", [new]),
        (f"?start_date={day(101)}", [old]),
        (f"?end_date={day(50)}", [old]),
        (f"?start_date={day(60)}", [new]),
        (f"?start_date={day(101)}&end_date={day(11)}", [old]),
        (f"?updated_after={day(200)}", [new, old]),
        (f"?service_request_id={old},{new}&start_date={day(1)}", [new, old]),
    ):
        told = await client.both("requests", query)
        assert [one["service_request_id"] for one in told] == found, query
    assert WINDOW_US == 90 * 86_400_000_000
    too_long = await client.get(f"requests.json?start_date={day(101)}&end_date={day(0)}")
    assert (too_long.status, "90 days" in json.loads(too_long.body)[0]["description"]) == (400, True)


def posts_max(kind: str, stretch_s: int) -> int:
    """How many posts the table of limits allows."""
    return next(one.posts_max for one in LIMITS if (one.kind, one.stretch_s) == (kind, stretch_s))


async def test_who_posts_too_often_is_asked_to_wait() -> None:
    client = Client()
    client.town.clock.pass_s(13)
    for n in range(posts_max("address", 60)):
        await client.report(lat=f"35.{300 + n}")
    refused = await client.post("requests.xml", {"service_code": "park", "description": "x", **PLACE})
    assert (refused.status, refused.headers["retry-after"]) == (429, "47")
    told = geo_report.read_xml(refused.body)
    check([{**one, "code": int(one["code"])} for one in told], geo_report.ERRORS)
    assert told[0]["description"] == "at most 30 posts a minute from one address; please wait 47 seconds"
    assert await client.report(api_key=KEY, lat="35.4")
    client.town.clock.pass_s(47)
    assert await client.report(lat="35.41")


async def test_one_device_is_counted_by_itself_and_opens_no_way_around_its_address() -> None:
    client = Client()
    pace, now = Pace(), client.town.clock.now()
    home, one = Sender("address", "home"), Sender("device", "one")
    for _ in range(posts_max("device", 60)):
        pace.count((one, home), now)
    with pytest.raises(Wrong, match="10 posts a minute from one device; please wait 60 seconds"):
        pace.count((one, home), now)
    for n in range(posts_max("address", 60) - posts_max("device", 60) - 1):
        pace.count((Sender("device", f"made up {n}"), home), now)
    with pytest.raises(Wrong, match="30 posts a minute from one address"):
        pace.count((Sender("device", "yet another"), home), now)
    pace.count((Sender("device", "yet another"), Sender("address", "elsewhere")), now)


def test_an_hour_of_an_address_has_its_own_limit() -> None:
    """Who keeps just below the limit of each minute is held by that of the hour, and hears when it ends."""
    pace, sender = Pace(), (Sender("address", "home"),)
    for n in range(posts_max("address", 3600)):
        pace.count(sender, Instant(n // 20 * 60_000_000))
    with pytest.raises(Wrong) as refused:
        pace.count(sender, Instant(15 * 60_000_000))
    assert (refused.value.status, refused.value.again_s) == (429, 45 * 60)
    pace.count(sender, Instant(60 * 60_000_000))


async def test_a_session_of_a_browser_counts_for_nothing_here() -> None:
    client = Client()
    client.reader.cookies["kaiteki_session"] = "whatever"
    assert await client.report()


async def test_hidden_and_private_things_stay_inside() -> None:
    client = Client()
    number = await client.report(description="電話は090-0000-0000", phone="090-0000-0000")
    await client.town.run("reports.hide", {"id": report_id(number)}, BOSS)
    assert await client.both("requests") == []
    assert (await client.get(f"requests/{number}.json")).status == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services/moon.json", 404),
        ("services.json?jurisdiction_id=elsewhere", 404),
        ("services.yaml", 406),
        ("requests.xml?status=lost", 400),
        ("requests.xml?start_date=yesterday", 400),
        ("requests.json?lat=35", 400),
        ("requests.json?lat=35&long=999", 400),
        ("requests.json?lat=nan&long=3", 400),
        ("requests.json?lat=35&long=141&radius=-1", 400),
        ("requests.json?page_size=0", 400),
        ("requests.json?page=99999999", 400),
        ("requests.json?bbox=1,2,3", 400),
        ("requests.json?api_key=wrong", 403),
        ("requests/R-2026-99999.xml", 404),
        ("tokens/none.json", 404),
        ("places.json", 400),
        ("places.json?q=x&kind=moon", 400),
    ],
)
async def test_refusals_have_the_form_of_the_standard(path: str, status: int) -> None:
    answer = await Client().get(path)
    assert answer.status == status
    xml = answer.headers["content-type"].startswith("text/xml")
    told = geo_report.read_xml(answer.body) if xml else json.loads(answer.body)
    told = [{**one, "code": int(one["code"])} for one in told]
    check(told, geo_report.ERRORS)
    assert told[0]["code"] == status


@pytest.mark.parametrize(
    ("fields", "status", "named"),
    [
        ({}, 400, "service_code"),
        ({"service_code": "moon", **PLACE}, 404, "service_code"),
        ({"service_code": "park", "description": "x"}, 400, "location"),
        ({"service_code": "park", "lat": "x", "long": "1"}, 400, "lat"),
        ({"service_code": "park", **PLACE}, 400, "description"),
        ({"service_code": "park", "description": "x", "attribute[moon]": "1", **PLACE}, 400, "answers.moon"),
        ({"service_code": "park", "description": "x", "api_key": "wrong", **PLACE}, 403, "token"),
    ],
)
async def test_what_is_wrong_with_a_post_is_named(fields: dict[str, str], status: int, named: str) -> None:
    answer = await Client().post("requests.json", fields)
    told = json.loads(answer.body)
    check(told, geo_report.ERRORS)
    assert (answer.status, named in told[0]["description"]) == (status, True), told


@pytest.mark.parametrize(
    "path", ["requests.json?status=open&status=closed", "places.xml?q=a&q=a", "services.json?x=1&x=2"]
)
async def test_what_is_given_twice_is_refused_by_name(path: str) -> None:
    answer = await Client().get(path)
    name = path.rpartition("&")[2].partition("=")[0]
    assert (answer.status, f"{name} is given more than once" in answer.body.decode()) == (400, True)


async def test_a_post_may_give_answers_and_pictures_several_times_and_nothing_else() -> None:
    client = Client()
    told = [("service_code", "litter"), ("description", "袋"), *PLACE.items(), ("attribute[kind][]", "bags"), ("attribute[kind][]", "large")]  # fmt: skip
    form = "application/x-www-form-urlencoded"
    posted = await client.reader.send("/demo/open311/v2/requests.json", urlencode(told).encode(), form)
    assert posted.status == 201, posted.body
    twice = urlencode([*told, ("description", "缶")]).encode()
    refused = await client.reader.send("/demo/open311/v2/requests.json", twice, form)
    assert (refused.status, b"description is given more than once" in refused.body) == (400, True)


async def test_places_are_found_by_name_and_by_nearness() -> None:
    client = Client()
    for n, name in enumerate(("桜木集会所", "港集会所")):
        hall = Hall(f"urn:h:{n}", name, "丘区域", {"type": "Point", "coordinates": [141.05 + n / 20, 35.358]})
        await client.town.engine.decide(*keeping(client.town, hall))
    assert [one["name"] for one in await client.both("places", "?" + urlencode({"q": "桜木"}))] == [
        "桜木集会所"
    ]
    near = await client.both("places", "?lat=35.358&long=141.05&radius=500&kind=shelter")
    assert [(one["name"], one["lat"], one["long"]) for one in near] == [("桜木集会所", 35.358, 141.05)]


def keeping(town: Town, hall: Hall) -> tuple[Any, Any]:
    """The decision that keeps a hall, and what it is asked with."""
    work = Work(HALL_KEEPER, "halls.keep", (hall.id,), lambda loaded, state: Accepted(writes=(hall,)))
    return work, town.engine.asked(HALL_KEEPER, Asking("demo", BOSS))
