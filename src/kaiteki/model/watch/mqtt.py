"""Addresses of MQTT endpoints (ETSI GS CIM 009 V1.9.1 clause 7.2): `mqtt[s]://[user[:password]@]host[:port]/topic[/subtopic]`."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from kaiteki.model.problem import Problem

PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
VERSIONS: Final = ("mqtt3.1.1", "mqtt5.0")
QOS: Final = ("0", "1", "2")
TOPIC_LENGTH_MAX: Final = 1024


class MqttAddress(NamedTuple):
    """A broker and who one is there."""

    host: str
    port: int
    user: str
    password: str
    is_secure: bool


def parse_mqtt(uri: str, field: str = "uri") -> tuple[MqttAddress, str]:
    """The broker and the topic of an address. Raises BadRequestData."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise Problem("BadRequestData", "the address is malformed", field) from None
    topic = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise Problem("BadRequestData", "an MQTT address is mqtt[s]://host[:port]/topic", field)
    if not topic or len(topic) > TOPIC_LENGTH_MAX or set(topic + uri) & set("+#?\0"):
        raise Problem("BadRequestData", "an MQTT address ends with a topic without wildcards", field)
    address = MqttAddress(
        parts.hostname,
        port or PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        parts.scheme == "mqtts",
    )
    return address, topic


def check_mqtt(pairs: tuple[tuple[str, str], ...], field: str) -> None:
    """Refuse settings that this node cannot follow (clause 7.2). Raises BadRequestData."""
    told = dict(pairs)
    for name, known in (("MQTT-Version", VERSIONS), ("MQTT-QoS", QOS)):
        if name in told and told[name] not in known:
            raise Problem("BadRequestData", f"{name} is one of {', '.join(known)}", field)
