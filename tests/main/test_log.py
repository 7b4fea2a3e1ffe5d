"""The log: one form, times in UTC, on standard error and at a syslog server; and no secret in it, however a node is used or ends."""

from __future__ import annotations

import json
import re
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaiteki.main.masking import MASKED, mask_secrets, mask_text
from kaiteki.main.syslog import BadTarget, Sender, entry, parse_target
from node_under_test import KAITEKI, NodeUnderTest, start_node, stop_node
from waiting import LONG_S

PLANTED = "Geheim7Zq2planted"
MESSAGE = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([\x21-\x7e]{1,255}) kaiteki (\d+) - - \xef\xbb\xbf(.*)",
    re.DOTALL,
)
"""A message of RFC 5424 as it must be: facility and severity, version, time, host, program, process, no id, no data, UTF-8."""
LEAKY = (
    f"password={PLANTED}",
    f"'passphrase': '{PLANTED} with a blank'",
    f'{{"client_secret": "{PLANTED}"}}',
    f"KAITEKI_PKCS11_PIN={PLANTED}",
    f"Authorization: Bearer {PLANTED}",
    f"authorization: Basic {PLANTED}==",
    f"https://clerk:{PLANTED}@example.org/x",
    f"postgresql://kaiteki:{PLANTED}@database/town",
    f"GET /callback?code={PLANTED}&state=1",
    f"/hook?token={PLANTED}",
    f"eyJhbGciOiJFUzI1NiJ9.{PLANTED}.{PLANTED}",
    f"Cookie: kaiteki_session={PLANTED}; kaiteki_language=ja",
    f"$argon2id$v=19$m=65536,t=3,p=4${PLANTED}${PLANTED}",
    f"-----BEGIN PRIVATE KEY-----\n{PLANTED}\n-----END PRIVATE KEY-----",
    f"session_token: {PLANTED}",
)
ENDING = f"""
import asyncio, gc, logging
import structlog
from kaiteki.main.log import start_log
start_log()
log = structlog.get_logger("kaiteki.trial")
log.info("signed in", login="hanako", password={PLANTED!r}, inner=dict(api_key={PLANTED!r}, office="roads"))
def checked(password):
    raise ValueError(f"token={{password}} is none")
try:
    checked({PLANTED!r})
except ValueError:
    log.exception("failed")
async def forgotten():
    asyncio.get_running_loop().create_task(broken())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
async def broken():
    raise ValueError("Bearer {PLANTED}")
asyncio.run(forgotten())
gc.collect()
logging.getLogger("library").error("connecting to amqp://guest:%s@host failed", {PLANTED!r})
log.info("line\\nbreak \\x1b[31m red", told="a\\r\\nb")
raise RuntimeError("secret: {PLANTED}")
"""


class Receiver(socketserver.ThreadingTCPServer):
    """A syslog server that takes messages with their length before them (RFC 6587)."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.messages: list[bytes] = []
        self.came = threading.Condition()


class Taking(socketserver.StreamRequestHandler):
    """One connection of a node."""

    def handle(self) -> None:
        assert isinstance(self.server, Receiver)
        while digits := self._digits():
            message = self.rfile.read(int(digits))
            with self.server.came:
                self.server.messages.append(message)
                self.server.came.notify_all()

    def _digits(self) -> bytes:
        found = b""
        while (one := self.rfile.read(1)) and one != b" ":
            found += one
        return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A syslog server that runs."""
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("text", LEAKY)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    told = mask_text(f"before {text} after")
    assert PLANTED not in told and MASKED in told and told.startswith("before ")


def test_fields_that_are_called_secret_are_masked_and_others_stay() -> None:
    line = {
        "event": "told",
        "receiverInfo": [{"key": "x-api-key", "value": PLANTED}],
        "inner": {"deep": {"set-cookie": PLANTED, "count": 3}, "list": [f"Bearer {PLANTED}", True, None]},
        "detail": "the bearer token is not known here",
        "path": "/chiba/report/42?lang=ja",
        "count": 7,
    }
    assert mask_secrets(None, "info", line) == {
        "event": "told",
        "receiverInfo": MASKED,
        "inner": {"deep": {"set-cookie": MASKED, "count": 3}, "list": [f"Bearer {MASKED}", True, None]},
        "detail": "the bearer token is not known here",
        "path": "/chiba/report/42?lang=ja",
        "count": 7,
    }


def test_how_a_process_ends_tells_no_secret() -> None:
    """Fields, tracebacks, forgotten tasks, libraries, and the bug that ends the process: each a line of JSON, in UTC, none with the secret."""
    done = subprocess.run(
        [sys.executable, "-c", ENDING], capture_output=True, text=True, check=False, timeout=LONG_S
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 1 and PLANTED not in done.stderr + done.stdout
    assert [line["event"] for line in lines][:2] == ["signed in", "failed"]
    assert any("never retrieved" in line["event"] for line in lines)
    assert any(line["event"].startswith("connecting to amqp://") for line in lines)
    assert lines[-1]["event"] == "the process ends" and "RuntimeError" in lines[-1]["exception"]
    assert lines[0]["inner"] == {"api_key": MASKED, "office": "roads"} and lines[0]["login"] == "hanako"
    assert all(line["timestamp"].endswith("Z") and line["level"] for line in lines)
    assert next(line for line in lines if line["event"].startswith("line\nbreak"))["told"] == "a\r\nb"


def test_a_node_tells_no_secret_of_those_who_use_it(receiver: Receiver, tmp_path: Path) -> None:
    """Sign-in, tokens, secrets of receivers and of addresses, errors: none in log, pages, figures, or what went to syslog."""
    port = receiver.server_address[1]
    node = start_node(tmp_path / "town", "--log-to", f"syslog+tcp://127.0.0.1:{port}", areas=("demo",))
    seen: list[bytes] = []
    try:
        use(node, seen)
    finally:
        stop_node(node)
    log = (tmp_path / "town.log").read_bytes()
    told = [MESSAGE.fullmatch(message) for message in receiver.messages]
    assert told and all(told), receiver.messages
    assert [one for one in (*seen, *log.splitlines(), *receiver.messages) if PLANTED.encode() in one] == []
    events = [json.loads(one[5]) for one in told if one is not None]
    assert all(line["event"] and line["timestamp"].endswith("Z") for line in events)
    assert any("notif" in line["event"] for line in events)


def use(node: NodeUnderTest, seen: list[bytes]) -> None:
    """Bring the secret to a node in every way that people and programs have."""
    page = node.ask("GET", "/demo/sign-in")
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page.body.decode())
    assert csrf is not None
    cookie = page.headers["set-cookie"].partition(";")[0]
    form = f"csrf={csrf[1]}&login=hanako&password={PLANTED}".encode()
    headers = {"cookie": cookie, "content-type": "application/x-www-form-urlencoded"}
    seen.append(node.ask("POST", "/demo/sign-in", form, headers).body)
    for path in ("/ngsi-ld/v1/entities?type=X", "/v2/entities", "/api/v1/demo/commands"):
        seen.append(node.ask("GET", path, headers={"authorization": f"Bearer {PLANTED}"}).body)
        seen.append(node.ask("GET", path, headers={"cookie": f"kaiteki_session={PLANTED}"}).body)
    token = node.command("user", "add", "robot", "--machine", "--role", "admin").stdout.strip()
    bearer = {"authorization": f"Bearer {token}"}
    for number, address in enumerate(
        (f"http://nowhere.invalid/hook?token={PLANTED}", f"http://clerk:{PLANTED}@nowhere.invalid/")
    ):
        made = {
            "id": f"urn:ngsi-ld:Subscription:{number}",
            "type": "Subscription",
            "entities": [{"type": "Lamp"}],
            "notification": {
                "endpoint": {
                    "uri": address,
                    "receiverInfo": [{"key": "Authorization", "value": f"Bearer {PLANTED}"}],
                }
            },
        }
        node.ask("POST", "/ngsi-ld/v1/subscriptions", made, bearer)
    lamp = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": 1}
    assert node.ask("POST", "/ngsi-ld/v1/entities", lamp, bearer).status == 201
    link = f'<http://clerk:{PLANTED}@127.0.0.1/context.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    seen.append(node.ask("GET", "/ngsi-ld/v1/entities?type=X", headers={"link": link}).body)
    seen.append(node.ask("GET", f"/demo/nowhere?password={PLANTED}").headers.get("location", "").encode())
    seen.append(node.ask("GET", "/metrics").body)


def test_the_password_of_a_database_is_not_told_when_it_cannot_be_reached(tmp_path: Path) -> None:
    address = f"postgresql://kaiteki:{PLANTED}@127.0.0.1:1/town"
    words = (*KAITEKI, "run", "--store", address, "--data", str(tmp_path / "data"))
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=LONG_S)
    assert done.returncode != 0 and PLANTED not in done.stdout + done.stderr


def test_messages_go_by_datagrams_too() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(LONG_S)
        sender = Sender(parse_target(f"syslog://127.0.0.1:{server.getsockname()[1]}"))
        sender.send(entry('{"event":"雨"}', 4, datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC), 77))
        found = MESSAGE.fullmatch(server.recv(9000))
        sender.leave()
    assert found is not None
    assert (found[1], found[2], found[4]) == (b"132", b"2026-11-22T01:02:03.000000Z", b"77")
    assert json.loads(found[5]) == {"event": "雨"}


@pytest.mark.parametrize(
    "text", ["host:514", "http://host", "syslog://", "syslog://host:99999", "syslog://u:p@host", ""]
)
def test_what_is_no_syslog_server_is_refused(text: str) -> None:
    with pytest.raises(BadTarget):
        parse_target(text)
