"""Laws of planning: quiet hours, digests, what is wanted and what is over."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from kaiteki.kit.channels.kept import ContactPoint, MessageDelivery, MessagePreference, PushSubscription
from kaiteki.kit.channels.planning import DIGEST_LETTERS_MAX, after_quiet, joined, next_digest, planned
from kaiteki.kit.messages import Letter
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.said import local_time
from kaiteki.model.words import Words

MINUTE = 60_000_000
NOON = parse_instant("2026-11-23T03:00:00Z") or Instant(0)
MOMENTS = st.integers(0, 20 * 366 * 1440 * 60).map(lambda seconds: Instant(NOON + seconds * 1_000_000))
CLOCKS = st.integers(0, 1439)
NEWS = Words("新しい", "New")


def letter(**given: object) -> Letter:
    whole = {
        "id": "urn:ngsi-ld:Message:1",
        "to": "a",
        "heading": NEWS,
        "body": NEWS,
        "sent_at": NOON,
        "cause": "reports.repair",
    }
    return Letter(**{**whole, **given})  # pyright: ignore[reportArgumentType] - the fields of a letter


def phone(name: str = "p") -> PushSubscription:
    return PushSubscription(f"urn:{name}", "a", "https://push.example/1", "", "", "", "ja", NOON)


def mailbox(confirmed: bool = True, channel: str = "mail") -> ContactPoint:
    return ContactPoint(
        f"urn:{channel}", "a", channel, "a@example.jp", "ja", NOON, confirmed_at=NOON if confirmed else None
    )


def wishes(**given: object) -> MessagePreference:
    return MessagePreference("urn:w", "a", **given)  # pyright: ignore[reportArgumentType] - the fields of a preference


def is_quiet(at: Instant, begins: int, ends: int) -> bool:
    """As a person would say it: the minute of the day lies in the hours that run from one to the other, over midnight if need be."""
    minute = local_time(at).hour * 60 + local_time(at).minute
    return (minute - begins) % 1440 < (ends - begins) % 1440


@given(MOMENTS, CLOCKS, CLOCKS)
def test_what_is_held_back_is_due_at_the_first_moment_that_is_not_quiet(
    now: Instant, begins: int, ends: int
) -> None:
    due = after_quiet(now, (begins, ends))
    assert due >= now
    assert not is_quiet(due, begins, ends)
    if due != now:
        assert is_quiet(now, begins, ends)
        assert is_quiet(Instant(due - 1), begins, ends)
        assert due - now <= 1440 * MINUTE


@given(MOMENTS, st.sampled_from(["daily", "weekly"]))
def test_a_digest_is_sent_at_eight_on_the_next_of_its_days(now: Instant, rhythm: str) -> None:
    at = next_digest(now, rhythm)
    there: datetime = local_time(at)
    assert (there.hour, there.minute, there.second, there.microsecond) == (8, 0, 0, 0)
    assert 0 < at - now <= (1 if rhythm == "daily" else 7) * 1440 * MINUTE
    assert rhythm == "daily" or there.weekday() == 0


def test_a_letter_goes_to_every_device_and_every_confirmed_address() -> None:
    made = planned(letter(), wishes(), [phone("p"), phone("q")], [mailbox(), mailbox(False, "sms")], NOON)
    assert [(one.channel, one.target, one.due_at, one.state) for one in made] == [
        ("push", "urn:p", NOON, "waiting"),
        ("push", "urn:q", NOON, "waiting"),
        ("mail", "urn:mail", NOON, "waiting"),
    ]
    assert planned(letter(), wishes(), [phone("p")], [], NOON)[0].id == made[0].id
    assert len({one.id for one in made}) == 3


def test_a_letter_that_is_read_over_or_unwanted_goes_nowhere() -> None:
    to = ([phone()], [mailbox()])
    assert planned(letter(read_at=NOON), wishes(), *to, NOON) == ()
    assert planned(letter(until=NOON), wishes(), *to, NOON) == ()
    muted = wishes(no_push=("reports",), no_post=("reports",))
    assert planned(letter(), muted, *to, NOON) == ()
    assert len(planned(letter(cause="points:points.earned"), muted, *to, NOON)) == 2


def test_quiet_hours_hold_back_all_but_what_is_urgent() -> None:
    quiet = wishes(quiet=("11:00", "13:00"))
    assert [one.due_at for one in planned(letter(), quiet, [phone()], [], NOON)] == [
        Instant(NOON + 60 * MINUTE)
    ]
    assert [one.due_at for one in planned(letter(urgent=True), quiet, [phone()], [], NOON)] == [NOON]
    over_before = letter(until=Instant(NOON + 30 * MINUTE))
    assert planned(over_before, quiet, [phone()], [], NOON) == ()


def test_a_digest_gathers_mail_while_pushes_and_urgent_mail_go_at_once() -> None:
    daily = wishes(digest="daily")
    push, mail = planned(letter(), daily, [phone()], [mailbox()], NOON)
    assert (push.what, push.due_at) == ("letter", NOON)
    assert (mail.what, mail.due_at) == ("digest", next_digest(NOON, "daily"))
    (later,) = planned(letter(id="urn:ngsi-ld:Message:2"), daily, [], [mailbox()], NOON)
    assert later.id == mail.id
    assert joined(mail, later).letters == ("urn:ngsi-ld:Message:1", "urn:ngsi-ld:Message:2")
    (urgent,) = planned(letter(urgent=True), daily, [], [mailbox()], NOON)
    assert (urgent.what, urgent.due_at) == ("letter", NOON)


@given(st.lists(st.integers(0, 2 * DIGEST_LETTERS_MAX), min_size=1, max_size=300))
def test_a_digest_names_each_letter_once_however_often_it_is_planned(numbers: list[int]) -> None:
    kept: MessageDelivery | None = None
    for number in (*numbers, *numbers):
        (one,) = planned(
            letter(id=f"urn:ngsi-ld:Message:{number}"), wishes(digest="daily"), [], [mailbox()], NOON
        )
        kept = joined(kept, one)
    assert kept is not None
    first = list(dict.fromkeys(numbers))
    assert list(kept.letters) == [f"urn:ngsi-ld:Message:{one}" for one in first[:DIGEST_LETTERS_MAX]]
    assert kept.more == (len(first) > DIGEST_LETTERS_MAX)
