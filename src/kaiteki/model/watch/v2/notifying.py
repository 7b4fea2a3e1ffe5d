"""The notification member of NGSI v2 subscriptions, read: where to, in which form, made out of which templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.ngsi_v2.names import check_name
from kaiteki.model.problem import Problem
from kaiteki.model.watch.mqtt import TOPIC_LENGTH_MAX, parse_mqtt
from kaiteki.model.watch.subscription import STREAM_URI, Endpoint, Pairs, Telling
from kaiteki.model.watch.v2.macros import check_template, check_templates
from kaiteki.model.watch.v2.wish import FORMATS, Custom, Shape

NAMES_MAX: Final = 200
PAIRS_MAX: Final = 50
URL_LENGTH_MAX: Final = 2048
TEXT_LENGTH_MAX: Final = 100_000
TIMEOUT_MAX_MS: Final = 1_800_000
TIMEOUT_KEPT_MAX_MS: Final = 60_000
"""Longer times are taken, as Orion does, and mean this."""
FAILS_MAX: Final = 1_000_000
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
BARE: Final = ("MQTT-Payload", "bare")
"""The setting of a letter that goes by MQTT without metadata around it."""
_WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "http": ("url", "timeout"),
    "httpCustom": ("url", "timeout", "headers", "qs", "method", "payload", "json", "ngsi"),
    "mqtt": ("url", "topic", "qos", "retain", "user", "passwd"),
    "mqttCustom": ("url", "topic", "qos", "retain", "user", "passwd", "payload", "json", "ngsi"),
}
"""The four ways of notifying with their members."""
_TOLD: Final = frozenset(
    {
        "timesSent",
        "lastNotification",
        "lastFailure",
        "lastFailureReason",
        "lastSuccess",
        "lastSuccessCode",
        "failsCounter",
    }
)
"""What the node says of the sending; documents that were read may be sent back."""
_OWN_HEADERS: Final = frozenset(
    {
        "host",
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "expect",
    }
)
_HEADER: Final = re.compile(r"[\w!#$&+.^`|~{}-]{1,200}", re.ASCII)


class Notified(NamedTuple):
    """What a notification member says, and the document as it is shown again."""

    telling: Telling
    shape: Shape
    custom: Custom | None
    fails_max: int | None
    document: dict[str, Json]


def read_notification(value: Json) -> Notified:
    """Read the member. Raises BadRequestData, OperationNotSupported."""
    if not is_object(value):
        raise Problem("BadRequestData", "notification is a JSON object", "notification")
    said = {name: told for name, told in value.items() if name not in _TOLD}
    ways = [name for name in _WAYS if name in said]
    if len(ways) != 1:
        raise Problem("BadRequestData", f"notification has one of {', '.join(_WAYS)}", "notification")
    way, field = ways[0], f"notification.{ways[0]}"
    how = said[way]
    if not is_object(how):
        raise Problem("BadRequestData", f"{field} is a JSON object", field)
    _only(how, _WAYS[way], field)
    shape, fails_max = _shape(said, way), _fails_max(said.get("maxFailsLimit"))
    custom = _custom(how, field) if way.endswith("Custom") else None
    endpoint = _mqtt(how, field) if way.startswith("mqtt") else _http(how, field)
    return Notified(Telling(endpoint), shape, custom, fails_max, said)


def _only(said: Mapping[str, Json], known: tuple[str, ...], field: str) -> None:
    for name in said:
        if name not in known:
            raise Problem("BadRequestData", f"{field} has no member {name[:64]}", f"{field}.{name[:64]}")


def _shape(said: Mapping[str, Json], way: str) -> Shape:
    known = (
        way,
        "attrs",
        "exceptAttrs",
        "onlyChangedAttrs",
        "covered",
        "attrsFormat",
        "metadata",
        "maxFailsLimit",
    )
    _only(said, known, "notification")
    attrs, excepted = _names(said, "attrs"), _names(said, "exceptAttrs")
    if attrs and excepted:
        raise Problem(
            "BadRequestData", "http notification has attrs or exceptAttrs, not both", "notification"
        )
    form = said.get("attrsFormat", "normalized")
    if form not in FORMATS:
        raise Problem(
            "BadRequestData", f"attrsFormat is one of {', '.join(FORMATS)}", "notification.attrsFormat"
        )
    covered = _flag(said, "covered")
    if covered and not attrs:
        raise Problem("BadRequestData", "covered goes with attrs", "notification.covered")
    return Shape(
        form,
        attrs or None,
        excepted,
        _names(said, "metadata") or None,
        _flag(said, "onlyChangedAttrs"),
        covered,
    )


def _names(said: Mapping[str, Json], name: str) -> tuple[str, ...]:
    value, field = said.get(name, []), f"notification.{name}"
    if not is_array(value) or len(value) > NAMES_MAX:
        raise Problem("BadRequestData", f"{field} is an array of up to {NAMES_MAX} names", field)
    return tuple(dict.fromkeys(check_name(one, field) for one in value))


def _flag(said: Mapping[str, Json], name: str) -> bool:
    value = said.get(name, False)
    if not isinstance(value, bool):
        raise Problem("BadRequestData", f"{name} is true or false", f"notification.{name}")
    return value


def _fails_max(value: Json) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= FAILS_MAX:
        raise Problem(
            "BadRequestData",
            f"maxFailsLimit is a number from 1 to {FAILS_MAX}",
            "notification.maxFailsLimit",
        )
    return value


def _text(said: Mapping[str, Json], name: str, field: str, length_max: int) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value or len(value) > length_max:
        raise Problem(
            "BadRequestData", f"{field}.{name} is a text of 1 to {length_max} characters", f"{field}.{name}"
        )
    return value


def _http(how: Mapping[str, Json], field: str) -> Endpoint:
    url = check_template(_text(how, "url", field, URL_LENGTH_MAX), f"{field}.url")
    if url != STREAM_URI and not (url.lower().startswith(("http://", "https://")) and _has_host(url)):
        raise Problem("BadRequestData", "invalid URL: it begins with http:// or https://", f"{field}.url")
    return Endpoint(url, timeout_ms=_timeout(how, field))


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).netloc)
    except ValueError:
        return False


def _timeout(how: Mapping[str, Json], field: str) -> float | None:
    value = how.get("timeout", 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= TIMEOUT_MAX_MS:
        raise Problem(
            "BadRequestData",
            f"timeout is a number of milliseconds from 0 to {TIMEOUT_MAX_MS}",
            f"{field}.timeout",
        )
    return float(min(value, TIMEOUT_KEPT_MAX_MS)) or None


def _mqtt(how: Mapping[str, Json], field: str) -> Endpoint:
    """An address of MQTT with the topic at its end; the broker of v2 speaks 3.1.1."""
    url = _text(how, "url", field, URL_LENGTH_MAX)
    topic = check_template(_text(how, "topic", field, TOPIC_LENGTH_MAX), f"{field}.topic")
    scheme, _, host = url.partition("://")
    user, password = how.get("user"), how.get("passwd")
    if scheme.lower() not in ("mqtt", "mqtts") or "/" in host.rstrip("/") or not host:
        raise Problem(
            "BadRequestData", "invalid URL: mqtt://host[:port], the topic by itself", f"{field}.url"
        )
    if (user is None) != (password is None):
        raise Problem("BadRequestData", "user and passwd go together", field)
    who = ""
    if user is not None:
        names = (_text(how, name, field, 256) for name in ("user", "passwd"))
        who = ":".join(quote(name, safe="") for name in names) + "@"
    address = f"{scheme.lower()}://{who}{host.rstrip('/')}/{quote(topic, safe='/${}')}"
    parse_mqtt(address, f"{field}.topic")
    qos, retain = how.get("qos", 0), how.get("retain", False)
    if isinstance(qos, bool) or qos not in (0, 1, 2):
        raise Problem("BadRequestData", "qos is 0, 1 or 2", f"{field}.qos")
    if not isinstance(retain, bool):
        raise Problem("BadRequestData", "retain is true or false", f"{field}.retain")
    settings: Pairs = (("MQTT-Version", "mqtt3.1.1"), ("MQTT-QoS", str(qos)), BARE)
    return Endpoint(address, notifier_info=(*settings, ("MQTT-Retain", "true")) if retain else settings)


def _custom(how: Mapping[str, Json], field: str) -> Custom:
    contents = [name for name in ("payload", "json", "ngsi") if name in how]
    if len(contents) > 1:
        raise Problem("BadRequestData", "only one of payload, json or ngsi accepted at the same time", field)
    method = how.get("method", "POST")
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise Problem("BadRequestData", f"method is one of {', '.join(METHODS)}", f"{field}.method")
    custom = Custom(method.upper(), _pairs(how, "headers", field), _pairs(how, "qs", field))
    content, told = (contents[0], how[contents[0]]) if contents else ("", None)
    if content == "payload" and told is not None:
        text = check_template(_text(how, "payload", field, TEXT_LENGTH_MAX), f"{field}.payload")
        return Custom(custom.method, custom.headers, custom.qs, "text", text)
    if content == "payload":
        return Custom(custom.method, custom.headers, custom.qs, "none")
    if content:
        check_templates(told, f"{field}.{content}")
        if not is_object(told) and not (content == "json" and is_array(told)):
            raise Problem("BadRequestData", f"{field}.{content} is a JSON object", f"{field}.{content}")
        return Custom(
            custom.method, custom.headers, custom.qs, "json" if content == "json" else "ngsi", document=told
        )
    return custom


def _pairs(how: Mapping[str, Json], name: str, field: str) -> Pairs:
    value, where = how.get(name, {}), f"{field}.{name}"
    if not is_object(value) or len(value) > PAIRS_MAX:
        raise Problem("BadRequestData", f"{where} is an object of up to {PAIRS_MAX} texts", where)
    for key, text in value.items():
        if not isinstance(text, str) or len(text) > URL_LENGTH_MAX:
            raise Problem("BadRequestData", f"{where}.{key[:64]} is a text", where)
        check_template(key, where)
        check_template(text, where)
        if name == "headers" and (not _HEADER.fullmatch(key) or key.lower() in _OWN_HEADERS):
            raise Problem("BadRequestData", f"{key[:64]} is no header that a subscription may set", where)
    return tuple((key, str(text)) for key, text in value.items())
