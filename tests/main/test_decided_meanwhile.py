"""What staff decide about a source or a catalogue while it is asked for counts; what came meanwhile is let go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
import pytest
from test_catalogues import declare, document
from test_harvesting import ROWS, Shelf, Town, shelf, table, town

from kaiteki.main.catalogues import Catalogues
from kaiteki.model.decision import Accepted, Refused
from kaiteki.ports.outgoing import Answered, Question
from kaiteki.services.opendata.catalogues.listing import forget_catalogue, read_catalogue
from kaiteki.services.opendata.catalogues.model import ForgetCatalogue, HarvestCatalogue, ReadCatalogue
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.intake.harvest import (
    FetchNow,
    HarvestSource,
    Switch,
    fetch_now,
    switch_source,
)
from kaiteki.services.opendata.intake.mapped import (
    SourceMapping,
    TryMapping,
    UseMapping,
    mapping_id,
    try_mapping,
    use_mapping,
)

__all__ = ["shelf", "town"]
Deed = Callable[[Town, str], Awaitable[None]]


async def keep(town: Town, done: Accepted | Refused) -> None:
    """Keep a decision, as the desk does."""
    assert isinstance(done, Accepted), done
    await town.target.keep(done.writes)
    await town.target.remove(done.deletes)


async def switch_off(town: Town, source: str) -> None:
    """Stop a source."""
    one = await town.target.get(HarvestSource, source)
    assert one is not None and one.is_active
    await keep(town, switch_source({source: one}, Switch(source), town.asked()))


async def ask_again(town: Town, source: str) -> None:
    """Have a source fetched now."""
    one = await town.target.get(HarvestSource, source)
    assert one is not None
    await keep(town, fetch_now({source: one}, FetchNow(source), town.asked()))


async def use_columns(town: Town, source: str) -> None:
    """Try what the columns of the newest file mean, and use it: the file is then fetched anew."""
    one = await town.target.get(HarvestSource, source)
    delivery = await town.target.get(Delivery, one.delivery) if one is not None else None
    assert one is not None and delivery is not None
    state: dict[str, msgspec.Struct] = {one.id: one, delivery.id: delivery}
    await keep(town, try_mapping(state, TryMapping(one.id, delivery.id), town.asked()))
    mapping = await town.target.get(SourceMapping, mapping_id(source))
    assert mapping is not None
    state[mapping.id] = mapping
    await keep(town, use_mapping(state, UseMapping(one.id, delivery.id), town.asked()))


async def forget(town: Town, source: str) -> None:
    """Delete a source."""
    await town.target.remove([source])


def interleave(monkeypatch: pytest.MonkeyPatch, town: Town, deed: Callable[[], Awaitable[None]]) -> None:
    """Have something decided behind the answer of the server and before anything is made of it, once."""
    ask = town.client.ask

    async def asking(question: Question) -> Answered:
        answer = await ask(question)
        monkeypatch.setattr(town.client, "ask", ask)
        await deed()
        return answer

    monkeypatch.setattr(town.client, "ask", asking)


@pytest.mark.parametrize("deed", [switch_off, ask_again, use_columns, forget])
@pytest.mark.parametrize("answer", ["new", "failed"])
async def test_what_is_decided_while_a_file_is_fetched_stands(
    shelf: Shelf, town: Town, monkeypatch: pytest.MonkeyPatch, deed: Deed, answer: str
) -> None:
    source = await town.declare(f"{shelf.url}/parks.csv")
    first = await town.turn(source)
    assert first.result == "new"
    shelf.content, shelf.status = table([*ROWS, "21,新公園,区21,35.5,141.5"]), 200 if answer == "new" else 500
    town.clock.pass_s(24 * 3600 + 1)
    decided: list[HarvestSource | None] = []

    async def decide() -> None:
        await deed(town, source)
        decided.append(await town.target.get(HarvestSource, source))

    interleave(monkeypatch, town, decide)
    assert await town.harvest.run_due() == 1
    assert len(decided) == 1 and await town.target.get(HarvestSource, source) == decided[0]
    shelf.status, asked = 200, len(shelf.asked)
    await town.harvest.run_due()
    after = await town.target.get(HarvestSource, source)
    if deed in (switch_off, forget):
        assert (len(shelf.asked), after) == (asked, decided[0])
    else:
        assert after is not None and (after.result, after.rows) == ("new", 21)


async def take_off(town: Town, one: HarvestCatalogue) -> None:
    """Take a catalogue off the list."""
    await keep(town, forget_catalogue({one.id: one}, ForgetCatalogue(one.id), town.asked()))


async def read_again(town: Town, one: HarvestCatalogue) -> None:
    """Have a catalogue read now."""
    await keep(town, read_catalogue({one.id: one}, ReadCatalogue(one.id), town.asked()))


@pytest.mark.parametrize("deed", [take_off, read_again])
@pytest.mark.parametrize("answer", ["read", "failed"])
async def test_what_is_decided_while_a_catalogue_is_read_stands(
    shelf: Shelf,
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    deed: Callable[[Town, HarvestCatalogue], Awaitable[None]],
    answer: str,
) -> None:
    shelf.content, shelf.status = document(("公園", "2026-01-01")), 200 if answer == "read" else 500
    worker = Catalogues(town.store.entities, town.client, town.clock, ("demo",))
    catalogue = await declare(town, f"{shelf.url}/catalogue.jsonld")

    async def decide() -> None:
        town.clock.pass_s(1)
        one = await town.target.get(HarvestCatalogue, catalogue)
        assert one is not None
        await deed(town, one)

    interleave(monkeypatch, town, decide)
    town.clock.pass_s(1)
    assert await worker.run_due() == 1
    after = await town.target.get(HarvestCatalogue, catalogue)
    if deed is take_off:
        assert after is None
        return
    assert after is not None and (after.state, after.sets) == ("", ())
    shelf.status = 200
    assert await worker.run_due() == 1
    after = await town.target.get(HarvestCatalogue, catalogue)
    assert after is not None and (after.state, [each.title for each in after.sets]) == ("read", ["公園"])
