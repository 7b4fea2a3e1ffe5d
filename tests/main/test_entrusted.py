"""What a helper sees and takes along is what the mandate covers: every part of the file and every section of the page, for mixes of services."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pytest
from personal_city import PLANTED, PURPOSE, PersonalCity, personal_city, unlimited
from whole_node import AREA, Asker, mandated

from kaiteki.kit.engine import KIT, Asking
from kaiteki.kit.identity import Mandate, Mandates
from kaiteki.kit.taking.beside import ACCOUNT
from kaiteki.kit.views import expand_name
from kaiteki.main.parts import SERVICES
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted
from kaiteki.model.instant import Instant
from kaiteki.ports.credentials import Credential

KINDS: Final = {one.name: service.name for service in (*SERVICES, KIT) for one in service.types}
"""Which service keeps the entities of a type; messages are the kit's, which a mandate covers by its word for them."""
HOLDING: Final = sorted({s.name for s in SERVICES if any(one.holder for one in s.types)})
OWN_DATA: Final = "trust"
PAGE, FILE = f"/{AREA}/my/data", f"/{AREA}/my/data.zip"
THIRD: Final = "daisan-no-hito"
PAIR: Final = re.compile(rb"pair-(?:[0-9a-f]{24}|(?:[0-9a-f]{4} ){5}[0-9a-f]{4})")


class Taken(NamedTuple):
    """What somebody was given: the names of the parts, and all there is in them."""

    parts: frozenset[str]
    body: bytes


def _mixes() -> Iterator[tuple[tuple[str, ...], bool]]:
    """What mandates cover: the pages of one's own data or not, with every mix of two other parts, and with everything.

    A part is a service (nothing, looking, everything) or the messages (with, without). What is covered is decided for each service
    alone, and the pages of one's own data stand on theirs: so a fault shows in two parts, and more services make more pairs only.
    """
    others = [name for name in HOLDING if name != OWN_DATA]
    for of_own, much in product(("", "see", "*"), ("see", "*")):
        own = (f"{OWN_DATA}.{of_own}",) if of_own else ()
        alone = [(f"{name}.{much}",) for name in others]
        pairs = [
            (f"{one}.{much}", f"{two}.{more}")
            for one, two in combinations(others, 2)
            for more in ("see", "*")
        ]
        everything = tuple(f"{name}.{much}" for name in others)
        yield from ((own + covers, False) for covers in (*alone, *pairs))
        yield from ((own + covers, True) for covers in (*alone, everything))
        yield from (((own, letters) for letters in (False, True)) if own and much == "*" else ())


def _allowed(covers: tuple[str, ...], letters: bool) -> frozenset[str]:
    return frozenset({one.partition(".")[0] for one in covers} | ({KIT.name} if letters else set[str]()))


async def _taken(city: PersonalCity, asker: Asker) -> Taken:
    reply, _ = await city.ask(asker, "GET", FILE)
    assert reply.status == 200, reply
    archive = zipfile.ZipFile(io.BytesIO(reply.body))
    parts = [name for name in archive.namelist() if not name.startswith("README")]
    return Taken(frozenset(parts), b"\n".join(archive.read(name) for name in archive.namelist()))


async def _third(city: PersonalCity) -> None:
    """The holder has entrusted somebody else, too."""
    other = await city.node.person(THIRD, "resident")
    one = Mandate("m-3", city.holder.account, "parent", ("reports.*",), Instant(1), Instant(2**52), "x")
    one = msgspec.structs.replace(one, helper=other.account, accepted_at=Instant(1))
    kept = Credential("mandate", "m-3", city.holder.account, msgspec.json.encode(one))
    await city.node.node.joined.store.credentials.put(kept)


async def _acting(city: PersonalCity, helper: Asker) -> Person:
    """Whom services see when a helper acts."""
    joined = city.node.node.joined
    visit = await joined.identity.visit(helper.headers["cookie"].partition("=")[2])
    account = await joined.store.accounts.by_id(helper.account)
    assert visit is not None and account is not None
    book = Mandates(joined.store.accounts, joined.store.credentials, joined.clock)
    acting = await book.acting(account, visit.session, AREA)
    assert acting is not None
    return acting.person


async def _lines(city: PersonalCity, helper: Asker) -> set[str]:
    """The types of whose reads a helper is told."""
    person = await _acting(city, helper)
    found = await city.node.node.joined.cities.of(Asking(AREA, person)).accesses(0, 100)
    return {one.access.type for one in found}


@pytest.fixture
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in unlimited().items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_unlimited")
async def test_a_helper_sees_and_takes_along_what_is_covered_and_nothing_else(tmp_path: Path) -> None:
    async with personal_city(tmp_path / "data") as city:
        await _third(city)
        listed = await city.ask(city.head, "GET", f"/ngsi-ld/v1/entities?type={','.join(city.ids)}")
        assert listed[0].status == 200
        whole = await _taken(city, city.holder)
        own = city.told(whole.body, FILE)
        shown = (await city.ask(city.holder, "GET", PAGE))[1]
        assert THIRD.encode() in whole.body and city.holder.account.encode() in whole.body
        assert {KINDS[PLANTED[one][0]] for one in own} == {*HOLDING, KIT.name}
        for number, (covers, letters) in enumerate(_mixes()):
            allowed = _allowed(covers, letters)
            helper = await mandated(city.node, city.holder, f"kawari{number}", *covers, letters=letters)
            asking = Asker(city.holder.account, helper.headers, city.holder.ids, city.holder.known)
            page, told = await city.ask(asking, "GET", PAGE)
            if OWN_DATA not in allowed:
                assert (page.status, told) == (403, frozenset()), covers
                assert (await city.ask(asking, "GET", FILE))[0].status == 403
                continue
            assert page.status == 200 and told == _of(shown, allowed), (covers, letters)
            assert THIRD.encode() not in page.body
            _holds_numbers(city, page.body, allowed)
            taken = await _taken(city, asking)
            assert city.told(taken.body, FILE) == _of(own, allowed), (covers, letters)
            _holds(city, whole, taken, allowed)
            kinds = {expand_name(kind) for kind, service in KINDS.items() if service in allowed}
            seen = await _lines(city, helper)
            assert seen and seen <= kinds, (covers, seen)


@pytest.mark.usefixtures("_unlimited")
async def test_what_the_browser_of_a_helper_holds_is_the_helpers_own(tmp_path: Path) -> None:
    async with personal_city(tmp_path / "data") as city:
        helper = await mandated(city.node, city.holder, "kawari", *(f"{name}.*" for name in HOLDING))
        acting, cities = await _acting(city, helper), city.node.node.joined.cities
        browser, form = "b" + "0" * 20, {"purpose": PURPOSE, "version": 1, "items": ["ReportContact.email"]}
        alone = cities.of(Asking(AREA, browser=browser))
        assert isinstance(await alone.run("trust.give", form), Accepted)
        assert await alone.consented(PURPOSE) == {"ReportContact.email"}
        seen = cities.of(Asking(AREA, acting, browser=browser))
        assert browser not in seen.owned and "ReportContact.email" not in await seen.consented(PURPOSE)
        await seen.run("trust.withdraw_all", {})
        assert await alone.consented(PURPOSE) == {"ReportContact.email"}, "nor is it undone in the other name"


def _of(values: frozenset[str], allowed: frozenset[str]) -> frozenset[str]:
    return frozenset(one for one in values if KINDS[PLANTED[one][0]] in allowed)


def _holds(city: PersonalCity, whole: Taken, taken: Taken, allowed: frozenset[str]) -> None:
    """The parts are those of the person that are covered; nobody else is named, and no number of a service that is not covered."""
    common = {"read", "consents", "photos"}
    for part in whole.parts:
        folder, _, name = part.partition("/")
        kind = name.partition(".")[0]
        expected = folder in common or (folder in ("data", "named") and KINDS[kind] in allowed)
        assert (part in taken.parts) == expected, (part, allowed)
    assert taken.parts <= whole.parts
    assert THIRD.encode() not in taken.body and "account/account" not in taken.parts
    assert ACCOUNT["login"].en.encode() not in taken.body
    _holds_numbers(city, taken.body, allowed)


def _holds_numbers(city: PersonalCity, body: bytes, allowed: frozenset[str]) -> None:
    """No id of the account, and of the person none but those by which the covered services know them."""
    own = {one.encode() for one in city.holder.ids}
    told = {one.replace(b" ", b"") for one in PAIR.findall(body)} & own
    assert told <= {city.holder.known[name].encode() for name in allowed}, (told, allowed)
    assert city.holder.account.encode() not in body.replace(b"kawari", b"")
