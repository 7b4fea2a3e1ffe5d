"""Notifications of NGSI v2 as letters: usual ones with all entities in one, custom ones for each entity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kaiteki.model.watch.happening import Happening
from kaiteki.model.watch.subscription import Endpoint
from kaiteki.model.watch.v2.custom import Subject, custom_sheet
from kaiteki.model.watch.v2.letter import body_v2, headers_v2, subject_of
from kaiteki.model.watch.v2.wish import SINGLE
from kaiteki.ports.outgoing import Letter
from kaiteki.ports.subscriptions import KeptSubscription

TIMEOUT_S: Final = 10.0
"""How long a receiver has for its answer where the subscription does not say."""


class Told(NamedTuple):
    """A change as its reader sees it, and the entity as it is told."""

    happened: Happening
    body: bytes


def letters_of(kept: KeptSubscription, told: Sequence[Told], named: str) -> Iterator[Letter]:
    """The letters of one notification; `named` is its id, the same when it is sent again."""
    one, words = kept.subscription, kept.subscription.v2
    if words is None or not told:
        return
    endpoint = one.telling.endpoint
    correlator = ("fiware-correlator", named)
    timeout_s, settings = timeout_of(endpoint), endpoint.notifier_info
    if words.custom is not None:
        for happened, _ in told:
            sheet = custom_sheet(words.custom, endpoint.uri, Subject(words, one.id, kept.area, happened))
            yield Letter(
                kept.area,
                sheet.url,
                (*sheet.headers, correlator),
                sheet.body,
                timeout_s,
                settings,
                sheet.method,
            )
        return
    for part in [[one] for one in told] if words.shape.format in SINGLE else [told]:
        entities = [subject_of(happened) for happened, _ in part]
        headers = (*headers_v2(words, kept.area, entities), correlator)
        body = body_v2(words, one.id, [body for _, body in part])
        yield Letter(kept.area, endpoint.uri, headers, body, timeout_s, settings)


def timeout_of(endpoint: Endpoint) -> float:
    """How many seconds a receiver has for its answer."""
    return endpoint.timeout_ms / 1000 if endpoint.timeout_ms is not None else TIMEOUT_S
