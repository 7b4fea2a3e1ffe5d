"""The channel of pushes: words for a locked screen, encrypted for one browser, posted to its push service by the guarded client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from kaiteki.kit.channels import push
from kaiteki.kit.channels.carrying import Errand, Outcome, outcome_of
from kaiteki.kit.channels.kept import PushSubscription
from kaiteki.kit.messages import Letter, service_of
from kaiteki.model.words import Words
from kaiteki.ports.clock import Clock
from kaiteki.ports.outgoing import Outgoing, Question, Unreachable

TIMEOUT_S: Final = 10.0
ANSWER_SIZE_MAX_BYTES: Final = 10_000
NEWS: Final = Words(
    "新しいお知らせがあります。", "You have a new message.", "あたらしい お知（し）らせが あります。"
)
"""What a push says of a message that brings no words for a locked screen."""


class Pushing:
    """Carries pushes. `sender` says who sends; `names` are what services are called, by their name; the clock is that of the machine, as the other side has it."""

    def __init__(
        self, outgoing: Outgoing, sender: Callable[[], push.Sender], names: Mapping[str, Words], clock: Clock
    ) -> None:
        self._outgoing, self._sender, self._names, self._clock = outgoing, sender, names, clock

    async def carry(self, errand: Errand) -> Outcome:
        """Post one push."""
        to = errand.to
        if not isinstance(to, PushSubscription):
            return Outcome("failed", "no device")
        letter = errand.letters[-1]
        lasts_s = None if letter.until is None else (letter.until - errand.now) / 1_000_000
        glance = glance_of(errand.area, letter, to.language, self._names)
        try:
            made = await asyncio.to_thread(
                push.parcel,
                glance,
                (to.endpoint, to.p256dh, to.auth),
                self._sender(),
                self._clock.now(),
                lasts_s,
            )
        except ValueError as wrong:
            return Outcome("failed", str(wrong))
        return await self._post(errand.area, made)

    async def _post(self, area: str, made: push.Parcel) -> Outcome:
        question = Question(area, "POST", made.url, made.headers, made.body, TIMEOUT_S, ANSWER_SIZE_MAX_BYTES)
        try:
            answered = await self._outgoing.ask(question)
        except Unreachable as away:
            return Outcome("later", str(away))
        return outcome_of(answered.status, answered.headers.get("retry-after", ""))


def glance_of(area: str, letter: Letter, language: str, names: Mapping[str, Words]) -> push.Glance:
    """What a push of a letter says: which service has news, and its words for a locked screen if it brings some."""
    name = names.get(service_of(letter))
    return push.Glance(
        title=name.say(language) if name is not None else area,
        body=(letter.glance or NEWS).say(language),
        open=address_of(area, letter),
        tag=letter.instead_of or letter.id,
        lang="en" if language == "en" else "ja",
        urgent=letter.urgent,
    )


def address_of(area: str, letter: Letter) -> str:
    """Where a letter is opened: its address says nothing of what it tells, and marks it as read."""
    return f"/{area}/my/letters/{letter.id.rpartition(':')[2]}"
