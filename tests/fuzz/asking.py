"""Requests under fuzz: parts of good ones are mutated, and every answer must be a right one or a refusal below 500."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from open311_client import Client

from conformance.neighbours import Neighbours
from conformance.watched_town import WatchedTown
from fuzz.mutating import SIZE_MAX_BYTES, mutate, mutate_json
from kaiteki.api.exchange import Ask
from kaiteki.stores.memory import open_memory
from ports.sample import SteppingClock

NGSI: Final = "/ngsi-ld/v1"
LD: Final = "application/ld+json"


class Asked(NamedTuple):
    """A request: query and body are bytes that somebody may have broken."""

    method: str
    path: str
    query: bytes = b""
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Breaking(NamedTuple):
    """What is mutated: good examples, words of the language, and the request that an example stands in."""

    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...]
    into: Callable[[bytes], Asked]


def _query(name: str, path: str = f"{NGSI}/entities", rest: str = "type=Lamp") -> Callable[[bytes], Asked]:
    return lambda text: Asked("GET", path, f"{rest}&{name}={quote(text)}".encode())


def _raw(path: str) -> Callable[[bytes], Asked]:
    return lambda text: Asked("GET", path, text)


def _body(method: str, path: str, media: str = "application/json") -> Callable[[bytes], Asked]:
    return lambda text: Asked(
        method, path, b"", text, {"content-type": media, "content-length": str(len(text))}
    )


def _header(
    name: str, method: str = "GET", path: str = f"{NGSI}/entities", **more: str
) -> Callable[[bytes], Asked]:
    def asked(text: bytes) -> Asked:
        return Asked(method, path, b"type=Lamp", b"", {**more, name: text.decode("latin-1")})

    return asked


def _all(*values: Any) -> tuple[bytes, ...]:
    return tuple(one.encode() if isinstance(one, str) else json.dumps(one).encode() for one in values)


LAMP: Final[dict[str, Any]] = {
    "id": "urn:a:9",
    "type": ["Lamp", "Thing"],
    "scope": "/a/b",
    "watts": {"type": "Property", "value": 40, "unitCode": "WTT", "observedAt": "2026-04-01T09:00:00Z", "datasetId": "urn:d:1"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [140.1, 35.6]}},
    "near": {"type": "Relationship", "object": ["urn:b:1"], "objectType": "Pole", "x": {"type": "Property", "value": [1, {"a": None}]}},
    "name": {"type": "LanguageProperty", "languageMap": {"ja": "灯", "en": ["a", "b"]}},
    "kind": {"type": "VocabProperty", "vocab": "x"},
    "list": {"type": "ListProperty", "valueList": [1, [2, {"c": 3}]]},
    "json": {"type": "JsonProperty", "json": {"@type": "x", "a": [[]]}},
}  # fmt: skip
CONTEXT: Final = {
    "a": "urn:a:",
    "b": {"@id": "a:b", "@type": "@vocab"},
    "@vocab": "http://v/",
    "c": None,
    "d": {"@reverse": "x"},
}
SUBSCRIPTION: Final[dict[str, Any]] = {
    "type": "Subscription", "entities": [{"type": "Lamp", "idPattern": "urn:.*"}], "q": "watts>3", "watchedAttributes": ["watts"],
    "geoQ": {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": [1, 2]}, "scopeQ": "/a/#", "throttling": 2,
    "expiresAt": "2099-01-01T00:00:00Z", "notificationTrigger": ["entityCreated"],
    "notification": {"endpoint": {"uri": "http://r.example/n", "accept": "application/json", "receiverInfo": [{"key": "a", "value": "b"}]}, "format": "keyValues", "attributes": ["watts"]},
}  # fmt: skip
SOURCE: Final[dict[str, Any]] = {
    "type": "ContextSourceRegistration", "information": [{"entities": [{"type": "Lamp"}], "propertyNames": ["watts"]}],
    "endpoint": "http://s.example", "mode": "inclusive", "operations": ["federationOps"], "management": {"timeout": 100, "cooldown": 5},
    "location": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}, "contextSourceInfo": [{"key": "a", "value": "b"}],
}  # fmt: skip
V2_SUBSCRIPTION: Final[dict[str, Any]] = {
    "subject": {"entities": [{"idPattern": ".*", "type": "Lamp"}], "condition": {"attrs": ["watts"], "expression": {"q": "watts>3;a==1..2", "mq": "a.b==3", "georel": "near;maxDistance:10", "geometry": "point", "coords": "1,2"}}},
    "notification": {"httpCustom": {"url": "http://r.example/${id}", "method": "PUT", "qs": {"a": "${watts}"}, "headers": {"x": "y"}, "payload": "%7B${watts}"}, "attrsFormat": "legacy"}, "expires": "2099-01-01T00:00:00Z",
}  # fmt: skip
V2_LAMP: Final = {"id": "a", "type": "Lamp", "watts": {"type": "Number", "value": 1, "metadata": {"TimeInstant": {"type": "DateTime", "value": "2026-04-01T00:00:00Z"}}}, "location": {"type": "geo:point", "value": "35.6, 140.1"}, "b": {"type": "geo:box", "value": ["1,2", "3,4"]}}  # fmt: skip
SNAPSHOT: Final = {"type": "Snapshot", "snapshotQueries": [{"type": "Query", "entities": [{"type": "Lamp"}], "q": "watts>1"}], "snapshotLifetime": "PT1H"}  # fmt: skip
QUERY: Final = {"type": "Query", "entities": [{"type": "Lamp", "id": "urn:a:1"}], "q": "watts>1", "geoQ": SUBSCRIPTION["geoQ"], "attrs": ["watts"]}  # fmt: skip
Q_WORDS: Final = _all("watts", "(", ")", ";", "|", "==", "~=", "!~=", "..", ">=", '"', "[a.b]", "{Lamp:x}", "2026-04-01T09:00:00Z", "(a+)+$", "urn:x:y", "observedAt")  # fmt: skip
JSON_WORDS: Final = _all("{", "}", "[", "]", ":", ",", '"type":', '"value":', "null", '"urn:ngsi-ld:null"', '"@context":', '"@value":', '{"@type":"DateTime"}', "[[[[[[", '{"a":' * 30, "1e400", '"datasetId":', '"languageMap":', '"@none"', '"previousValue":')  # fmt: skip
TIMES: Final = _all("timerel=after&timeAt=2026-04-01T00:00:00Z", "timerel=between&timeAt=2026-01-01T00:00:00Z&endTimeAt=2027-01-01T00:00:00Z&lastN=3", "aggrMethods=avg,max,stddev&aggrPeriodDuration=PT1H&timerel=before&timeAt=2027-01-01T00:00:00Z&options=aggregatedValues", "options=temporalValues&lastN=2&timeproperty=createdAt&timerel=before&timeAt=2027-01-01T00:00:00Z")  # fmt: skip

PLANE: Final[dict[str, Breaking]] = {
    "q": Breaking(_all("watts>3", '(a==1|b!=2);c~="x.*"', "near{Pole:height}>3", "a[b.c]==1..5", 'name=="灯",3,true', "watts.observedAt>=2026-04-01T00:00:00Z", "a!~=^(a|b)+[c-z]{2,3}$"), Q_WORDS, _query("q")),
    "geo": Breaking(_all("georel=near;maxDistance==2000&geometry=Point&coordinates=[140,35]", "georel=within&geometry=Polygon&coordinates=[[[0,0],[1,0],[1,1],[0,0]]]", "georel=intersects&geometry=MultiPolygon&coordinates=[[[[0,0],[1,0],[1,1],[0,0]]]]&geoproperty=location", "georel=disjoint&geometry=LineString&coordinates=[[0,0],[1,1]]"), _all("near", ";minDistance==", "[", "]", "1e308", "-181", "&geometry=", "equals", "NaN"), lambda text: Asked("GET", f"{NGSI}/entities", b"type=Lamp&" + text)),
    "scopeQ": Breaking(_all("/a/b", "/a/#", "/a/+/c", "(/a;/b),/c", "/#"), _all("/", "#", "+", "(", ")", ";", ",", "|"), _query("scopeQ")),
    "type": Breaking(_all("Lamp", "Lamp|Pole", "(Lamp;Thing),urn:x:y", "*"), _all("(", ")", ";", ",", "|", "*"), _query("type", rest="limit=3")),
    "orderBy": Breaking(_all("watts;desc,id", "id,watts;asc", "name,a.b;asc", "id;desc"), _all(";desc", ",", "dist-desc", "[a]", "{x}"), _query("orderBy")),
    "projection": Breaking(_all("watts,near{name,watts}", "id,type", "a|b{c{d}}"), _all("{", "}", ",", "|", "id"), _query("pick", rest="type=Lamp&join=inline&joinLevel=2")),
    "query": Breaking(_all("type=Lamp&limit=3&count=true&offset=1", "id=urn:a:1,urn:a:2&attrs=watts", "type=Lamp&options=keyValues&lang=ja;q=0.3,*", "idPattern=urn:.*&type=Lamp&format=simplified", "datasetId=@none&type=Lamp&omit=watts", "local=true&type=Lamp&expandValues=kind&q=kind==x"), _all("&", "=", "%", "options=", "lang=", "idPattern=(a*)*b", "%ED%A0%80"), _raw(f"{NGSI}/entities")),
    "times": Breaking(TIMES, _all("&", "timerel=", "timeAt=", "PT0S", "P9999Y", "P1M", "lastN=", "aggrMethods="), lambda text: Asked("GET", f"{NGSI}/temporal/entities", b"type=Lamp&" + text)),
    "entity": Breaking(_all(LAMP, {"id": "urn:a:8", "type": "Lamp", "watts": 3}), JSON_WORDS, _body("POST", f"{NGSI}/entities")),
    "merge": Breaking(_all({"watts": {"value": 3}}, {"near": LAMP["near"], "name": LAMP["name"], "list": LAMP["list"]}), JSON_WORDS, _body("PATCH", f"{NGSI}/entities/urn:a:1")),
    "attributes": Breaking(_all({"watts": {"type": "Property", "value": 3}}, {"location": LAMP["location"]}), JSON_WORDS, _body("POST", f"{NGSI}/entities/urn:a:1/attrs")),
    "batch": Breaking(_all([LAMP, LAMP], [{"id": "urn:a:1", "type": "Lamp"}]), JSON_WORDS, _body("POST", f"{NGSI}/entityOperations/upsert")),
    "past": Breaking(_all({"id": "urn:a:1", "type": "Lamp", "watts": [LAMP["watts"]]}), JSON_WORDS, _body("POST", f"{NGSI}/temporal/entities")),
    "context": Breaking(_all({"id": "urn:a:7", "type": "Lamp", "b": 1, "@context": [CONTEXT, {"x": "d:y"}]}, {"id": "urn:a:7", "type": "b", "@context": CONTEXT}), (*JSON_WORDS, *_all('"@id":', '"@prefix":true', '"@vocab":', '"a:"', '"@base":')), _body("POST", f"{NGSI}/entities", LD)),
    "hosted context": Breaking(_all({"@context": [CONTEXT]}), JSON_WORDS, _body("POST", f"{NGSI}/jsonldContexts")),
    "post query": Breaking(_all(QUERY), (*JSON_WORDS, *Q_WORDS), _body("POST", f"{NGSI}/entityOperations/query")),
    "post past query": Breaking(_all({**QUERY, "temporalQ": {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}}), JSON_WORDS, _body("POST", f"{NGSI}/temporal/entityOperations/query")),
    "subscription": Breaking(_all(SUBSCRIPTION), (*JSON_WORDS, *Q_WORDS), _body("POST", f"{NGSI}/subscriptions")),
    "source": Breaking(_all(SOURCE), JSON_WORDS, _body("POST", f"{NGSI}/csourceRegistrations")),
    "snapshot": Breaking(_all(SNAPSHOT), JSON_WORDS, _body("POST", f"{NGSI}/snapshots")),
    "Link": Breaking(_all('<http://a.example/c>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"', "<http://a/>;rel=next, <x>; rel=a"), _all("<", ">", ";", ",", 'rel="', "http://www.w3.org/ns/json-ld#context"), _header("link")),
    "Accept": Breaking(_all("application/ld+json;q=0.8, application/json", "*/*;q=0.1,application/geo+json", "text/*"), _all("q=", ";", ",", "*/*", "/"), _header("accept")),
    "Prefer": Breaking(_all("ngsi-ld=1.6", "body=ld+json", "a, b=c; d"), _all("ngsi-ld=", ";", ",", "="), _header("prefer")),
    "tenant": Breaking(_all("demo", "chiba"), _all("/", ".."), _header("ngsild-tenant")),
    "path": Breaking(_all("/entities/urn:a:1/attrs/watts", "/types/Lamp", "/attributes/watts", "/jsonldContexts/urn:x", "/info/sourceIdentity", "/temporal/entities/urn:a:1/attrs/watts/urn:i:1", "/subscriptions/x/deadLetters"), _all("/", "//", "/attrs/", "?", "*"), lambda text: Asked("GET", f"{NGSI}{text.decode('utf-8', 'replace')}")),
    "v2 query": Breaking(_all("q=watts>3;a==1..2", "mq=a.b==3", "georel=near;maxDistance:10&geometry=point&coords=35,140", "options=count,keyValues&orderBy=!watts", "type=Lamp&attrs=watts,dateCreated&metadata=*", "typePattern=L.*&idPattern=(a*)*", "georel=coveredBy&geometry=polygon&coords=0,0;1,0;1,1;0,0"), (*Q_WORDS, b"&", b"coords=", b"!"), _raw("/v2/entities")),
    "v2 entity": Breaking(_all({**V2_LAMP, "id": "fresh"}), JSON_WORDS, _body("POST", "/v2/entities")),
    "v2 update": Breaking(_all({"actionType": "append", "entities": [V2_LAMP]}), JSON_WORDS, _body("POST", "/v2/op/update")),
    "v2 post query": Breaking(_all({"entities": [{"idPattern": ".*"}], "expression": {"q": "watts>3"}, "attrs": ["watts"]}), (*JSON_WORDS, *Q_WORDS), _body("POST", "/v2/op/query")),
    "v2 subscription": Breaking(_all(V2_SUBSCRIPTION), (*JSON_WORDS, b"${", b"}"), _body("POST", "/v2/subscriptions")),
    "v2 source": Breaking(_all({"dataProvided": {"entities": [{"id": "A", "type": "B"}], "attrs": ["c"]}, "provider": {"http": {"url": "http://s.example/v2"}, "legacyForwarding": False}}), JSON_WORDS, _body("POST", "/v2/registrations")),
    "v2 value": Breaking(_all("3", '"x"', "null"), JSON_WORDS, _body("PUT", "/v2/entities/a/attrs/watts/value", "text/plain")),
}  # fmt: skip
"""Every reader of the data plane, by what is broken."""

FORM: Final = (
    b"service_code=park&description=x&lat=35.358&long=141.05&attribute%5Bthing%5D=bench&email=a%40example.jp"
)
PARTS: Final = b'--x\r\ncontent-disposition: form-data; name="service_code"\r\n\r\npark\r\n--x\r\ncontent-disposition: form-data; name="lat"\r\n\r\n35.358\r\n--x\r\ncontent-disposition: form-data; name="media"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0abc\r\n--x--\r\n'  # fmt: skip
OPEN311: Final[dict[str, Breaking]] = {
    "filters": Breaking(_all("service_code=park&status=open&start_date=2026-11-21T00:00:00Z", "lat=35.3&long=141&radius=300", "bbox=141.0,35.3,141.1,35.4&page=1&page_size=3", "service_request_id=R-1,R-2&locale=en&extensions=true", "updated_after=2026-01-01T00:00:00Z&q=a"), _all("&", "=", "lat=", "1e400", "9" * 30, "bbox="), _raw("/demo/open311/v2/requests.xml")),
    "names": Breaking(_all("requests.xml", "services/park.json", "tokens/1.xml", "requests/R-1.json", "discovery.xml"), _all("/", ".xml", ".json"), lambda text: Asked("GET", f"/demo/open311/v2/{quote(text)}")),
    "form": Breaking((FORM,), _all("&", "=", "%", "attribute[]", "attribute[a][]=", "lat=NaN", "media_url=http://127.0.0.1/"), _body("POST", "/demo/open311/v2/requests.xml", "application/x-www-form-urlencoded")),
    "files": Breaking((PARTS,), _all("--x", "--x--", "\r\n\r\n", "content-disposition: form-data", 'name="', "filename*=utf-8''%ff", "content-transfer-encoding: base64"), _body("POST", "/demo/open311/v2/requests.json", "multipart/form-data; boundary=x")),
    "media type": Breaking(_all("multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-8"), _all(";", "boundary=", '"', "charset=x"), lambda text: Asked("POST", "/demo/open311/v2/requests.json", b"", PARTS, {"content-type": text.decode("latin-1")})),
}  # fmt: skip
"""Every reader of GeoReport."""


async def a_plane() -> Callable[[Asked], Awaitable[tuple[int, bytes]]]:
    """A data plane with a few entities and their past, asked without a server."""
    town: WatchedTown = Neighbours().add("here.example", open_memory(SteppingClock()))
    for number in range(3):
        lamp = {**LAMP, "id": f"urn:a:{number}", "watts": {**LAMP["watts"], "value": number}}
        await town.did("POST", "/entities", lamp)
    await town.did("POST", "/v2/entities", V2_LAMP)

    async def ask(asked: Asked) -> tuple[int, bytes]:
        face = town.v2_binding if asked.path.startswith("/v2/") else town.binding
        body = _Body(asked.body)
        query = asked.query.decode("latin-1")
        reply = await face(Ask(asked.method, asked.path, query, dict(asked.headers), body))
        return reply.status, reply.body

    return ask


async def an_open311() -> Callable[[Asked], Awaitable[tuple[int, bytes]]]:
    """A town that speaks Open311, with one request in it."""
    client = Client()
    await client.report()

    async def ask(asked: Asked) -> tuple[int, bytes]:
        client.town.clock.pass_s(3600)
        if asked.method == "GET":
            answer = await client.reader.get(asked.path + "?" + quote(asked.query, safe="&=%,:+;/"))
        else:
            answer = await client.reader.send(asked.path, asked.body, asked.headers["content-type"])
        return answer.status, answer.body

    return ask


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self) -> bytes:
        return self._body

    async def __aiter__(self) -> Any:
        yield self._body


def broken(what: Breaking, random: Random) -> tuple[bytes, Asked]:
    """The mutated bytes and the request that they stand in; of documents mostly the parts are mutated, so that they stay JSON."""
    if what.seeds[0][:1] in b"{[" and random.random() < 0.8:
        text = json.dumps(mutate_json(json.loads(random.choice(what.seeds)), random)).encode()[
            :SIZE_MAX_BYTES
        ]
    else:
        text = mutate(what.seeds, what.words, random)
    return text, what.into(text)
