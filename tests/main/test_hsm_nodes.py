"""Nodes whose keys a token wraps: while it is away, while keys move, and where it is not named."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from token_town import LAMP, LAMPS, bearer, said, town, wraps

from kaiteki.main.kek import read_kek
from node_under_test import KAITEKI, free_port, start_node, stop_node
from soft_token import SoftToken
from waiting import LONG_S


def test_a_node_goes_on_without_its_token_and_says_so(shaky: SoftToken, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert subprocess.run([*KAITEKI, "keys", "make"], check=False, capture_output=True).returncode == 0
    node = start_node(data, areas=("demo",))
    try:
        assert read_kek(data / "kek.json") == {"token": "pkcs11"}
        first, second = (bearer(node, name) for name in ("one", "two"))
        assert {name[:4] for name in wraps(data)} == {"hsm-"}
        assert node.ask("POST", LAMPS, LAMP, first).status == 201
        assert "is away" not in node.command("doctor").stdout
        shaky.hinder("away")
        # the node has not met the second machine yet, so its key is not remembered
        refused = node.ask("GET", f"{LAMPS}/{LAMP['id']}", headers=second)
        assert refused.status == 503 and refused.headers["retry-after"] == "2"
        assert "sealed with cannot be reached" in refused.json()["detail"]
        assert node.ask("GET", "/demo").status == 200
        doctor = node.command("doctor")
        assert doctor.returncode == 1 and "what seals personal data is away: token 'town'" in doctor.stdout
        user = node.command("user", "add", "three", "--machine")
        assert user.returncode == 1 and "token 'town'" in user.stderr and "Traceback" not in user.stderr
        shaky.hinder("")
        until = time.monotonic() + LONG_S
        while node.ask("GET", f"{LAMPS}/{LAMP['id']}", headers=second).status != 200:
            assert time.monotonic() < until
    finally:
        stop_node(node)
    log = (tmp_path / "data.log").read_text()
    assert log.count("the token is away") == log.count("the token is back") == 1
    shaky.hinder("away")
    run = [*KAITEKI, "run", "--city", "demo", "--data", str(data), "--port", str(free_port())]
    late = subprocess.run(run, capture_output=True, text=True, check=False, timeout=LONG_S)
    assert (
        late.returncode == 1 and "Not started: token 'town'" in late.stderr and "Traceback" not in late.stderr
    )
    shaky.hinder("")


def test_nodes_go_on_while_keys_move_and_one_that_does_not_know_the_token_wraps_by_nothing_else(
    token: SoftToken, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert said("make").exit_code == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KAITEKI_PKCS11_MODULE")
        patch.delenv("KAITEKI_PKCS11_TOKEN")
        ignorant = start_node(data, areas=("demo",))
    try:
        first = bearer(ignorant, "one")
        assert ignorant.ask("POST", LAMPS, LAMP, first).status == 201
        in_file = wraps(data)
        assert (
            all(name.startswith("kek-") for name in in_file)
            and read_kek(data / "kek.json").keys() == in_file.keys()
        )
        stop_node(ignorant)
        knowing = start_node(data, areas=("demo",))
        try:
            # the variables alone change nothing
            second = bearer(knowing, "two")
            assert wraps(data).keys() == in_file.keys()
            assert "Wrapped" in knowing.command("keys", "move", "--to", "token").stdout
            assert knowing.ask("GET", f"{LAMPS}/{LAMP['id']}", headers=second).status == 200
            third = bearer(knowing, "three")
            assert knowing.ask("GET", f"{LAMPS}/{LAMP['id']}", headers=third).status == 200
            (in_token,) = wraps(data)
            assert in_token.startswith("hsm-") and knowing.command("doctor").stdout.count(in_token) == 0
        finally:
            stop_node(knowing)
        assert "Wrapped" in said("move", "--to", "file", "--data", str(data)).output
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("KAITEKI_PKCS11_MODULE")
            patch.delenv("KAITEKI_PKCS11_TOKEN")
            ignorant = start_node(data, areas=("demo",))
        assert ignorant.ask("GET", f"{LAMPS}/{LAMP['id']}", headers=first).status == 200
        count = sum(wraps(data).values())
        assert said("move", "--to", "token", "--data", str(data)).exit_code == 0
        # it has not met this machine, whose key the token wraps
        fourth = bearer(ignorant, "four")
        assert ignorant.ask("GET", f"{LAMPS}/{LAMP['id']}", headers=fourth).status == 503
        assert wraps(data).keys() == {in_token} and sum(wraps(data).values()) > count
    finally:
        if ignorant.process.poll() is None:
            stop_node(ignorant)


def test_without_the_settings_nobody_wraps_by_another_key(token: SoftToken, tmp_path: Path) -> None:
    data = tmp_path / "data"
    town(data)
    assert said("make").exit_code == 0 and said("move", "--to", "token", "--data", str(data)).exit_code == 0
    bare = {name: value for name, value in os.environ.items() if not name.startswith("KAITEKI_PKCS11")}
    told = subprocess.run(
        [*KAITEKI, "keys", "state", "--data", str(data)],
        env=bare,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1 and "KAITEKI_PKCS11_MODULE names none" in told.stdout
    (data / "kek.json").unlink()
    lost = subprocess.run(
        [*KAITEKI, "run", "--city", "demo", "--data", str(data)],
        env=bare,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )
    assert lost.returncode != 0 and "wrapped by a key in a token" in " ".join(
        lost.stderr.replace("│", " ").split()
    )
