"""Asking for tokens too often: whoever does waits; nobody else does, whatever is tried."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from kaiteki.api.oauth.gate import FAILED_PER_MINUTE, TokenGate, claimed

HERE, THERE = "192.0.2.1", "198.51.100.7"
PER_MINUTE = 10


class Time:
    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


def gate() -> tuple[TokenGate, Time]:
    time = Time()
    return TokenGate(PER_MINUTE, time), time


def test_a_client_that_asks_too_often_waits_until_the_minute_is_over() -> None:
    one, time = gate()
    waits = [one.wait_s(HERE, "mac-a") for _ in range(PER_MINUTE + 1)]
    assert waits == [0] * PER_MINUTE + [60 - int(time.now_s) % 60]
    assert one.wait_s(HERE, "mac-b") == 0, "its neighbour does not"
    assert one.wait_s(THERE, "mac-a") == 0, (
        "nor does it elsewhere: nobody shuts a client out by asking in its name"
    )
    time.now_s += 60
    assert one.wait_s(HERE, "mac-a") == 0


def test_whoever_guesses_waits_and_shuts_out_nobody_who_had_a_token_there() -> None:
    one, time = gate()
    assert one.wait_s(HERE, "mac-good") == 0
    one.succeeded(HERE, "mac-good")
    for number in range(FAILED_PER_MINUTE):
        assert one.wait_s(HERE, f"guess-{number}") == 0
        one.failed(HERE)
    assert one.wait_s(HERE, "guess-more") > 0
    assert one.wait_s(HERE, "mac-good") == 0
    assert one.wait_s(THERE, "guess-more") == 0
    assert one.wait_s("::1", "guess-more") == 0, "this machine is not counted by its address"
    time.now_s += 60
    assert one.wait_s(HERE, "guess-more") == 0


def test_who_asks_is_read_from_what_comes_and_nothing_breaks_by_it() -> None:
    said = urlsafe_b64encode(b'{"iss":"https://neighbour.example"}').decode().rstrip("=")
    assert claimed({"client_assertion": f"x.{said}.y"}, "") == "https://neighbour.example"
    assert claimed({"client_id": "mac-a"}, "") == "mac-a"
    assert claimed({}, "mac-b") == "mac-b"
    for broken in ("", ".", "x.é.y", "x.!!.y", "x.e30.y", "x.W10.y"):
        assert claimed({"subject_token": broken}, "") == ""
