"""The query language: clause 4.9."""

from typing import Any
from urllib.parse import quote

import pytest

from conformance.every_kind import prop
from conformance.plane import ENTITIES, DataPlane, at


def thing(number: int, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:{number}", "type": "T", **attributes}


def link(number: int) -> dict[str, Any]:
    return {"type": "Relationship", "object": f"urn:ngsi-ld:{number}"}


TOWN = [
    thing(
        1,
        n=prop(5, observedAt=at(1), unitCode="CEL", accuracy=prop(0.5, by=prop("x"))),
        s="apple",
        b=True,
        day={"@type": "Date", "@value": "2026-04-01"},
        when={"@type": "DateTime", "@value": "2026-04-01T09:00:00Z"},
        hour={"@type": "Time", "@value": "09:00:00Z"},
        many=prop([1, "two", True]),
        place=prop({"city": "Chiba", "parts": [{"n": 1}, {"n": 2}], "deep": {"er": 7}}),
        to=link(2),
    ),
    thing(
        2,
        n=prop(-7.5, observedAt=at(2)),
        s='Banana; (ripe), "sweet"|sour',
        b=False,
        day="2026-04-02",
        when="2026-04-02T09:00:00+09:00",
        hour="10:30:00Z",
        words={"languageMap": {"ja": "街灯", "en": ["lamp", "light"]}},
        colour={"vocab": "Green"},
        to={"type": "Relationship", "object": ["urn:ngsi-ld:3", "urn:ngsi-ld:4"]},
    ),
    thing(
        3,
        n="5",
        s="cherry",
        raw={"json": {"a": {"b": [1, 2]}, "c": None}},
        list={"valueList": [1, "two"]},
        tos={"objectList": ["urn:ngsi-ld:1", "urn:ngsi-ld:2"]},
        at=prop("urn:ngsi-ld:1"),
        words={"languageMap": {"@none": "lamp", "fr": "feu"}},
    )
    | {"type": ["T", "U"]},
    thing(
        4,
        n=[prop(1), prop(100, datasetId="urn:d:2")],
        colour={"vocab": ["Red", "Green"]},
        location={"type": "Point", "coordinates": [140, 35]},
        many=prop([{"k": 1}, {"k": 2}]),
    ),
]

FOUND: dict[str, dict[str, str]] = {
    "what exists": {
        "n": "1234",
        "s": "123",
        "none": "",
        "to": "12",
        "tos": "3",
        "location": "4",
        "words": "23",
        "raw": "3",
        "n.accuracy": "1",
        "n.accuracy.by": "1",
        "n.accuracy.none": "",
        "n.observedAt": "12",
        "n.unitCode": "1",
        "n.datasetId": "4",
        "place[city]": "1",
        "place[none]": "",
        "place[deep.er]": "1",
        "place[deep.er.est]": "",
        "id": "1234",
        "scope": "",
    },
    "numbers": {
        "n==5": "1",
        "n==5.0": "1",
        "n==-7.5": "2",
        "n==-75e-1": "2",
        "n>1": "14",
        "n>=5": "14",
        "n<1": "2",
        "n<=1": "24",
        "n==1": "4",
        "n==100": "4",
        "n!=5": "234",
        "n.accuracy==0.5": "1",
        "n.accuracy>0.4": "1",
        "place[deep.er]==7": "1",
        "place[parts]==1": "",
        "place[parts.0.n]==1": "1",
        'n>"4"': "3",
        'n=="5"': "3",
    },
    "texts": {
        's=="apple"': "1",
        's=="Apple"': "",
        's=="Banana; (ripe), \\"sweet\\"|sour"': "2",
        's!="apple"': "23",
        's>"b"': "3",
        's>="apple"': "13",
        's<"b"': "12",
        's<="apple"': "12",
        'place[city]=="Chiba"': "1",
        'place[city]!="Tokyo"': "1",
        'n.unitCode=="CEL"': "1",
        'n.accuracy.by=="x"': "1",
    },
    "truth": {"b==true": "1", "b==false": "2", "b!=true": "2", 'b=="true"': "", "b>false": ""},
    "times": {
        "n.observedAt==" + at(1): "1",
        "n.observedAt>" + at(1): "2",
        "n.observedAt<=" + at(2): "12",
        "when==2026-04-01T09:00:00Z": "1",
        "when==2026-04-01T18:00:00+09:00": "1",
        "when>2026-04-01T09:00:00Z": "2",
        "when==2026-04-02T00:00:00.000Z": "2",
        "day==2026-04-01": "1",
        "day>=2026-04-01": "12",
        "day<2026-04-02": "1",
        "hour==09:00:00Z": "1",
        "hour>09:30:00Z": "2",
        "createdAt>=2026-04-01T00:00:00Z": "1234",
        "modifiedAt<2026-04-01T00:00:00Z": "",
        "n.createdAt>=2026-04-01T00:00:00Z": "1234",
    },
    "lists of values": {
        "n==5,100": "14",
        'n==5,"5"': "13",
        's=="apple","cherry"': "13",
        's!="apple","cherry"': "2",
        "b==true,false": "12",
        "to==urn:ngsi-ld:2,urn:ngsi-ld:9": "1",
    },
    "ranges": {
        "n==1..5": "14",
        "n==-10..0": "2",
        "n!=1..5": "234",
        's=="apple".."banana"': "1",
        "day==2026-04-01..2026-04-02": "12",
        "hour==09:00:00Z..10:00:00Z": "1",
        "when==2026-04-01T00:00:00Z..2026-04-01T23:59:59Z": "1",
        "n==1..2,5..6": "14",
    },
    "patterns": {
        's~="^a.*e$"': "1",
        "s~=^a.*e$": "1",
        's~="an"': "2",
        's!~="an"': "13",
        's~="(apple|cherry)"': "13",
        's~="^[A-Z]"': "2",
        'n~="5"': "3",
        'none!~="x"': "",
        'b~="true"': "",
        'place[city]~="^Ch"': "1",
    },
    "arrays": {
        "many==1": "1",
        'many=="two"': "1",
        "many==true": "1",
        "many==2": "",
        "many==1,2": "1",
        "many!=2": "14",
        "list==1": "3",
        'list=="two"': "3",
        'list=="three"': "",
        "list!=1": "",
        "many[0]==1": "1",
    },
    "links": {
        "to==urn:ngsi-ld:2": "1",
        'to=="urn:ngsi-ld:2"': "1",
        "to==urn:ngsi-ld:4": "2",
        "to!=urn:ngsi-ld:2": "2",
        "tos==urn:ngsi-ld:1": "3",
        "tos==urn:ngsi-ld:9": "",
        "at==urn:ngsi-ld:1": "3",
        "to>urn:ngsi-ld:1": "",
        'to~="ngsi-ld"': "",
        'tos~="ngsi-ld"': "",
        "id==urn:ngsi-ld:1": "1",
    },
    "linked entities": {
        "to{n}==-7.5": "1",
        "to{n}==100": "2",
        'to{s}=="cherry"': "2",
        "to{to{n}}==1": "1",
        'to{U:s}=="cherry"': "2",
        'to{V:s}=="cherry"': "",
        'to{V,U:s}~="^ch"': "2",
        "tos{b}==true": "3",
        "to{place[city]}": "",
        "to{none}": "",
        "s{n}==5": "",
    },
    "languages": {
        'words=="lamp"': "23",
        'words=="街灯"': "2",
        'words[en]=="lamp"': "2",
        'words[en]=="light"': "2",
        'words[ja]=="lamp"': "",
        'words[*]=="feu"': "3",
        'words[fr]~="^f"': "3",
        'words!="feu"': "2",
    },
    "terms": {
        "colour==https://uri.etsi.org/ngsi-ld/default-context/Red": "4",
        'colour=="https://uri.etsi.org/ngsi-ld/default-context/Green"': "24",
    },
    "json": {"raw[a.b]==2": "3", "raw[a.b]==3": "", "raw[c]": "3", "raw[a]": "3", 'raw[c]=="x"': ""},
    "and, or, brackets": {
        "n==5;b==true": "1",
        "n==5|b==false": "12",
        "n==5|b==false;s": "12",
        'b==true;s=="x"|n==1': "4",
        'b==true;(s=="x"|n==5)': "1",
        "((n==5))": "1",
        "(n|none);(none|to)": "12",
        "n==1;n==100": "4",
    },
}


@pytest.fixture
async def town(plane: DataPlane) -> DataPlane:
    await plane.make(*TOWN)
    return plane


async def test_4_9_what_each_condition_finds(town: DataPlane) -> None:
    rows = {q: wanted for group in FOUND.values() for q, wanted in group.items()}
    found = {q: "".join(await town.ids(f"type=T&q={quote(q)}")) for q in rows}
    assert found == rows


async def test_4_9_values_of_terms_are_expanded_on_request(town: DataPlane) -> None:
    """`expandValues` names attributes; `jsonKeys` those whose members are no terms."""
    for query, found in {
        'q=colour=="Green"': "",
        'q=colour=="Green"&expandValues=colour': "24",
        "q=colour==Green,Red&expandValues=colour": "24",
        'q=colour!="Green"&expandValues=colour': "",
        'q=colour=="Green"&expandValues=s': "",
        "q=raw[a.b]==1&jsonKeys=raw": "3",
    }.items():
        assert "".join(await town.ids(f"type=T&{quote(query, safe='=&')}")) == found, query


async def test_4_9_names_mean_what_the_context_says(plane: DataPlane) -> None:
    plane.web.documents["https://example.org/c.jsonld"] = {
        "@context": {"ex": "https://example.org/", "force": "ex:power", "Strong": "ex:strong"}
    }
    context = '<https://example.org/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    power = "https://example.org/power"
    await plane.make(
        thing(1, **{power: prop(3, **{power: prop(4)}), "kind": {"vocab": "https://example.org/strong"}})
    )
    for q, found in {
        "force==3": ["1"],
        "ex:power==3": ["1"],
        "power==3": [],
        "force.force==4": ["1"],
    }.items():
        assert await plane.ids(f"type=T&q={q}", link=context) == found, q
    assert await plane.ids("type=T&q=kind==Strong&expandValues=kind", link=context) == ["1"]
    assert await plane.ids("type=T&q=force==3") == []


async def test_4_9_what_cannot_be_read_is_refused(plane: DataPlane) -> None:
    wrong = [
        "",
        "n==",
        "n=5",
        "n==5;",
        ";n==5",
        "n==5||n==6",
        "(n==5",
        "n==5)",
        "()",
        '"n"==5',
        "n==abc",
        "n>1,2",
        "n>1..2",
        "n==1..",
        "n==1..true",
        'n==1.."x"',
        "n==2..2026-04-01",
        's=="open',
        's~="("',
        "s~=",
        "1n==5",
        "n.==5",
        "n[==5",
        "n[]==5",
        "to{==5",
        "to{}==5",
        "n==2026-13-01T00:00:00Z",
        "n==5 ;b==true",
    ]
    told = await plane.refusals("GET", f"{ENTITIES}?type=T&q={{}}", [quote(q) for q in wrong])
    assert dict(zip(wrong, told, strict=True)) == dict.fromkeys(wrong, (400, "q"))
    for deep in ("(" * 40 + "n" + ")" * 40, ";".join(["n"] * 300)):
        assert await plane.code("GET", f"{ENTITIES}?type=T&q={deep}") == (403, "TooComplexQuery")
