"""Asking one context source: with which headers, how patiently, and what is made of its silence (ETSI GS CIM 009 V1.9.1 clauses 4.3.6, 6.3.17, 6.3.18)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

import msgspec

from kaiteki.broker.contexts import Contextbook
from kaiteki.broker.registry import Registry
from kaiteki.broker.remembering import Memory
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.query import Filter
from kaiteki.model.sources.matching import matches_csf
from kaiteki.model.sources.passage import Passage, special, told_headers
from kaiteki.model.sources.registration import Registration
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.terms.context import Context
from kaiteki.ports.outgoing import Answered, Question, Unreachable
from kaiteki.ports.sources import KeptSource, SourceKey

PREFIX: Final = "/ngsi-ld/v1/"
TIMEOUT_S: Final = 5.0
"""How long a source may take that says nothing of it."""
COOLDOWN_S: Final = 1.0
"""How long a source that was silent is left alone at first, where it says nothing of it; each further silence doubles it."""
COOLDOWN_MAX_S: Final = 60.0
ANSWER_SIZE_MAX_BYTES: Final = 16_000_000
SAFE_IN_PATH: Final = ":@!$&'()*+,;=~"
STALE, UNREADABLE, SILENT, REFUSED = 110, 111, 199, 299
"""Codes of NGSILD-Warning (clause 6.3.17)."""


class Errand(msgspec.Struct, frozen=True):
    """What a source is asked: a path below /ngsi-ld/v1/, whose parts are coded, parameters, and a body.

    `context` is the @context that its names are written with, where that has an address.
    """

    method: str
    path: str
    context: Context
    parameters: Mapping[str, str] = {}
    body: Json = None


class Outcome(msgspec.Struct, frozen=True):
    """What came of asking a source. Status 0: it did not answer. `warning` says what was not as it should be."""

    kept: KeptSource
    status: int
    document: Json = None
    total: int | None = None
    warning: str = ""
    extent: str = ""
    """Between which moments the answer is complete, where it is not whole (Content-Range, clause 6.3.10)."""

    @property
    def went_well(self) -> bool:
        """Whether the source did what it was asked."""
        return 200 <= self.status < 300


class Pulse(msgspec.Struct):
    """How an endpoint is: failures in a row, until when it is left alone (in the time of the event loop)."""

    failures: int = 0
    rests_until_s: float = 0.0


class Asked(msgspec.Struct):
    """How often a source was asked since the start, how often in vain, and how long its answers took together."""

    times: int = 0
    in_vain: int = 0
    seconds: float = 0.0


class SourceMeasure(NamedTuple):
    """How asking one source went since the start; `rests`: it was silent and is left alone now."""

    area: str
    registration_id: str
    times: int
    in_vain: int
    seconds: float
    rests: bool


def is_of_the_present(one: Registration) -> bool:
    """Whether a source is asked for what stands now."""
    return not one.is_temporal


class Inquirer:
    """Asks the context sources of a node. One per node."""

    def __init__(self, registry: Registry, contexts: Contextbook) -> None:
        self.registry: Final = registry
        self._contexts = contexts
        self._pulses: dict[tuple[str, str], Pulse] = {}
        self._asked: Final[dict[SourceKey, Asked]] = {}
        self._memory = Memory()

    @property
    def kept(self) -> int:
        """How many answers of sources are remembered, because they said for how long they are good."""
        return self._memory.kept

    def sources(
        self,
        passage: Passage,
        operation: str,
        types: Iterable[str] | None,
        csf: Filter | None = None,
        apt: Callable[[Registration], bool] = is_of_the_present,
    ) -> Iterator[KeptSource]:
        """The sources that may be asked for an operation over entities of some types (None: of any), by id.

        Neither expired ones, nor those that were passed before (clause 6.3.18), nor those that are not `apt`: those of the past,
        where nothing else is said.
        """
        if passage.is_loop:
            return
        now = self.registry.plane.clock.now()
        for kept in self.registry.about(passage.area, types):
            one = kept.registration
            if operation not in one.meant or not apt(one) or one.is_over(now):
                continue
            if one.alias in passage.via and one.alias:
                continue
            if csf is None or matches_csf(one, csf):
                yield kept

    async def context_for(self, one: Registration, passage: Passage) -> Context:
        """The @context that a source is spoken to with (clause 4.3.6.6): its own, or that of the request where it has an address."""
        own = special(one, "jsonldcontext")
        if own:
            return await self._contexts.understand(own)
        return passage.context if passage.context.url is not None else core_context()

    async def ask(self, kept: KeptSource, errand: Errand, passage: Passage) -> Outcome:
        """Ask a source. Whatever goes wrong is in the outcome."""
        return await self.put(kept, self._question(kept, errand, passage), passage)

    async def put(
        self, kept: KeptSource, question: Question, passage: Passage, reads: bool = False
    ) -> Outcome:
        """Put a question to a source as patiently as any; one that is no GET and only `reads` says so. Whatever goes wrong is in the outcome."""
        one, loop = kept.registration, asyncio.get_running_loop()
        remembered = self._memory.recall(kept, question, self.registry.plane.clock.now())
        if remembered is not None:
            return self._understood(kept, remembered, passage)
        if question.method != "GET":
            self._memory.forget(kept.key)
        pulse = self._pulses.setdefault((kept.area, one.endpoint), Pulse())
        if pulse.rests_until_s > loop.time():
            return self._warned(kept, 0, SILENT, "did not answer lately", passage)
        began_s = loop.time()
        try:
            answered = await self.registry.plane.outgoing.ask(question)
        except Unreachable as failure:
            self._note(kept, loop.time() - began_s, str(failure))
            self._rest(kept.registration, pulse, loop.time())
            return self._warned(kept, 0, SILENT, "did not answer", passage)
        pulse.failures = 0
        outcome = self._understood(kept, answered, passage)
        if not outcome.warning:
            self._memory.remember(kept, question, answered, self.registry.plane.clock.now())
        is_failure = outcome.warning and not is_word(answered.status, reads or question.method == "GET")
        reason = outcome.warning.partition(" ")[2] if is_failure else ""
        self._note(kept, loop.time() - began_s, reason)
        return outcome

    def _question(self, kept: KeptSource, errand: Errand, passage: Passage) -> Question:
        one, context = kept.registration, errand.context
        headers = {"Accept": special(one, "accept") or "application/json", "Via": passage.onward}
        if context.url is not None and context is not core_context():
            headers["Link"] = (
                f'<{context.url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
            )
        if one.tenant:
            headers["NGSILD-Tenant"] = one.tenant
        if errand.body is not None:
            first: Json = errand.body[0] if is_array(errand.body) and errand.body else errand.body
            linked = is_object(first) and "@context" in first
            headers["Content-Type"] = "application/ld+json" if linked else "application/json"
        told = one.management
        parameters = dict(errand.parameters)
        if told is not None and told.local_only and not errand.path.startswith("subscriptions"):
            parameters["local"] = "true"
        query = f"?{urlencode(parameters, quote_via=quote, safe=':/')}" if parameters else ""
        return Question(
            area=kept.area,
            method=errand.method,
            url=f"{base_of(one.endpoint)}{PREFIX}{errand.path}{query}",
            headers=(*headers.items(), *told_headers(one, passage)),
            body=b"" if errand.body is None else msgspec.json.encode(errand.body),
            timeout_s=patience_s(one),
            size_max_bytes=ANSWER_SIZE_MAX_BYTES,
        )

    def _understood(self, kept: KeptSource, answered: Answered, passage: Passage) -> Outcome:
        """What an answer says; a body that is no JSON counts as none."""
        status = answered.status
        count = "ngsild-results-count" if kept.registration.v2 is None else "fiware-total-count"
        total = answered.headers.get(count, "")
        document: Json = None
        if answered.body:
            try:
                document = msgspec.json.decode(answered.body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                if 200 <= status < 300:
                    return self._warned(kept, 502, UNREADABLE, "answered what cannot be read", passage)
        # that nothing is there is an answer like any other (clause 6.3.17)
        if 200 <= status < 300 or status == 404:
            return Outcome(
                kept,
                status,
                document,
                int(total) if total.isdecimal() and len(total) < 12 else None,
                extent=answered.headers.get("content-range", ""),
            )
        return msgspec.structs.replace(
            self._warned(kept, status, REFUSED, f"answered {status}", passage), document=document
        )

    def unreadable(self, kept: KeptSource, passage: Passage) -> str:
        """Take down that what a source answered is not what it was asked for; the warning."""
        words = "answered what cannot be read"
        self.registry.regret(kept.key, words)
        self._memory.forget(kept.key)
        return warning_of(passage, UNREADABLE, kept.registration.id, words)

    def _warned(self, kept: KeptSource, status: int, code: int, words: str, passage: Passage) -> Outcome:
        return Outcome(kept, status, warning=warning_of(passage, code, kept.registration.id, words))

    def _note(self, kept: KeptSource, seconds: float, reason: str) -> None:
        asked = self._asked.setdefault(kept.key, Asked())
        asked.times += 1
        asked.in_vain += bool(reason)
        asked.seconds += seconds
        self.registry.note(kept.key, reason)

    def _rest(self, one: Registration, pulse: Pulse, now_s: float) -> None:
        """Leave an endpoint alone for a while."""
        told = one.management
        if told is not None and told.cooldown_ms is not None:
            pause_s = told.cooldown_ms / 1000
        else:
            pause_s = min(COOLDOWN_S * 2**pulse.failures, COOLDOWN_MAX_S)
        pulse.failures = min(pulse.failures + 1, 16)
        pulse.rests_until_s = now_s + pause_s

    def measures(self) -> list[SourceMeasure]:
        """How asking each source went since the start, by area and id."""
        now_s = asyncio.get_running_loop().time()
        found: list[SourceMeasure] = []
        for kept in sorted(self.registry.all(), key=lambda one: one.key):
            asked = self._asked.get(kept.key, Asked())
            pulse = self._pulses.get((kept.area, kept.registration.endpoint), Pulse())
            rests = pulse.rests_until_s > now_s
            found.append(SourceMeasure(*kept.key, asked.times, asked.in_vain, asked.seconds, rests))
        return found


def is_word(status: int, reads: bool) -> bool:
    """Whether a refusal is a word of a source that is well: a write that it does not take, or a request that has been there before.

    Who may not read what is registered needs somebody to look after it.
    """
    return status == 508 or (400 <= status < 500 and not reads)


def patience_s(one: Registration) -> float:
    """How long a source may take."""
    told = one.management
    return (told.timeout_ms if told is not None and told.timeout_ms else TIMEOUT_S * 1000) / 1000


def warning_of(passage: Passage, code: int, registration_id: str, words: str) -> str:
    """A warning as it stands in the NGSILD-Warning header (clause 6.3.17); it does not tell where the source is."""
    return f'{code} {passage.alias} "{coded(registration_id)} {words}"'


def coded(part: str) -> str:
    """An id or name as a part of a path."""
    return quote(part, safe=SAFE_IN_PATH)


def base_of(endpoint: str) -> str:
    """The address of a source without what every NGSI-LD interface has behind it."""
    return endpoint.rstrip("/").removesuffix("/ngsi-ld/v1")
