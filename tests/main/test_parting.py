"""A mandate ends with the erasure of either side, at that moment; the other side is told once, and by no name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from whole_node import AREA, Asker, WholeNode, whole_node

from kaiteki.kit.erasing import Erasing, Order
from kaiteki.kit.identity import Mandate
from kaiteki.kit.identity.mandates import ERASED
from kaiteki.kit.identity.pairwise import PAIRWISE
from kaiteki.kit.messages import Letter
from kaiteki.kit.parting import CAUSE
from kaiteki.kit.views import expand_name, read
from kaiteki.main.site import erasing_of
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query, TypeIs
from kaiteki.ports.credentials import Credential

LONG = Instant(2**60)
ORDER = Order("operator", "test", Instant(1))


async def entrusted(node: WholeNode, giver: Asker, helper: Asker | None, name: str, **more: Any) -> None:
    """A mandate, as both sides find it."""
    credentials = node.node.joined.store.credentials
    held = helper.account if helper is not None else ""
    one = Mandate(
        name,
        giver.account,
        "entrusted",
        ("reports.*", "trust.see"),
        Instant(1),
        LONG,
        giver.account,
        helper=held,
        accepted_at=Instant(1) if held else None,
    )
    one = msgspec.structs.replace(one, **more)
    await credentials.put(Credential("mandate", name, giver.account, msgspec.json.encode(one)))
    if held:
        await credentials.put(Credential("helping", name, held))


async def kept(node: WholeNode, name: str) -> Mandate | None:
    """What stands in the register, whoever would look at it."""
    found = await node.node.joined.store.credentials.get("mandate", name)
    return msgspec.json.decode(found.body, type=Mandate) if found is not None else None


async def letters(node: WholeNode) -> list[Letter]:
    """The letters that told of an end, opened."""
    joined = node.node.joined
    rows = (await joined.store.entities.find(AREA, Query(types=TypeIs(expand_name("Message"))))).rows
    plain = await joined.opener.seals.plained(AREA, [row.entity() for row in rows])
    return [one for one in (read(Letter, entity) for entity in plain) if one.cause == CAUSE]


async def family(node: WholeNode) -> tuple[Asker, Asker]:
    """Somebody who is helped, and who helps: by a mandate in force, one that is over, one that waits, and one the other way round."""
    mother, daughter = await node.person("mother", "resident"), await node.person("daughter", "resident")
    draft = {"draft": {"description": "ベンチ"}}
    said = await node.ask("POST", f"/{AREA}/services/reports/save_draft", draft, mother.headers)
    assert said.status == 200, said
    await entrusted(node, mother, daughter, "m-1")
    await entrusted(node, mother, daughter, "m-2", ended_at=Instant(2), ended_by=daughter.account)
    await entrusted(node, mother, None, "m-3")
    await entrusted(node, daughter, mother, "m-4", covers=("opendata.*",))
    return mother, daughter


async def erase(node: WholeNode, who: Asker) -> None:
    erasing = erasing_of(node.node.joined)
    await erasing.erase(await erasing.ids_of(who.account), ORDER)


async def test_an_erased_helper_is_in_no_mandate_and_who_entrusted_it_is_told(tmp_path: Path) -> None:
    async with whole_node(tmp_path) as node:
        mother, daughter = await family(node)
        await erase(node, daughter)
        now = node.node.joined.clock.now()
        ended, before, waits = await kept(node, "m-1"), await kept(node, "m-2"), await kept(node, "m-3")
        assert ended is not None and before is not None and waits is not None
        assert (ended.helper, ended.ended_by, ended.is_over(now)) == ("", ERASED, True)
        assert (before.helper, before.ended_by, before.ended_at) == ("", ERASED, Instant(2))
        assert waits.ended_at is None and await kept(node, "m-4") is None
        credentials = node.node.joined.store.credentials
        assert [await credentials.get("helping", f"m-{n}") for n in (1, 2, 4)] == [None] * 3
        told = sorted(await letters(node), key=lambda one: one.body.en)
        assert [one.to for one in told] == [mother.known["kit"]] * 2
        assert "for whom you acted was erased" in told[0].body.en and "(Open data)" in told[0].body.en
        assert "(Town reports, Your data and consent)" in told[1].body.en
        assert not [one for one in told if "daughter" in msgspec.json.encode(one).decode()]
        # the page of who is left tells it, and the register knows under which id
        page = (await node.ask("GET", f"/{AREA}/my?lang=en", None, mother.headers)).body.decode()
        assert page.count("A mandate has ended") >= 2
        assert await credentials.get(PAIRWISE, mother.known["kit"]) is not None


async def test_who_helped_somebody_that_is_erased_is_told(tmp_path: Path) -> None:
    async with whole_node(tmp_path) as node:
        mother, daughter = await family(node)
        await erase(node, mother)
        assert [await kept(node, f"m-{n}") for n in (1, 2, 3)] == [None] * 3
        left = await kept(node, "m-4")
        assert left is not None and (left.helper, left.ended_by) == ("", ERASED)
        assert {one.to for one in await letters(node)} == {daughter.known["kit"]}
        assert len(await letters(node)) == 2


async def test_one_that_is_stopped_tells_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed behind each mandate, and gone on with."""

    class Killed(Exception):
        pass

    async with whole_node(tmp_path) as node:
        mother, daughter = await family(node)
        put, kills = node.node.joined.store.credentials.put, 2

        async def dying(credential: Credential) -> None:
            nonlocal kills
            if credential.kind == "mandate" and kills:
                kills -= 1
                raise Killed
            await put(credential)

        monkeypatch.setattr(node.node.joined.store.credentials, "put", dying)
        erasing: Erasing = erasing_of(node.node.joined)
        ids = await erasing.ids_of(daughter.account)
        for _ in range(2):
            with pytest.raises(Killed):
                await erasing.erase(ids, ORDER)
        await erasing.resume()
        assert [one.to for one in await letters(node)] == [mother.known["kit"]] * 2
        ended = await kept(node, "m-1")
        assert ended is not None and ended.ended_by == ERASED
        assert await erasing.under_way() == ()
