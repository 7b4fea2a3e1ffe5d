"""Files that a test makes up, as the readers see them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import msgspec

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.pages import PageAsk
from kaiteki.main.imports.runner import Importer, Options, Outcome
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.access import NOBODY, Person
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.reading.source import Issue, Source
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from town import TownClock


def source(
    name: str, content: bytes, beside: Mapping[str, bytes] | None = None, folder: str = "data"
) -> Source:
    """A file in memory, with others beside it."""
    others = {name: partial(io.BytesIO, content)} | {
        other: partial(io.BytesIO, more) for other, more in (beside or {}).items()
    }
    return Source(f"{folder}/{name}", name, folder, partial(io.BytesIO, content), others)


def disk_source(file: Path) -> Source:
    """A file of the disk with its neighbours."""
    beside = {other.name: partial(other.open, "rb") for other in file.parent.iterdir() if other.is_file()}
    return Source(str(file), file.name, file.parent.name, partial(file.open, "rb"), beside)


class Heard:
    """A screen that remembers what it heard."""

    def __init__(self) -> None:
        self.issues: list[tuple[str, Issue]] = []
        self.asked: list[tuple[int, int]] = []
        self.agrees = False

    def begin(self, title: str, rows: int | None) -> None:
        """Nothing to show."""

    def step(self, rows: int) -> None:
        """Nothing to show."""

    def confirm(self, title: str, gone: int, standing: int) -> bool:
        """Remember what was asked, and agree if told to."""
        self.asked.append((gone, standing))
        return self.agrees

    def issue(self, file: str, issue: Issue) -> None:
        """Remember it."""
        self.issues.append((file, issue))


class Hall:
    """A town hall that imports into a store in memory."""

    def __init__(self, area: str = "demo") -> None:
        self.clock = TownClock()
        self.area = area
        self.store: Store = open_memory(self.clock)
        self.screen = Heard()

    async def bring(self, *sources: Source, options: Options | None = None) -> list[Outcome]:
        """Import sources; the outcomes in order."""
        self.clock.pass_s(60)
        target = LocalTarget(self.store.entities, self.clock, self.area)
        importer = Importer(target, self.clock, self.screen, options or Options())
        outcomes: list[Outcome] = []
        for one in sources:
            await importer.run(one, outcomes.append)
        return outcomes


def ask_of(
    hall: Hall,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    person: Person = NOBODY,
) -> PageAsk:
    """Anybody asks, or somebody who is signed in."""
    engine = Engine(hall.store.entities, hall.clock, (service,))
    darkroom = Darkroom(engine, hall.store.files, hall.store.received)
    cities = Cities(engine, darkroom)
    cities.beside = msgspec.structs.replace(cities.beside, history=hall.store.history)
    return PageAsk(
        area=hall.area,
        path=path or {},
        query=query or {},
        fields={},
        files={},
        person=person,
        language="ja",
        now=hall.clock.now(),
        seed=1,
        city=cities.of(Asking(hall.area, person)),
    )


def counts(outcome: Outcome) -> tuple[int, int, int, int, int]:
    """read, created, changed, unchanged, refused."""
    tally = outcome.tally
    assert tally is not None
    return tally.read, tally.created, tally.changed, tally.unchanged, tally.refused
