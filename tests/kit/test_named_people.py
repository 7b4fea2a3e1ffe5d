"""People whom forms name: each is known, by whichever number they have; nobody else gets in."""

from __future__ import annotations

import msgspec
import pytest

from kaiteki.kit.identity.numbers import LENGTH_MAX, Numbers
from kaiteki.kit.manifest import Command
from kaiteki.kit.named_people import people_in
from kaiteki.main.parts import SERVICES
from kaiteki.model.access import Person
from kaiteki.ports.accounts import Account
from kaiteki.ports.credentials import Credential
from kaiteki.stores.memory import open_memory
from town import TownClock

COMMANDS = [(service.name, one) for service in SERVICES for one in service.commands]
NAMES_SOMEBODY = {"holder", "account", "account_id", "helper", "giver", "owner"}
BROWSER = "b0123456789abcdef"


async def keeps(ids: object) -> bool:
    """Something lies here of one browser."""
    return ids == (BROWSER,)


async def nothing_noted(_person: Person, _service: str) -> None:
    """These accounts have no ids of their own in services."""


async def test_a_number_is_an_account_what_a_service_knows_of_one_or_a_browser_of_which_something_is_kept() -> (
    None
):
    store = open_memory(TownClock())
    await store.accounts.put(Account("acc-1", "aoi", "葵", ""))
    await store.accounts.put(Account("acc-2", "machine:pump", "", "", kind="machine"))
    await store.credentials.put(Credential("pairwise", "pair-1", "acc-1", b"trust"))
    await store.credentials.put(Credential("pairwise", "pair-9", "acc-9", b"trust"))
    numbers = Numbers(store.accounts, store.credentials, nothing_noted, keeps)
    typed = ("acc-1", " acc-1 ", "pair-1", BROWSER)
    assert [await numbers.named("trust", "demo", one) for one in typed] == [
        "acc-1",
        "acc-1",
        "pair-1",
        BROWSER,
    ]
    nobody = ("acc-2", "acc-3", "pair-9", "aoi", "葵", "", " ", "b1", "a" * (LENGTH_MAX + 1))
    assert [await numbers.named("trust", "demo", one) for one in nobody] == [""] * len(nobody)


@pytest.mark.parametrize(("service", "command"), COMMANDS, ids=lambda one: getattr(one, "name", one))
def test_a_command_that_names_somebody_says_so(service: str, command: Command) -> None:
    fields = {field.name for field in msgspec.structs.fields(command.form)}
    assert fields & NAMES_SOMEBODY <= set(people_in(command.form)), (service, command.name)
