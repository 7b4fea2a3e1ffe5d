"""What queries mean, clause by clause: each row is an expression, and the ids of the sample that it selects."""

import pytest

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.language.geo import parse_geo
from kaiteki.model.language.order import parse_order
from kaiteki.model.language.q import parse_q
from kaiteki.model.language.scope import parse_scopes
from kaiteki.model.language.types import parse_types
from kaiteki.model.matching import matches, searchable
from kaiteki.model.ordering import order_key
from kaiteki.model.query import Query

NEW_YEAR = parse_instant("2026-01-01T00:00:00Z") or Instant(0)
DAY = 86_400_000_000


def iri(name: str) -> str:
    return name if name.startswith("http") else f"https://example.org/{name}"


def one(kind: str, value: object, **members: object) -> tuple[Instance, ...]:
    return (Instance(kind=kind, value=value, **members),)  # pyright: ignore


CAR = Entity(
    id="urn:car",
    types=(iri("Car"), iri("Home")),
    scopes=("/Madrid/Gardens/ParqueNorte", "/CompanyA"),
    created_at=NEW_YEAR,
    modified_at=Instant(NEW_YEAR + DAY),
    attributes={
        iri("speed"): one(
            "Property",
            55,
            observed_at=NEW_YEAR,
            unit_code="KMH",
            sub={iri("accuracy"): one("Property", 0.95)},
        ),
        iri("brand"): one("Property", "Mercedes"),
        iri("colors"): one("Property", ["blue", "red"]),
        iri("address"): one("Property", {"city": "Berlin", "door": [{"floor": 2}]}),
        iri("parkedAt"): one("Relationship", "urn:lot", object_type=iri("Lot")),
        iri("name"): one("LanguageProperty", {"en": "Red car", "ja": ["赤い車", "カー"]}),
        iri("gender"): one("VocabProperty", iri("Male")),
        iri("ticket"): one("JsonProperty", {"id": "85a", "value": "late"}),
        iri("tags"): one("ListProperty", ["a", 2]),
        iri("owners"): one("ListRelationship", ["urn:p1", "urn:p2"]),
        iri("since"): one("Property", {"@type": "DateTime", "@value": "2026-01-01T09:00:00+09:00"}),
        iri("day"): one("Property", "2026-01-01"),
        iri("on"): one("Property", True),
        iri("location"): one("GeoProperty", {"type": "Point", "coordinates": [140.1, 35.6]}),
    },
)
LOT = Entity(
    id="urn:lot",
    types=(iri("Lot"),),
    scopes=("/Madrid",),
    created_at=NEW_YEAR,
    modified_at=NEW_YEAR,
    attributes={
        iri("capacity"): one("Property", 12),
        iri("speed"): (
            Instance(kind="Property", value=10),
            Instance(kind="Property", value=20, dataset_id="urn:d2"),
        ),
        iri("location"): one(
            "GeoProperty",
            {"type": "Polygon", "coordinates": [[[140, 35], [141, 35], [141, 36], [140, 36], [140, 35]]]},
        ),
    },
)
TOWN = {entity.id: entity for entity in (CAR, LOT)}
BOTH = {"urn:car", "urn:lot"}


def select(query: Query) -> set[str]:
    return {key for key, entity in TOWN.items() if matches(entity, query, TOWN.get)}


@pytest.mark.parametrize(
    ("q", "wanted"),
    [
        ("speed", BOTH),
        ("brand", {"urn:car"}),
        ("speed==55", {"urn:car"}),
        ("speed==55.0", {"urn:car"}),
        ('speed=="55"', set()),
        ("speed!=55", {"urn:lot"}),
        ('speed!="55"', BOTH),
        ("speed==10..20", {"urn:lot"}),
        ("speed!=10..20", {"urn:car"}),
        ("speed==20", {"urn:lot"}),
        ("speed==1,55", {"urn:car"}),
        ("speed!=1,55", {"urn:lot"}),
        ("speed>20", {"urn:car"}),
        ("speed>=20;speed<=55", BOTH),
        ("speed<1", set()),
        ('colors=="red"', {"urn:car"}),
        ('colors!="red"', set()),
        ('colors=="black","blue"', {"urn:car"}),
        ('colors>"a"', set()),
        ('address[city]=="Berlin"', {"urn:car"}),
        ("address[door][0][floor]==2", {"urn:car"}),
        ("address[street]", set()),
        ("speed.accuracy>0.9", {"urn:car"}),
        ("speed.observedAt>=2026-01-01T00:00:00Z", {"urn:car"}),
        ("speed.observedAt>2026-01-01T00:00:00Z", set()),
        ('speed.unitCode=="KMH"', {"urn:car"}),
        ('speed.datasetId=="urn:d2"', {"urn:lot"}),
        ("modifiedAt>2026-01-01T00:00:00Z", {"urn:car"}),
        ("since==2026-01-01T00:00:00Z", {"urn:car"}),
        ("since>=2025-12-31T23:59:59.5Z", {"urn:car"}),
        ("since>5", set()),
        ("day==2026-01-01", {"urn:car"}),
        ("day>2025-12-31", {"urn:car"}),
        ("on==true", {"urn:car"}),
        ("on==1", set()),
        ("on!=false", {"urn:car"}),
        ('parkedAt=="urn:lot"', {"urn:car"}),
        ("parkedAt==urn:lot", {"urn:car"}),
        ("parkedAt==urn:lot,urn:else", {"urn:car"}),
        ("parkedAt>urn:a", set()),
        ('parkedAt~="lot"', set()),
        ("owners==urn:p2", {"urn:car"}),
        ("owners!=urn:p2", set()),
        ("gender==https://example.org/Male", {"urn:car"}),
        ('name=="Red car"', {"urn:car"}),
        ('name[en]=="Red car"', {"urn:car"}),
        ('name[ja]=="カー"', {"urn:car"}),
        ('name[*]=="カー"', {"urn:car"}),
        ('name[ja]=="Red car"', set()),
        ('name!="Red car"', set()),
        ('name[en]~="^Red"', {"urn:car"}),
        ('ticket[value]=="late"', {"urn:car"}),
        ("tags==2", {"urn:car"}),
        ('brand~="^Mer.*s$"', {"urn:car"}),
        ("brand~=mer", set()),
        ("brand!~=mer", {"urn:car"}),
        ("brand~=(Mer|x);speed", {"urn:car"}),
        ("speed~=5", set()),
        ("parkedAt{capacity}==12", {"urn:car"}),
        ("parkedAt{Lot:capacity}>11", {"urn:car"}),
        ("parkedAt{House:capacity}>11", set()),
        ("capacity|brand", BOTH),
        ("capacity;brand", set()),
        ('(speed>50|rpm>3000);brand=="Mercedes"', {"urn:car"}),
        ('speed>50|speed>5;brand=="x"', {"urn:car"}),
    ],
)
def test_q_selects(q: str, wanted: set[str]) -> None:
    assert select(Query(q=parse_q(q, iri))) == wanted


def test_q_expands_the_values_of_named_attributes() -> None:
    assert select(Query(q=parse_q("gender==Male", iri, expand_values=["gender"]))) == {"urn:car"}


@pytest.mark.parametrize(
    ("types", "wanted"),
    [
        ("Car", {"urn:car"}),
        ("Car,Lot", BOTH),
        ("Car|Lot", BOTH),
        ("(Car;Home)", {"urn:car"}),
        ("(Car;Lot)", set()),
        ("(Car;Lot)|Lot", {"urn:lot"}),
        ("https://example.org/Lot", {"urn:lot"}),
        ("*", BOTH),
    ],
)
def test_types_select(types: str, wanted: set[str]) -> None:
    assert select(Query(types=parse_types(types, iri))) == wanted


@pytest.mark.parametrize(
    ("scopes", "wanted"),
    [
        ("/Madrid", {"urn:lot"}),
        ("/Madrid/#", BOTH),
        ("/Madrid/Gardens/#", {"urn:car"}),
        ("/Madrid/+/ParqueNorte", {"urn:car"}),
        ("/Madrid/+", set()),
        ("(/Madrid/Gardens/#;/CompanyA)", {"urn:car"}),
        ("(/Madrid;/CompanyA)|CompanyB", set()),
        ("/CompanyA,/Madrid", BOTH),
        ("/#", BOTH),
    ],
)
def test_scopes_select(scopes: str, wanted: set[str]) -> None:
    assert select(Query(scope=parse_scopes(scopes))) == wanted


@pytest.mark.parametrize(
    ("georel", "geometry", "coordinates", "wanted"),
    [
        ("near;maxDistance==1000", "Point", "[140.1,35.6]", BOTH),
        ("near;maxDistance==1000", "Point", "[140.5,36.2]", set()),
        ("near;maxDistance==50000", "Point", "[140.5,36.2]", {"urn:lot"}),
        ("near;minDistance==1000", "Point", "[140.11,35.61]", {"urn:car"}),
        ("near;minDistance==1000;maxDistance==2000", "Point", "[140.11,35.61]", {"urn:car"}),
        ("within", "Polygon", "[[[139,34],[142,34],[142,37],[139,37],[139,34]]]", BOTH),
        ("within", "Polygon", "[[[140.05,35.5],[140.2,35.5],[140.05,35.9],[140.05,35.5]]]", {"urn:car"}),
        ("contains", "Point", "[140.5,35.5]", {"urn:lot"}),
        ("intersects", "LineString", "[[139,35.5],[142,35.5]]", {"urn:lot"}),
        ("disjoint", "Point", "[140.5,35.5]", {"urn:car"}),
        ("equals", "Point", "[140.1,35.6]", {"urn:car"}),
        ("overlaps", "Polygon", "[[[140.5,35.5],[142,35.5],[142,37],[140.5,35.5]]]", {"urn:lot"}),
    ],
)
def test_geometries_select(georel: str, geometry: str, coordinates: str, wanted: set[str]) -> None:
    assert select(Query(geo=parse_geo(georel, geometry, coordinates, iri))) == wanted


def test_the_other_parts_of_a_query_select() -> None:
    assert select(Query(ids=("urn:car", "urn:none"))) == {"urn:car"}
    assert select(Query(id_pattern="^urn:l")) == {"urn:lot"}
    assert select(Query(attrs=(iri("capacity"), iri("brand")))) == BOTH
    assert select(Query(attrs=(iri("speed"),), dataset_ids=("urn:d2",))) == {"urn:lot"}
    assert select(Query(text="ＲＥＤ かー")) == {"urn:car"}
    assert select(Query(text="berlin")) == {"urn:car"}
    assert searchable(LOT) == ""


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("speed", ["urn:lot", "urn:car"]),
        ("speed;desc", ["urn:car", "urn:lot"]),
        ("brand", ["urn:car", "urn:lot"]),
        ("brand;desc", ["urn:car", "urn:lot"]),
        ("capacity;desc", ["urn:lot", "urn:car"]),
        ("modifiedAt", ["urn:lot", "urn:car"]),
        ("id;desc", ["urn:lot", "urn:car"]),
        ("createdAt,modifiedAt;desc", ["urn:car", "urn:lot"]),
        ("location;dist-asc", ["urn:lot", "urn:car"]),
        ("location;dist-desc", ["urn:car", "urn:lot"]),
        ("address[city]", ["urn:car", "urn:lot"]),
    ],
)
def test_order(order: str, wanted: list[str]) -> None:
    query = Query(
        order=parse_order(order, iri), order_geometry={"type": "Point", "coordinates": [140.9, 35.9]}
    )
    assert [one.id for one in sorted(TOWN.values(), key=lambda e: order_key(e, query))] == wanted
