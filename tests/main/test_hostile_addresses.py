"""Every way in which a URL can enter, against every disguise of an address that nobody has to reach."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from conformance.neighbours import Neighbours, source
from conformance.watched_town import WatchedTown
from kaiteki.adapters.open311.media import URL_FIELD, keep_photos
from kaiteki.main.outgoing import GuardedClient
from kaiteki.model.access import NOBODY
from kaiteki.model.decision import Refused
from kaiteki.model.problem import Problem
from kaiteki.ports.outgoing import Letter, Question, Unreachable
from kaiteki.stores.memory import open_memory
from ports.sample import SteppingClock
from town import Town

INSIDE: Final = (
    # every way to write 127.0.0.1
    *("http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://017700000001/"),
    *("http://127.1/", "http://127.0.1/", "http://0177.0.0.1/", "http://0x7f.0x0.0x0.0x1/", "http://127.0.0.1./"),
    *("http://127。0。0。1/", "http://127．0．0．1/", "http://127｡0｡0｡1/", "http://①②⑦.⓪.⓪.①/", "http://0/"),
    # networks that are nobody's
    *("http://10.1.2.3/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.0.1/", "http://0xa000001/"),
    *("http://100.64.0.1/", "http://100.127.255.254/", "http://169.254.1.1/", "http://0.0.0.0/", "http://0.1.2.3/"),
    *("http://192.0.0.8/", "http://192.0.2.1/", "http://198.18.0.1/", "http://198.51.100.7/", "http://203.0.113.7/"),
    *("http://224.0.0.1/", "http://239.255.255.250/", "http://240.0.0.1/", "http://255.255.255.255/"),
    *("http://192.88.99.1/", "http://[::1]/", "http://[::]/", "http://[fe80::1]/", "http://[fec0::1]/"),
    *("http://[fc00::1]/", "http://[fd12:3456::1]/", "http://[ff02::1]/", "http://[100::1]/", "http://[2001:db8::1]/"),
    *("http://[3fff::1]/", "http://[5f00::1]/", "http://[2001:10::1]/", "http://[4000::1]/"),
    # an address inside of an address
    *("http://[::ffff:127.0.0.1]/", "http://[::ffff:10.0.0.1]/", "http://[::ffff:a00:1]/", "http://[::127.0.0.1]/"),
    *("http://[::ffff:0:127.0.0.1]/", "http://[64:ff9b::10.0.0.1]/", "http://[64:ff9b::7f00:1]/"),
    *("http://[64:ff9b::a9fe:a9fe]/", "http://[64:ff9b:1::8.8.8.8]/", "http://[2002:7f00:1::]/"),
    *("http://[2002:a00:1::1]/", "http://[2001:0:7f00:1::]/", "http://[2001:0:4136:e378:8000:63bf:f5ff:fffe]/"),
    *("http://[2a01:4f8::5efe:10.0.0.1]/", "http://[2a01:4f8::200:5efe:127.0.0.1]/", "http://[fe80::1%25eth0]/"),
    # where clouds tell secrets
    *("http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/latest/", "http://100.100.100.200/"),
    *("http://metadata.google.internal/", "http://METADATA.google.Internal./", "http://instance-data/"),
    *("http://metadata/", "http://metadata.goog/", "http://kubernetes.default.svc/", "http://a.cluster.local/"),
    # names of this machine and of its network
    *("http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://x.localhost/", "http://ｌocalhost/"),
    *("http://printer.local/", "http://router.lan/", "http://nas.home.arpa/", "http://1.0.0.127.in-addr.arpa/"),
    # what two readers understand in two ways
    *("http://user@8.8.8.8/", "http://8.8.8.8@127.0.0.1/", "http://8.8.8.8:80@127.0.0.1/", "http://@127.0.0.1/"),
    *("http://8.8.8.8\\@127.0.0.1/", "http://127.0.0.1\\.a.example/", "http:\\\\127.0.0.1/", "http://127.0.0.1#@a.example/"),
    *("http://127.0.0.1?a.example/", "http://%31%32%37.0.0.1/", "http://127.0.0.1%00.a.example/", "http://a%2eexample/"),
    *("http://a..example/", "http://.a.example/", "http://-a.example/", "http://1.2.3.4.5/", "http://256.256.256.256/"),
    *("http://1.2.3.08/", "http://0x100000000/", "http://a.0x7f/", "http://[127.0.0.1]/", "http:127.0.0.1", "http:///a"),
    *("http://a\tb.example/", "http://a.example\n/", "http://a example/", "http://" + "a" * 64 + ".example/"),
    # other services than those of the web
    *("http://a.example:22/", "http://a.example:25/", "http://a.example:6379/", "http://a.example:0/"),
    *("http://a.example:11211/", "http://a.example:65536/", "http://a.example:5432/", "http://8.8.8.8:53/"),
    *("file:///etc/passwd", "gopher://a.example/_x", "ftp://a.example/x", "data:application/json,{}", "dict://a.example:11211/"),
    *("ldap://a.example/", "jar:http://a.example!/", "unix:///run/docker.sock", "javascript:alert(1)", "//127.0.0.1/"),
)  # fmt: skip
MQTT_INSIDE: Final = (
    *("mqtt://127.0.0.1/t", "mqtts://0x7f.1/t", "mqtt://[::ffff:10.0.0.1]/t", "mqtt://u:p@localhost:1883/t"),
    *(
        "mqtt://a.example:6379/t",
        "mqtt://169.254.169.254:80/t",
        "mqtt://127。0。0。1/t",
        "mqtt://a%2eb.example/t",
    ),
)


class Way(NamedTuple):
    """A way in: the field that a refusal names, and what is sent with an address."""

    field: str
    method: str
    path: str
    document: Callable[[str], Any]
    headers: Callable[[str], dict[str, str]] = lambda url: {}


def _nothing(url: str) -> Any:
    return None


def _told(uri: str, **members: Any) -> dict[str, Any]:
    notification = {"endpoint": {"uri": uri}}
    return {"type": "Subscription", "entities": [{"type": "A"}], "notification": notification, **members}


def _v2(how: str, **also: Any) -> Callable[[str], dict[str, Any]]:
    return lambda url: {
        "subject": {"entities": [{"id": "A"}]},
        "notification": {how: {"url": url, **also}},
    }


SNAPSHOT: Final = {"type": "Snapshot", "snapshotQueries": [{"type": "Query", "entities": [{"type": "A"}]}]}
GOOD: Final = "https://receiver.example/n"
LD: Final = {"content-type": "application/ld+json"}
WAYS: Final = {
    "@context of a body": Way(
        "@context", "POST", "/entities", lambda url: {"id": "urn:a:1", "type": "A", "@context": [url]}, lambda url: LD
    ),
    "@import of a body": Way(
        "@context", "POST", "/entities", lambda url: {"id": "urn:a:1", "type": "A", "@context": {"@import": url}}, lambda url: LD
    ),
    "Link": Way(
        "@context", "GET", "/entities?type=A", _nothing,
        lambda url: {"link": f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'},
    ),
    "hosted context": Way("@context", "POST", "/jsonldContexts", lambda url: {"@context": [url]}),
    "jsonldContext": Way("context", "POST", "/subscriptions", lambda url: _told(GOOD, jsonldContext=url)),
    "subscription": Way("notification.endpoint.uri", "POST", "/subscriptions", _told),
    "changed subscription": Way(
        "notification.endpoint.uri", "PATCH", "/subscriptions/urn:s:1", lambda url: {"notification": {"endpoint": {"uri": url}}}
    ),
    "subscription to sources": Way("notification.endpoint.uri", "POST", "/csourceSubscriptions", _told),
    "registration": Way("endpoint", "POST", "/csourceRegistrations", lambda url: source() | {"id": "urn:r:9", "endpoint": url}),
    "changed registration": Way("endpoint", "PATCH", "/csourceRegistrations/urn:r:1", lambda url: {"endpoint": url}),
    "snapshot": Way("endpoint", "POST", "/snapshots", lambda url: SNAPSHOT | {"endpoint": url}),
    "changed snapshot": Way("endpoint", "PATCH", "/snapshots/urn:p:1", lambda url: {"endpoint": url}),
    "clone": Way("endpoint", "POST", "/snapshots/urn:p:1/clone", lambda url: {"endpoint": url}),
    "v2 http": Way("url", "POST", "/v2/subscriptions", _v2("http")),
    "v2 httpCustom": Way("url", "POST", "/v2/subscriptions", _v2("httpCustom")),
    "v2 registration": Way(
        "provider.http.url", "POST", "/v2/registrations",
        lambda url: {"dataProvided": {"entities": [{"id": "A", "type": "B"}]}, "provider": {"http": {"url": url}}},
    ),
}  # fmt: skip
"""Every way in which a user names an address to the data plane."""


MQTT_WAYS: Final = {
    "subscription": Way("notification.endpoint.uri", "POST", "/subscriptions", _told),
    "subscription to sources": Way("notification.endpoint.uri", "POST", "/csourceSubscriptions", _told),
    "v2 mqtt": Way("url", "POST", "/v2/subscriptions", _v2("mqtt", topic="t")),
    "v2 mqttCustom": Way("url", "POST", "/v2/subscriptions", _v2("mqttCustom", topic="t")),
}


@pytest.fixture
async def client() -> AsyncIterator[GuardedClient]:
    guarded = GuardedClient(receivers={"chiba": frozenset({"10.1.2.3", "127.0.0.1:8081"})}, finds=_nobody)
    yield guarded
    await guarded.close()


def _nobody(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was looked up")


@pytest.fixture
async def town(client: GuardedClient) -> WatchedTown:
    """A data plane that goes out by the guarded client; nothing may get so far that a name is looked up."""
    here = Neighbours().add("here.example", open_memory(SteppingClock()))
    for document, path in (
        (_told(GOOD, id="urn:s:1"), "/subscriptions"),
        (source(), "/csourceRegistrations"),
        (SNAPSHOT | {"id": "urn:p:1"}, "/snapshots"),
    ):
        assert (await here.ask("POST", path, document)).status == 201
    for name in ("forbids", "send", "ask", "fetch_json"):
        setattr(here.room, name, getattr(client, name))
    return here


async def refused(town: WatchedTown, way: Way, url: str) -> None:
    """No, with the field."""
    reply = await town.ask(way.method, way.path, way.document(url), **way.headers(url))
    told = json.loads(reply.body)
    assert 400 <= reply.status < 600 and reply.status != 500, (url, told)
    assert way.field in json.dumps(told).lower().replace("notification.endpoint.uri", way.field), (url, told)


@pytest.mark.parametrize("name", WAYS)
async def test_no_disguise_gets_in(town: WatchedTown, name: str) -> None:
    for url in INSIDE:
        await refused(town, WAYS[name], url)


@pytest.mark.parametrize("name", MQTT_WAYS)
async def test_nor_by_mqtt(town: WatchedTown, name: str) -> None:
    for url in MQTT_INSIDE:
        await refused(town, MQTT_WAYS[name], url.removesuffix("/t") if "v2" in name else url)


async def test_what_got_in_before_is_not_reached_either(client: GuardedClient) -> None:
    """As what a template fills in, a redirect names, or an older version kept."""
    asked = Question("demo", "GET", "", (), b"", 1.0, 1000)
    for url in (*INSIDE, *MQTT_INSIDE):
        with pytest.raises(Unreachable):
            await client.fetch_bytes(url, "*/*", 1000)
        with pytest.raises((Unreachable, Problem)):
            await client.send(Letter("demo", url, (), b"{}", 1.0))
        with pytest.raises(Unreachable):
            await client.ask(msgspec.structs.replace(asked, url=url))


async def test_photos_of_other_apps_are_not_fetched_from_inside(client: GuardedClient) -> None:
    city = Town().city(NOBODY)
    for url in INSIDE:
        refusal = await keep_photos(city, client.fetch_bytes, (), [url])
        assert isinstance(refusal, Refused)
        assert [fault.field for fault in refusal.faults] == [URL_FIELD]


async def test_an_area_reaches_what_it_names_and_no_other_area_does(town: WatchedTown) -> None:
    for url, status in (
        ("http://10.1.2.3:9999/", 201),
        ("http://0xa.0x1.515/", 201),
        ("http://127.1:8081/", 201),
        ("http://127.0.0.1:8082/", 400),
        ("http://10.1.2.4/", 400),
    ):
        told = _told(url)
        assert (await town.ask("POST", "/subscriptions", told, ngsild_tenant="chiba")).status == status, url
        assert (await town.ask("POST", "/subscriptions", told, ngsild_tenant="demo")).status == 400, url


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://a.example/",
            "https://a.example:8443/x?y=z#f",
            "http://8.8.8.8/",
            "http://[2a01:4f8::1]:8080/",
        ),
        *(
            "http://A.Example./",
            "http://日本語.example/",
            "http://[64:ff9b::8.8.8.8]/",
            "http://[2620:fe::fe]/",
        ),
        *("http://134744072/", "mqtt://a.example/t", "mqtts://u:p@a.example/t", "http://a_b.example/"),
    ],
)
async def test_what_is_public_gets_in(town: WatchedTown, url: str) -> None:
    assert (await town.ask("POST", "/subscriptions", _told(url))).status == 201
