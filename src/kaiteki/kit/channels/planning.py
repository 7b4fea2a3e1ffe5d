"""Which deliveries come of a letter, and when they are due: pure, from what the person wishes and where they can be reached.

Quiet hours and the time of a digest are meant in Japan, which has no summer time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import msgspec

from kaiteki.kit.channels.kept import ContactPoint, MessageDelivery, MessagePreference, PushSubscription
from kaiteki.kit.messages import Letter, service_of
from kaiteki.model.decision import digest_of
from kaiteki.model.instant import Instant
from kaiteki.model.said import local_day_start, local_time

DIGEST_MINUTE: Final = 8 * 60
"""When a digest is sent: 8:00."""
DIGEST_LETTERS_MAX: Final = 100
"""Letters that a digest names; of further ones it says that they are there."""
MINUTES_OF_DAY: Final = 24 * 60
_MINUTE_US: Final = 60_000_000
_MONDAY: Final = 0


def planned(
    letter: Letter,
    wishes: MessagePreference,
    devices: Iterable[PushSubscription],
    addresses: Iterable[ContactPoint],
    now: Instant,
) -> tuple[MessageDelivery, ...]:
    """The deliveries of a letter. None where it was read, is over, or is not wanted; each has the same id however often it is planned."""
    if letter.read_at is not None or (letter.until is not None and letter.until <= now):
        return ()
    service = service_of(letter)
    due_at = now if letter.urgent else after_quiet(now, minutes_of(wishes.quiet))
    if letter.until is not None and letter.until <= due_at:
        return ()
    made: list[MessageDelivery] = []
    if service not in wishes.no_push:
        made += [_delivery(letter, wishes.holder, "push", one.id, due_at) for one in devices]
    if service not in wishes.no_post:
        made += [
            _digest(letter, wishes, one, now)
            if one.channel == "mail" and wishes.digest != "each" and not letter.urgent
            else _delivery(letter, wishes.holder, one.channel, one.id, due_at)
            for one in addresses
            if one.confirmed_at is not None
        ]
    return tuple(made)


def joined(before: MessageDelivery | None, after: MessageDelivery) -> MessageDelivery:
    """A delivery with the letters of the one that waits under the same id: a digest grows, anything else stays what it is."""
    if before is None or before.state != "waiting":
        return after if before is None else before
    letters = tuple(dict.fromkeys((*before.letters, *after.letters)))
    is_more = before.more or len(letters) > DIGEST_LETTERS_MAX
    return msgspec.structs.replace(before, letters=letters[:DIGEST_LETTERS_MAX], more=is_more)


def minutes_of(clocks: Sequence[str]) -> tuple[int, ...]:
    """Clocks (`21:00`) as minutes of the day."""
    return tuple(int(one[:2]) * 60 + int(one[3:]) for one in clocks)


def after_quiet(now: Instant, quiet: Sequence[int]) -> Instant:
    """The first moment from `now` on that lies outside of quiet hours: (from, to) in minutes of the day in Japan, over midnight where
    `to` comes before `from`. Empty, or from = to: there are none. `to` itself is no longer quiet."""
    if not quiet or quiet[0] == quiet[1]:
        return now
    begins, ends = quiet
    local = local_time(now)
    minute = local.hour * 60 + local.minute
    if begins < ends:
        is_quiet, is_tomorrow = begins <= minute < ends, False
    else:
        is_quiet, is_tomorrow = minute >= begins or minute < ends, minute >= begins
    if not is_quiet:
        return now
    day = local_day_start(local.date() + timedelta(days=int(is_tomorrow)))
    return Instant(day + ends * _MINUTE_US)


def next_digest(now: Instant, rhythm: str) -> Instant:
    """When the next digest is sent after `now`: `daily`, or `weekly` on Mondays."""
    day = local_time(now).date()
    while True:
        at = Instant(local_day_start(day) + DIGEST_MINUTE * _MINUTE_US)
        if at > now and (rhythm == "daily" or day.weekday() == _MONDAY):
            return at
        day += timedelta(days=1)


def _delivery(letter: Letter, holder: str, channel: str, target: str, due_at: Instant) -> MessageDelivery:
    return MessageDelivery(
        id=f"urn:ngsi-ld:MessageDelivery:{digest_of(letter.id, target)[:32]}",
        holder=holder,
        channel=channel,
        state="waiting",
        due_at=due_at,
        target=target,
        letters=(letter.id,),
        service=service_of(letter),
    )


def _digest(
    letter: Letter, wishes: MessagePreference, address: ContactPoint, now: Instant
) -> MessageDelivery:
    due_at = next_digest(now, wishes.digest)
    once = _delivery(letter, wishes.holder, address.channel, address.id, due_at)
    own = f"urn:ngsi-ld:MessageDelivery:{digest_of('digest', address.id, str(due_at))[:32]}"
    return msgspec.structs.replace(once, id=own, service="", what="digest")
