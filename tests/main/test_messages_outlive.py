"""What is on its way to somebody when a node is killed arrives after it is started again, under the same mark."""

from pathlib import Path

import pytest
from mail_server import mail_server

from node_under_test import start_node, stop_node
from waiting import LONG_S


def test_a_mail_that_was_under_way_when_the_node_was_killed_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as (url, inbox):
        monkeypatch.setenv("KAITEKI_MAIL_SERVER", url)
        monkeypatch.setenv("KAITEKI_MAIL_FROM", "oshirase@city.example")
        inbox.held.clear()
        node = start_node(tmp_path / "data", areas=("demo",))
        made = node.command("user", "add", "aoi", "--name", "青木 葵", "--machine", "--role", "resident")
        bearer = {"authorization": f"Bearer {made.stdout.split()[-1]}"}
        address = {"channel": "mail", "address": "aoi@example.jp"}
        asked = node.ask("POST", "/demo/services/kit/add_contact", address, bearer)
        assert asked.status == 200, asked.body
        first = inbox.came.get(timeout=LONG_S)
        # the server has the mail and has not said so: the node cannot know what became of it
        node.kill()
        inbox.held.set()
        node = start_node(tmp_path / "data", areas=("demo",))
        try:
            assert inbox.came.get(timeout=LONG_S) == first
            marks = {str(mail["Message-ID"]) for _, mail in inbox.mails}
            assert (len(inbox.mails), len(marks)) == (2, 1)
        finally:
            stop_node(node)
