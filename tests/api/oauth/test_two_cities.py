"""Two nodes: one asks the other for a token in the name of a service, and reads there what only staff may read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from node_under_test import free_port, start_node, stop_node

ROOT = Path(__file__).parents[3]


def test_a_node_reads_at_another_what_that_one_lets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = {name: free_port() for name in ("asking", "asked")}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    cities = tmp_path / "cities"
    shutil.copytree(ROOT / "cities" / "demo", cities / "demo")
    (cities / "demo" / "partners.toml").write_text(
        "\n".join(
            f'''[[partners]]
name = "{name}"
issuer = "{url}"
words = {{ ja = "{name}", en = "{name}" }}
jwks_uri = "{url}/.well-known/jwks.json"
token_endpoint = "{url}/oauth/token"
area = "demo"
roles = ["staff"]
own_hosts = ["127.0.0.1:{ports[name]}"]
'''
            for name, url in urls.items()
        )
    )
    monkeypatch.setenv("KAITEKI_CITIES", str(cities))
    nodes = {
        name: start_node(tmp_path / name, "--public-url", urls[name], areas=("demo",), port=port)
        for name, port in ports.items()
    }
    try:
        asking, asked = nodes["asking"], nodes["asked"]
        told = asking.command("token", "asked", "--city", "demo", "--public-url", urls["asking"])
        token = told.stdout.strip()
        assert told.returncode == 0 and token.startswith("kaiteki_at_"), told.stderr
        lamp = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}
        rights = {"authorization": f"Bearer {token}"}
        assert asked.ask("POST", "/ngsi-ld/v1/entities", lamp).status in (401, 403)
        assert asked.ask("POST", "/ngsi-ld/v1/entities", lamp, rights).status == 201
        assert asking.ask("POST", "/ngsi-ld/v1/entities", lamp, rights).status == 401, (
            "a token is of one node"
        )
        stranger = asking.command("token", "asked", "--city", "demo", "--public-url", "http://x.example")
        assert stranger.returncode == 1 and "trusts no such issuer" in stranger.stderr
    finally:
        for node in nodes.values():
            stop_node(node)
