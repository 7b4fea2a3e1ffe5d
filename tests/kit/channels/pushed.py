"""A push service that others wrote, which decrypts what it gets and says what it reads (npm web-push-testing), and browsers at it."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from kaiteki.kit.channels.rules import Browser
from node_program import node_program
from waiting import LONG_S

FOLDER: Final = Path(__file__).with_name("push_service")


class PushService:
    """The service at work."""

    def __init__(self, port: int) -> None:
        self._port = port

    def browser(self, application_key: str) -> Browser:
        """A browser that subscribed with the key of an application."""
        options = {"userVisibleOnly": "true", "applicationServerKey": application_key}
        made = self._ask("/subscribe", options)["data"]
        return Browser(made["endpoint"], made["keys"]["p256dh"], made["keys"]["auth"], "phone")

    def read_by(self, browser: Browser) -> list[dict[str, Any]]:
        """What arrived at a browser, decrypted."""
        told = self._ask("/get-notifications", {"clientHash": browser.endpoint.rpartition("/")[2]})
        return [json.loads(one) for one in told["data"]["messages"]]

    def expire(self, browser: Browser) -> None:
        """Let a browser unsubscribe."""
        self._ask(f"/expire-subscription/{browser.endpoint.rpartition('/')[2]}", {})

    def _ask(self, path: str, given: object) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=LONG_S)
        connection.request("POST", path, json.dumps(given), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200, body
        return json.loads(body) if body.startswith(b"{") else None


@contextmanager
def push_service() -> Iterator[PushService]:
    """The service, stopped in the end; the test is skipped where it is not installed (make test installs it with npm)."""
    program = node_program()
    if not program or not (FOLDER / "node_modules" / "web-push-testing").is_dir():
        pytest.skip("web-push-testing is not installed")
    with subprocess.Popen([program, str(FOLDER / "serve.js")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        assert said[:1] == [b"ready"], said
        yield PushService(int(said[1]))
        process.kill()
