"""The guarded client: public addresses only, at every redirect; no more bytes than asked for; only http and https."""

import pytest

from kaiteki.main.addresses import is_public
from kaiteki.main.outgoing import REDIRECTS_MAX, GuardedClient
from kaiteki.ports.outgoing import Unreachable
from picture_server import pictures_at

SIZE_MAX_BYTES = 1000
LOCAL = frozenset({"127.0.0.1"})


async def test_what_is_small_enough_comes_whole() -> None:
    with pictures_at({"/a": b"x" * SIZE_MAX_BYTES, "/b": "/a", "/c": b'{"a": 1}'}) as here:
        client = GuardedClient(LOCAL)
        for path in ("/a", "/b"):
            assert await client.fetch_bytes(here + path, "image/png", SIZE_MAX_BYTES) == b"x" * SIZE_MAX_BYTES
        assert await client.fetch_json(here + "/c") == {"a": 1}


@pytest.mark.parametrize("path", ["/large", "/missing", "/round", "/inside", "/file", "/nothing"])
async def test_what_is_not_allowed_is_unreachable(path: str) -> None:
    pages = {
        "/large": b"x" * (SIZE_MAX_BYTES + 1),
        "/round": "/round",
        "/inside": "http://localhost:1/secret",
        "/file": "file:///etc/hostname",
        "/nothing": "",
    }
    with pictures_at(pages) as here, pytest.raises(Unreachable):
        await GuardedClient(LOCAL).fetch_bytes(here + path, "image/png", SIZE_MAX_BYTES)


async def test_a_redirect_to_a_private_address_is_not_followed() -> None:
    with pictures_at({"/secret": b"secret"}) as inside:
        port = inside.rsplit(":", 1)[1]
        with (
            pictures_at({"/": f"http://localhost:{port}/secret"}) as here,
            pytest.raises(Unreachable, match="not on the public network"),
        ):
            await GuardedClient(LOCAL).fetch_bytes(here + "/", "image/png", SIZE_MAX_BYTES)


async def test_the_own_machine_is_no_public_address() -> None:
    with pictures_at({"/a": b"x"}) as here, pytest.raises(Unreachable, match="not on the public network"):
        await GuardedClient().fetch_bytes(here + "/a", "image/png", SIZE_MAX_BYTES)


@pytest.mark.parametrize(
    "url", ["ftp://a.example/x", "http://user@a.example/", "http://", "x" * 3000, "http://a b/"]
)
async def test_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(Unreachable):
        await GuardedClient().fetch_bytes(url, "image/png", SIZE_MAX_BYTES)


def test_private_addresses_are_known_in_every_disguise() -> None:
    private = (
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "fe80::1%eth0",
        "2002:a00:1::",
        "224.0.0.1",
    )
    assert {one: is_public(one) for one in private} == dict.fromkeys(private, False)
    assert (is_public("8.8.8.8"), is_public("2001:4860:4860::8888")) == (True, True)
    assert REDIRECTS_MAX < 10
