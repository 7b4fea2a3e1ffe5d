"""Whose address counts: that of the connection, and behind a proxy that the operator names, that of who stands behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.api.persons import session_token
from kaiteki.api.proxies import BadProxy, Proxies

NEAR, INNER, PHONE, FORGED = "127.0.0.1", "10.1.2.3", "203.0.113.7", "198.51.100.9"
OURS = (NEAR, "10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("named", "peer", "forwarded", "sender"),
    [
        ((), NEAR, (PHONE,), NEAR),
        (OURS, PHONE, (FORGED,), PHONE),
        (OURS, NEAR, (PHONE,), PHONE),
        (OURS, NEAR, (f"{FORGED}, {PHONE}",), PHONE),
        (OURS, NEAR, (f"{FORGED}, {PHONE}, {INNER}",), PHONE),
        (OURS, NEAR, (FORGED, PHONE, INNER), PHONE),
        (OURS, NEAR, (), NEAR),
        (OURS, NEAR, (INNER,), INNER),
        (OURS, NEAR, (f"{PHONE}, unknown",), NEAR),
        (OURS, NEAR, (f"<b>, {INNER}",), INNER),
        (OURS, "fd00::1", ("2001:db8::5",), "2001:db8::5"),
        (OURS, "::ffff:10.0.0.9", (PHONE,), PHONE),
    ],
)
def test_only_named_proxies_are_believed(
    named: tuple[str, ...], peer: str, forwarded: tuple[str, ...], sender: str
) -> None:
    assert Proxies(named).sender(peer, forwarded) == sender


@given(st.lists(st.text(max_size=60), max_size=4), st.sampled_from([NEAR, INNER]))
def test_nobody_hides_behind_what_they_say_themselves(said: list[str], peer: str) -> None:
    """Whatever a sender writes into the header, the proxy adds the true address behind it, and that one counts."""
    assert Proxies(OURS).sender(peer, (*said, PHONE)) == PHONE


def test_what_is_no_proxy_is_refused_at_the_start() -> None:
    with pytest.raises(BadProxy, match="moon"):
        Proxies(("10.0.0.0/8", "moon"))


def test_who_is_no_proxy_of_ours_says_nothing_of_https() -> None:
    proxies = Proxies(("10.0.0.0/8",))
    assert proxies.scheme("10.0.0.1", "http", ["https"]) == "https"
    assert proxies.scheme("10.0.0.1", "http", ["https, http"]) == "http", "the nearest one counts"
    assert proxies.scheme("10.0.0.1", "http", []) == "http"
    assert proxies.scheme("192.0.2.1", "http", ["https"]) == "http"
    assert proxies.scheme("192.0.2.1", "https", ["http"]) == "https"


def test_the_session_of_this_host_comes_before_one_that_others_may_have_laid() -> None:
    assert session_token("kaiteki_session=laid; __Host-kaiteki_session=own", "kaiteki_session") == "own"
    assert session_token("kaiteki_session=plain", "kaiteki_session") == "plain"
    assert session_token(None, "kaiteki_session") == ""
