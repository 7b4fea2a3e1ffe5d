"""Posting letters by MQTT 3.1.1 and 5 (ETSI GS CIM 009 V1.9.1 clause 7): one connection for each broker and area, made again when it ends."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, NamedTuple, TypeAlias

import aiomqtt
import msgspec

from kaiteki.model.watch.mqtt import MqttAddress, parse_mqtt
from kaiteki.ports.outgoing import Letter, Unreachable

LINKS_MAX: Final = 64
"""Connections to brokers; the one used longest ago ends first."""
ENDING_S: Final = 5.0
"""How long the ends of connections are waited for."""
PUBLISHED: Final = 200
"""What a letter that the broker has taken is answered with, as by HTTP."""
_NAMES: Final = {"content-type": "Content-Type", "link": "Link", "ngsild-tenant": "NGSILD-Tenant"}

Check: TypeAlias = Callable[[str, str, int], Coroutine[Any, Any, str]]
"""(area, host, port) -> a checked address of the host; raises Unreachable for one that the area may not write to."""


class Broker(NamedTuple):
    """Who takes the letters, in whose name."""

    area: str
    address: MqttAddress
    version: str


def _with_metadata(letter: Letter) -> bytes:
    """A letter as NGSI-LD has it: headers as metadata, the notification as body."""
    metadata = {_NAMES.get(name, name): value for name, value in letter.headers}
    return msgspec.json.encode({"metadata": metadata, "body": msgspec.Raw(letter.body)})


class _Named(ssl.SSLContext):
    """Holds whoever answers at a checked address to the name of the host that was looked up; so that host is not looked up again."""

    host = ""

    def wrap_socket(self, sock: socket.socket, *args: Any, **told: Any) -> ssl.SSLSocket:
        """A secure connection to the host, whatever address it was found at."""
        return super().wrap_socket(sock, *args, **{**told, "server_hostname": self.host})


def _named(host: str) -> ssl.SSLContext:
    """Who is trusted to be a host: the authorities of this machine, which are read anew (50 to 100 ms)."""
    context = _Named(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    context.host = host
    return context


class MqttPostman:
    """Publishes letters. `check` resolves a host and says no to addresses that are not allowed."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._links: OrderedDict[Broker, aiomqtt.Client] = OrderedDict()
        self._making: dict[Broker, asyncio.Lock] = {}
        self._watching: set[asyncio.Task[None]] = set()

    async def send(self, letter: Letter) -> int:
        """Publish a letter, with its headers as metadata around it unless it is to go bare. Raises Unreachable."""
        settings = dict(letter.settings)
        address, topic = parse_mqtt(letter.url)
        broker = Broker(letter.area, address, settings.get("MQTT-Version", "mqtt5.0"))
        payload = letter.body if settings.get("MQTT-Payload") == "bare" else _with_metadata(letter)
        retain = settings.get("MQTT-Retain") == "true"
        try:
            async with asyncio.timeout(letter.timeout_s):
                link = await self._link(broker)
                qos = int(settings.get("MQTT-QoS", "0"))
                await link.publish(topic, payload, qos=qos, retain=retain, timeout=letter.timeout_s)
        except TimeoutError:
            await self._drop(broker)
            raise Unreachable(f"{address.host} took longer than {letter.timeout_s:g} seconds") from None
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            await self._drop(broker)
            raise Unreachable(f"{address.host} cannot be reached: {type(error).__name__}") from None
        return PUBLISHED

    async def _link(self, broker: Broker) -> aiomqtt.Client:
        """The connection to a broker; those who want it at the same time wait for one to be made."""
        async with self._making.setdefault(broker, asyncio.Lock()):
            link = self._links.get(broker)
            if link is None:
                link = self._links[broker] = await self._connect(broker)
                while len(self._links) > LINKS_MAX:
                    oldest = next(iter(self._links))
                    await self._drop(oldest)
                    self._making.pop(oldest, None)
            self._links.move_to_end(broker)
            return link

    async def _connect(self, broker: Broker) -> aiomqtt.Client:
        address = broker.address
        checked = await self._check(broker.area, address.host, address.port)
        older = broker.version == "mqtt3.1.1"
        link = aiomqtt.Client(
            checked,
            address.port,
            username=address.user or None,
            password=address.password or None,
            protocol=aiomqtt.ProtocolVersion.V311 if older else aiomqtt.ProtocolVersion.V5,
            tls_context=await asyncio.to_thread(_named, address.host) if address.is_secure else None,
        )
        await link.__aenter__()
        watching = asyncio.create_task(self._watch(broker, link))
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)
        return link

    async def _watch(self, broker: Broker, link: aiomqtt.Client) -> None:
        """Notice when a broker ends a connection, so that the next letter makes a new one."""
        with suppress(aiomqtt.MqttError):
            async for _ in link.messages:
                continue
        if self._links.get(broker) is link:
            await self._drop(broker)

    async def _drop(self, broker: Broker) -> None:
        """End a connection, whatever state it is in."""
        link = self._links.pop(broker, None)
        if link is not None:
            with suppress(aiomqtt.MqttError, OSError):
                await link.__aexit__(None, None, None)

    async def close(self) -> None:
        """End all connections."""
        for broker in list(self._links):
            await self._drop(broker)
        # who watches a connection hears how it ended: an end that nobody hears is told as an error of nobody
        if self._watching:
            _, deaf = await asyncio.wait(self._watching, timeout=ENDING_S)
            for watching in deaf:
                watching.cancel()
