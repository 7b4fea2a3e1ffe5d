"""Entities that `kaiteki export` wrote, one a line (NGSI-LD, normalized, newline-delimited JSON), brought in as they are."""

from __future__ import annotations

from collections.abc import Iterator
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


async def bring_lines(source: Source, target: Target, screen: Screen) -> Outcome:
    """Keep every entity of a file; those that say nothing new are not written, lines that are none are refused."""
    tally = Tally()
    screen.begin(source.name, None)
    group: list[tuple[int, Document]] = []
    for number, read in _documents(source.open):
        tally.read += 1
        if isinstance(read, Issue):
            _refuse(source, tally, screen, read)
            continue
        group.append((number, read))
        if len(group) == BATCH_ROWS:
            await _keep(source, target, (tally, screen), group)
            group = []
    await _keep(source, target, (tally, screen), group)
    return Outcome(source.label, source.name, tally=tally)


async def _keep(
    source: Source, target: Target, told: tuple[Tally, Screen], group: list[tuple[int, Document]]
) -> None:
    tally, screen = told
    if not group:
        return
    kept = await target.take([document for _, document in group])
    tally.created += kept.created
    tally.changed += kept.changed
    tally.unchanged += kept.unchanged
    for at, why in kept.refused.items():
        _refuse(source, tally, screen, Issue("remote_refused", group[at][0], value=why, level="refused"))
    screen.step(len(group))


def _refuse(source: Source, tally: Tally, screen: Screen, issue: Issue) -> None:
    tally.note(issue)
    screen.issue(source.label, issue)


def _documents(opened: Open) -> Iterator[tuple[int, Document | Issue]]:
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
    except msgspec.DecodeError as error:
        return Issue("broken_json", number, value=str(error), level="refused")
    if not isinstance(document, dict) or not {"id", "type"} <= document.keys():
        return Issue("no_entity", number, level="refused")
    return cast(Document, document)
