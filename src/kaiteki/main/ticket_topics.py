"""Where ticket machines of others publish their numbers, as the operator says it.

KAITEKI_TICKETS_MQTT names topics by area (`demo=mqtt://user:password@broker/tickets/hall`, several with spaces between),
KAITEKI_TICKETS_TOKEN the machine account in whose name the numbers are taken in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from kaiteki.model.problem import Problem
from kaiteki.model.watch.mqtt import MqttAddress, parse_mqtt

TOPICS_MAX: Final = 50
BROKER: Final = "KAITEKI_TICKETS_MQTT"
TOKEN: Final = "KAITEKI_TICKETS_TOKEN"


class BadMachines(Exception):
    """What is said of ticket machines cannot be used; the text says why."""


class Machines(msgspec.Struct, frozen=True):
    """Where the machines of an area publish, and the token of the account in whose name their numbers are taken in."""

    area: str
    address: MqttAddress
    topic: str
    token: str


def machines_of(environ: Mapping[str, str], areas: Collection[str]) -> tuple[Machines, ...]:
    """What the environment says of ticket machines. Raises BadMachines."""
    named, token = environ.get(BROKER, "").split(), environ.get(TOKEN, "")
    if named and not token:
        raise BadMachines(f"{BROKER} needs {TOKEN}: the token of a machine that is staff of the offices")
    if len(named) > TOPICS_MAX:
        raise BadMachines(f"{BROKER} names at most {TOPICS_MAX} topics")
    found: list[Machines] = []
    for one in named:
        area, _, uri = one.partition("=")
        if area not in areas:
            raise BadMachines(f"{BROKER}: there is no area {area[:64]} here")
        try:
            address, topic = parse_mqtt(uri)
        except Problem as wrong:
            raise BadMachines(f"{BROKER}: {wrong.detail}") from None
        found.append(Machines(area, address, topic, token))
    return tuple(found)
