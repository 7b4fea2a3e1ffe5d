"""Numbers of ticket machines of others by MQTT 3.1.1: each message is one `counter.feed`, taken off the broker after it is kept.

A message is acknowledged when its decision is durable, and the broker keeps what comes while
the node is away (QoS 1, a lasting session); the command knows repeats. What is refused is told at `<topic>/refused`, with its fields.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
import structlog
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from kaiteki.kit.engine import Asking, Engine
from kaiteki.main.ticket_topics import Machines
from kaiteki.model.access import Person
from kaiteki.model.decision import Refused, digest_of
from kaiteki.model.problem import Problem
from kaiteki.ports.outage import StoreAway

COMMAND: Final = "counter.feed"
MESSAGE_BYTES_MAX: Final = 10_000
AGAIN_S: Final = 1.0
_FORM: Final = msgspec.json.Decoder(dict[str, Any])
QOS: Final = 1
WhoOf = Callable[[Mapping[str, str], str], Awaitable[Person]]


class TicketMachines:
    """Takes in what the machines of one topic publish, one message after the other."""

    def __init__(self, machines: Machines, engine: Engine, who: WhoOf) -> None:
        self._machines = machines
        self._engine = engine
        self._who = who

    async def run(self) -> None:
        """Take in messages until cancelled; a broker that is away is looked for again and again."""
        at, loop = self._machines.address, asyncio.get_running_loop()
        coming: asyncio.Queue[MQTTMessage] = asyncio.Queue()
        name = f"kaiteki-{digest_of(self._machines.area, at.host, self._machines.topic)[:16]}"
        client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False, manual_ack=True)
        if at.user:
            client.username_pw_set(at.user, at.password or None)
        if at.is_secure:
            # (its own types leave the context open)
            secured: Any = client
            secured.tls_set_context(ssl.create_default_context())

        def connected(one: Client, *_told: Any) -> None:
            one.subscribe(self._machines.topic, QOS)

        def arrived(_one: Client, _told: Any, message: MQTTMessage) -> None:
            loop.call_soon_threadsafe(coming.put_nowait, message)

        client.on_connect, client.on_message = connected, arrived
        client.reconnect_delay_set(1, 30)
        client.connect_async(at.host, at.port)
        client.loop_start()
        try:
            while True:
                message = await coming.get()
                said = await self._take(bytes(message.payload))
                if said is not None:
                    client.publish(f"{self._machines.topic}/refused", said, QOS)
                client.ack(message.mid, message.qos)
        finally:
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)

    async def _take(self, payload: bytes) -> bytes | None:
        """Take one number in; why it was not, as JSON. A store that is away is waited for."""
        try:
            form = _FORM.decode(payload[: MESSAGE_BYTES_MAX + 1])
        except msgspec.DecodeError:
            return self._no({"code": "invalid", "detail": "a message is one JSON object"}, None)
        while True:
            try:
                headers = {"authorization": f"Bearer {self._machines.token}"}
                person = await self._who(headers, self._machines.area)
                done = await self._engine.run(COMMAND, form, Asking(self._machines.area, person))
                break
            except Problem as wrong:
                return self._no({"code": "not_allowed", "detail": wrong.detail}, None)
            except StoreAway as away:
                structlog.get_logger("kaiteki.tickets").debug("a number waits for the store", why=str(away))
                await asyncio.sleep(AGAIN_S)
        if not isinstance(done, Refused):
            return None
        faults = [
            {"field": fault.field, "code": fault.code, "detail": fault.words.en} for fault in done.faults
        ]
        return self._no({"code": done.code, "faults": faults}, str(form.get("number", ""))[:24])

    def _no(self, why: dict[str, Any], number: str | None) -> bytes:
        structlog.get_logger("kaiteki.tickets").info(
            "a number of a machine was refused", topic=self._machines.topic, why=why
        )
        return msgspec.json.encode({"number": number, **why})
