"""What a person takes along is whole by construction, says what it leaves out and why, and is made piece by piece."""

from __future__ import annotations

import ast
import importlib
import io
import zipfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
import pytest
from trust_town import trust_town

from kaiteki.kit.engine import KIT
from kaiteki.kit.files.photo import Photo, photo_id, sender_mark
from kaiteki.kit.identity.mandates import Mandate
from kaiteki.kit.identity.passkey import Passkey
from kaiteki.kit.taking.archive import PIECE_BYTES, Archive, Sheet
from kaiteki.kit.taking.beside import ACCOUNT, LEFT_OUT, SESSION, TOLD, Beside
from kaiteki.kit.taking.whole import taken
from kaiteki.kit.views import write
from kaiteki.main.parts import SERVICES
from kaiteki.model.decision import Accepted
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Account, Grant, Session
from kaiteki.ports.credentials import Credential
from kaiteki.ports.entities import By, Change, Decision
from town import MORNING, RESIDENT_A, Town

SOURCES = Path(__file__).parents[2] / "src" / "kaiteki"
SECRETS = ("a-password-hash", "a-token-hash", "a-public-key", "a-code-hash", "a-paper-hash")


@cache
def kinds_of_credentials() -> frozenset[str]:
    """Every kind of credential that the sources make."""
    found: set[str] = set()
    for file in SOURCES.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        calls = (
            (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
            if "Credential(" in text
            else ()
        )
        for call in calls:
            if isinstance(call.func, ast.Name) and call.func.id == "Credential" and call.args:
                kind = call.args[0]
                assert isinstance(kind, ast.Name), (
                    f"{file}: the kind of a credential is a constant with a name"
                )
                name = ".".join(file.relative_to(SOURCES.parent).with_suffix("").parts)
                found.add(getattr(importlib.import_module(name), kind.id))
    return frozenset(found)


def test_every_kind_of_credential_is_told_or_left_out_with_a_reason() -> None:
    kinds = kinds_of_credentials()
    assert {"passkey", "mandate", "api_key", "access_token"} <= kinds
    assert kinds - set(TOLD) - set(LEFT_OUT) == set()
    assert not set(TOLD) & set(LEFT_OUT)


@pytest.mark.parametrize(("record", "told"), [(Account, ACCOUNT), (Session, SESSION)])
def test_every_field_of_the_registers_is_told_or_left_out_with_a_reason(
    record: type[msgspec.Struct], told: Mapping[str, Words]
) -> None:
    fields = {field.name for field in msgspec.structs.fields(record)}
    left = {name.partition(".")[2] for name in LEFT_OUT if name.startswith(f"{record.__name__}.")}
    assert fields == set(told) | left


def test_every_personal_type_has_a_holder_to_whom_it_is_handed() -> None:
    personal = [one for service in (*SERVICES, KIT) for one in service.types if one.personal]
    assert len(personal) >= 5
    assert [one.name for one in personal if not one.holder] == []


async def test_a_table_is_handed_on_while_its_rows_are_still_read() -> None:
    """The pieces stay small however long the table is, and the first leave long before the last row is there."""
    made: list[int] = []

    async def pages() -> AsyncGenerator[Sequence[Mapping[str, object]], None]:
        for page in range(100):
            made.append(page)
            yield [{"n": page * 100 + one, "text": f"{hash((page, one)):x}" * 8} for one in range(100)]

    archive, sizes, first, whole = Archive(MORNING, "ja"), list[int](), 0, io.BytesIO()
    columns = {"n": Words("番号", "Number"), "text": Words("文", "Text")}
    async for piece in archive.sheet(Sheet("rows", Words("表", "Rows"), columns, pages())):
        first = first or len(made)
        sizes.append(len(piece))
        whole.write(piece)
    whole.write(archive.close())
    assert 0 < first < 60 and max(sizes) < 4 * PIECE_BYTES
    kept = zipfile.ZipFile(whole)
    rows = msgspec.json.decode(kept.read("rows.json"))
    lines = kept.read("rows.csv").decode("utf-8-sig").splitlines()
    assert (len(rows), rows[9_999]["n"], len(lines), lines[0]) == (10_000, 9_999, 10_001, "番号,文")


async def test_who_goes_away_in_the_middle_leaves_nothing_open() -> None:
    town = await filled()
    beside = Beside(town.store.accounts, town.store.credentials, town.store.files)
    parts = taken(beside, town.city(RESIDENT_A), ())
    assert (await anext(parts)).startswith(b"PK")
    await parts.aclose()


async def filled() -> Town:
    """A town whose resident has everything that can stand beside entities, and sent a photo that a draft names."""
    town = trust_town()
    store, at = town.store, MORNING
    await store.accounts.put(
        Account("a", "aoi", "青木 葵", "a-password-hash", (Grant("demo", "resident"),), at)
    )
    await store.accounts.put(Account("b", "bunta", "馬場 文太", ""))
    await store.accounts.open(Session("a-token-hash", "a", at, Instant(2**52), 2, "passkey"))
    mandate = Mandate(
        "m-1", "a", "entrusted", ("reports.*",), at, Instant(at + 10**12), "a", "b", accepted_at=at
    )
    bodies = {
        "passkey": msgspec.msgpack.encode(Passkey(b"a-public-key", 1, "city.example", "わたしのスマホ")),
        "mandate": msgspec.json.encode(mandate),
    }
    for kind, value in (
        ("passkey", "k-1"),
        ("mandate", "m-1"),
        ("mandate_code", "a-code-hash"),
        ("recovery", "a-paper-hash"),
    ):
        await store.credentials.put(Credential(kind, value, "a", bodies.get(kind, b""), at))
    digest, picture = "d" * 64, await store.files.put("demo", b"a picture")
    photo = Photo(photo_id(digest), digest, "ready", picture, senders=(sender_mark("a", digest),))

    def keep(_loaded: Mapping[str, Entity]) -> Decision[None]:
        return Decision([Change(None, write(photo, None, at, "Photo"))], None)

    await store.entities.change("demo", [photo.id], keep, By("a", "kit.test"))
    form = {
        "category": "park",
        "description": "ベンチ",
        "latitude": 35.358,
        "longitude": 141.05,
        "photos": [{"digest": digest}],
    }
    said = await town.run("reports.submit", form, RESIDENT_A)
    assert isinstance(said, Accepted), said
    return town


async def test_account_sessions_ways_in_mandates_and_photos_come_along_without_secrets() -> None:
    town = await filled()
    beside = Beside(town.store.accounts, town.store.credentials, town.store.files)
    content = b"".join([piece async for piece in taken(beside, town.city(RESIDENT_A), ())])
    kept = zipfile.ZipFile(io.BytesIO(content))

    def table(name: str) -> list[dict[str, object]]:
        return msgspec.json.decode(kept.read(f"account/{name}.json"))

    (account,), (session,), (mandate,) = table("account"), table("sessions"), table("mandates")
    assert (account["login"], account["grants"], account["created_at"]) == (
        "aoi",
        ["demo resident"],
        "2026-11-22T00:00:00Z",
    )
    assert (session["method"], session["opened_at"]) == ("passkey", "2026-11-22T00:00:00Z")
    assert (mandate["side"], mandate["other"], mandate["covers"]) == ("given", "馬場 文太", ["reports.*"])
    assert [(one["kind"], one["title"]) for one in table("ways-in")] == [
        ("passkey", "わたしのスマホ"),
        ("recovery", ""),
    ]
    assert kept.read(f"photos/{'d' * 64}.jpg") == b"a picture"
    everything = b"".join(kept.read(name) for name in kept.namelist())
    assert [one for one in SECRETS if one.encode() in everything] == []
    other = b"".join(
        [
            piece
            async for piece in taken(
                beside, town.city(msgspec.structs.replace(RESIDENT_A, account_id="b")), ()
            )
        ]
    )
    theirs = zipfile.ZipFile(io.BytesIO(other))
    assert "青木" not in theirs.read("account/account.json").decode() and not [
        name for name in theirs.namelist() if name.startswith("photos/")
    ]
    assert msgspec.json.decode(theirs.read("named/Report.json")) == []
