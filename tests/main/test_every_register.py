"""The register page of every type of every service opens, with a record in it, for whoever may open it, whatever stands in its address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final
from urllib.parse import quote

import msgspec
import pytest
from argon2 import PasswordHasher
from msgspec import inspect
from starlette.applications import Starlette
from test_report_pages import PASSWORD, open_portal_of

from kaiteki.kit.engine import KIT
from kaiteki.kit.identity import Identity
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.views import slots, write
from kaiteki.main.parts import SERVICES
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Grant
from kaiteki.ports.entities import By, Change, Decision
from reader import TOKEN, Answer, Reader
from town import MORNING, Town

TYPES: Final = [(service, declared) for service in (*SERVICES, KIT) for declared in service.types]
PLACE: Final = {"type": "Point", "coordinates": [141.0, 35.35]}
PURPOSE: Final = re.compile(r'<option value="([a-z_]+\.[a-z_]+)"')
SIMPLE: Final[dict[type, Any]] = {
    inspect.StrType: "見本",
    inspect.BoolType: True,
    inspect.IntType: 3,
    inspect.FloatType: 1.5,
    inspect.AnyType: "見本",
    inspect.DictType: {},
    inspect.NoneType: None,
}
ODD: Final = (
    "q=%00", "q=" + quote("見本 \"'<>%"), "q=" + "x" * 5000, "page=0", "page=-1", "page=99999", "page=" + quote("１"), "page=1e3",
    "sort=nothing", "sort=-", "sort=id", "sort=-id", "sort=__class__", "f.nothing=1", "f.=1", "f.id=1", "lang=xx", "lang=ja-easy", "lang=en",
    "purpose=nothing", "q=a&q=b&page=1&page=2", "%FF=%FE", "f.status=%00",
)  # fmt: skip


def sample(kind: Any) -> Any:
    """A value of a type of msgspec."""
    if isinstance(kind, inspect.StructType):
        if kind.cls is Words:
            return Words("見本", "sample")
        return kind.cls(**{one.name: sample(one.type) for one in kind.fields})
    if isinstance(kind, inspect.UnionType):
        return sample(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.EnumType):
        return next(iter(kind.cls))
    if isinstance(kind, inspect.Metadata):
        return sample(kind.type)
    if isinstance(kind, inspect.VarTupleType):
        return (sample(kind.item_type),)
    if isinstance(kind, inspect.TupleType):
        return tuple(sample(one) for one in kind.item_types)
    if isinstance(kind, (inspect.SetType, inspect.FrozenSetType)):
        return frozenset()
    if isinstance(kind, (inspect.ListType, inspect.CollectionType)):
        return [sample(kind.item_type)]
    return SIMPLE[type(kind)]


def record(declared: EntityType, filled: bool) -> Any:
    """A record of a type: with something in every field, or in those alone that must have it."""
    view = declared.view
    places = {slot.field for slot in slots(view) if "Geo" in slot.kind}
    info = inspect.type_info(view)
    assert isinstance(info, inspect.StructType)
    values = {
        one.name: PLACE if one.name in places else sample(one.type)
        for one in info.fields
        if filled or one.required
    }
    return view(**{**values, "id": f"urn:ngsi-ld:{declared.name}:{'full' if filled else 'bare'}"})


async def open_town() -> Starlette:
    """A town of all services with two records of every type, and somebody of each role."""
    town = Town(*SERVICES)
    for _, declared in TYPES:
        for filled in (True, False):
            entity = write(record(declared, filled), None, MORNING, declared.name)

            def decide(loaded: Any, entity: Any = entity) -> Decision[None]:
                return Decision([Change(None, entity)], None)

            await town.store.entities.change("demo", (), decide, By(action="trial"))
    app = await open_portal_of(town)
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = Identity(
        town.store.accounts, town.store.credentials, town.clock, b"secret of the tests", hasher
    )
    for role in ("admin", "auditor"):
        await identity.register(role, role, PASSWORD, [Grant("demo", role)])
    return app


async def open_register(reader: Reader, path: str) -> Answer:
    """The page of a register; where it is asked what somebody looks for, the first purpose of those offered is chosen."""
    said = await reader.get(path)
    offered = PURPOSE.search(said.text) if said.status == 403 else None
    if offered is None:
        return said
    token = TOKEN.search(said.text)
    fields = {"purpose": offered[1], "back": path.removeprefix("/demo/")}
    chosen = await reader.post("/demo/desk/purpose", fields, token[1] if token else "")
    assert chosen.status == 303
    return await reader.get(path)


def registers() -> Iterator[tuple[str, EntityType]]:
    """The path of the register of every type."""
    return ((f"/demo/desk/{service.name}/{declared.name}", declared) for service, declared in TYPES)


@pytest.mark.parametrize("login", ["admin", "desk", "auditor", "guest", ""])
async def test_every_register_opens_with_its_records(login: str) -> None:
    reader = Reader(await open_town())
    if login:
        assert (await reader.sign_in(login, PASSWORD)).status == 303
    opened, wrong = 0, list[str]()
    for path, declared in registers():
        said = await open_register(reader, path)
        if said.status >= 500 or (login == "admin" and said.status != 200):
            wrong.append(f"{path} {said.status}")
            continue
        opened += said.status == 200
        ids = [f"urn:ngsi-ld:{declared.name}:{one}" for one in ("full", "bare")]
        leads = [f"{path}/{quote(one, safe='')}" in said.text or f"{path}/{one}" in said.text for one in ids]
        if said.status == 200 and login == "admin" and not all(leads):
            wrong.append(f"{path} does not lead to its records")
        for below in (".csv", *(f"/{one}" for one in ids)):
            other = await reader.get(path + below)
            if other.status >= 500:
                wrong.append(f"{path}{below} {other.status}")
    assert wrong == []
    assert opened == {"admin": len(TYPES), "guest": 0, "": 0}.get(login, opened)


async def test_no_address_of_a_register_is_a_fault_of_the_node() -> None:
    reader = Reader(await open_town())
    assert (await reader.sign_in("admin", PASSWORD)).status == 303
    wrong: list[str] = []
    for path, declared in registers():
        await open_register(reader, path)
        fields = [slot.field for slot in slots(declared.view)]
        by_field = chain.from_iterable(
            (f"sort=-{one}", f"f.{one}={quote('見本')}", f"f.{one}=1") for one in fields
        )
        for query in (*ODD, *by_field):
            said = await reader.get(f"{path}?{query}")
            if said.status >= 500:
                wrong.append(f"{path}?{query[:40]} {said.status}")
    assert wrong == []


def test_there_is_a_record_of_every_type() -> None:
    assert all(isinstance(record(declared, filled), msgspec.Struct) for _, declared in TYPES for filled in (True, False))  # fmt: skip
