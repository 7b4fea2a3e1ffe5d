"""Entities that `kaiteki export` wrote, one a line (NGSI-LD, normalized, newline-delimited JSON), brought in as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final, cast

import msgspec

from kaiteki.main.imports.runner import Outcome, Screen
from kaiteki.main.imports.targets import BATCH_ROWS, Target
from kaiteki.model.entity import Json
from kaiteki.services.opendata.quality import Tally
from kaiteki.services.opendata.reading.source import Issue, Open, Source

SUFFIX: Final = ".ndjson"
LINE_BYTES_MAX: Final = 2_000_000
"""Bytes of one entity, as a node takes over HTTP."""
Document = dict[str, Json]


Numbered = tuple[int, Document | Issue]
"""Line or place in a list, and the entity there, or why there is none."""


async def bring_lines(source: Source, target: Target, screen: Screen) -> Outcome:
    """Keep every entity of a file; those that say nothing new are not written, lines that are none are refused."""
    return await bring_documents((source.label, source.name), _numbered(source.open), target, screen)


async def bring_documents(
    named: tuple[str, str], documents: AsyncIterator[Numbered], target: Target, screen: Screen
) -> Outcome:
    """Keep entities as they come, in batches; `named` is where they come from, for issues, and its title."""
    label, title = named
    tally = Tally()
    screen.begin(title, None)
    group: list[tuple[int, Document]] = []
    async for number, read in documents:
        tally.read += 1
        if isinstance(read, Issue):
            _refuse(label, tally, screen, read)
            continue
        group.append((number, read))
        if len(group) == BATCH_ROWS:
            await _keep(label, target, (tally, screen), group)
            group = []
    await _keep(label, target, (tally, screen), group)
    return Outcome(label, title, tally=tally)


async def _keep(
    label: str, target: Target, told: tuple[Tally, Screen], group: list[tuple[int, Document]]
) -> None:
    tally, screen = told
    if not group:
        return
    kept = await target.take([document for _, document in group])
    tally.created += kept.created
    tally.changed += kept.changed
    tally.unchanged += kept.unchanged
    for at, why in kept.refused.items():
        _refuse(label, tally, screen, Issue("remote_refused", group[at][0], value=why, level="refused"))
    screen.step(len(group))


def _refuse(label: str, tally: Tally, screen: Screen, issue: Issue) -> None:
    tally.note(issue)
    screen.issue(label, issue)


async def _numbered(opened: Open) -> AsyncIterator[Numbered]:
    for one in _documents(opened):
        yield one


def _documents(opened: Open) -> Iterator[Numbered]:
    """(line, entity, or why it is none)."""
    with opened() as file:
        number = 0
        while line := file.readline(LINE_BYTES_MAX):
            number += 1
            if len(line) == LINE_BYTES_MAX and not line.endswith(b"\n"):
                yield number, Issue("feature_too_large", number, level="refused")
                return
            if line.strip():
                yield number, _read(number, line)


def _read(number: int, line: bytes) -> Document | Issue:
    try:
        document: Json = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Issue("broken_json", number, value=str(error), level="refused")
    if not isinstance(document, dict) or not {"id", "type"} <= document.keys():
        return Issue("no_entity", number, level="refused")
    return cast(Document, document)
