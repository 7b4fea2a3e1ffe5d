"""@contexts: understood, added, listed, served, forgotten, loaded again (ETSI GS CIM 009 V1.9.1 clauses 5.5.5 and 5.13)."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.broker.plane import Plane
from kaiteki.model.entity import Json, is_object
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.problem import Problem
from kaiteki.model.terms.compiling import (
    FIELD,
    addresses_of,
    compile_context,
    core_context,
    inner_context,
    own_part,
)
from kaiteki.model.terms.context import Context
from kaiteki.model.terms.core import core_document, core_minor
from kaiteki.ports.contexts import KeptContext
from kaiteki.ports.outgoing import Unreachable

DOCUMENTS_MAX: Final = 16
"""Documents that one @context may name, directly or not."""
COMPILED_MAX: Final = 256
"""Compiled @contexts that a node remembers."""
FRESH_S: Final = 24 * 3600
"""Seconds after which a fetched @context is fetched again; the old one is used when that fails."""
FETCHING_TOTAL_S: Final = 30.0
"""How long all the documents of one @context may take together."""
KEPT_MAX: Final = 10_000
"""Hosted and cached @contexts of a node."""

PATH: Final = "/ngsi-ld/v1/jsonldContexts/"
_OWN_ADDRESS: Final = re.compile(r"https?://[^/]+/ngsi-ld/v1/jsonldContexts/([^/?#]+)")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+")

_encoder = msgspec.json.Encoder(order="sorted")


Remembered: TypeAlias = tuple[Context, Instant, tuple[str, ...]]
"""A compiled @context, when it was compiled, and the addresses of its documents."""


class Contextbook:
    """The @contexts of a node, compiled once and remembered. One per node; see each method for its clause."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._compiled: OrderedDict[bytes, Remembered] = OrderedDict()
        self._fetching: dict[str, asyncio.Task[Json]] = {}
        self._used: dict[str, tuple[int, Instant]] = {}
        """How often the documents of requests were used since the node began, and when last."""

    @property
    def kept(self) -> int:
        """How many @contexts are compiled."""
        return len(self._compiled)

    async def understand(self, source: Json) -> Context:
        """What a @context means: an address, an object, an array of them, or None for the core one (clause 5.5.5).

        Raises BadRequestData when it is malformed, LdContextNotAvailable when a document cannot be had.
        """
        remembered = self.at_hand(source)
        if remembered is not None:
            return remembered
        own = own_part(source)
        documents = await self._documents(own)
        remembered = (compile_context(own, documents), self._plane.clock.now(), tuple(documents))
        self._compiled[_encoder.encode(own)] = remembered
        self._count(remembered)
        while len(self._compiled) > COMPILED_MAX:
            self._compiled.popitem(last=False)
        return remembered[0]

    def at_hand(self, source: Json) -> Context | None:
        """What a @context means if that is remembered and fresh; None when it must be looked up."""
        own = own_part(source)
        if own is None:
            return core_context()
        key = _encoder.encode(own)
        remembered = self._compiled.get(key)
        if remembered is None or self._plane.clock.now() - remembered[1] >= FRESH_S * 1_000_000:
            return None
        self._compiled.move_to_end(key)
        self._count(remembered)
        return remembered[0]

    def _count(self, remembered: Remembered) -> None:
        now = self._plane.clock.now()
        for url in remembered[2]:
            self._used[url] = (self._used[url][0] + 1 if url in self._used else 1, now)

    def _usage(self, kept: KeptContext) -> tuple[int, Instant | None]:
        """How often a kept @context was used since the node began, and when last (clause 5.13.3)."""
        last = kept.last_usage
        hits = kept.hits
        for url, (times, at) in self._used.items():
            own = _OWN_ADDRESS.fullmatch(url)
            if kept.url == url or (own is not None and own[1] == kept.local_id):
                hits, last = hits + times, at if last is None else max(last, at)
        return hits, last

    async def _documents(self, source: Json) -> dict[str, Json]:
        """Every document that a @context names, directly or not. Raises LdContextNotAvailable."""
        documents: dict[str, Json] = {}
        waiting = list(dict.fromkeys(addresses_of(source)))
        try:
            async with asyncio.timeout(FETCHING_TOTAL_S):
                while waiting:
                    url = waiting.pop()
                    if len(documents) >= DOCUMENTS_MAX:
                        detail = f"a @context names up to {DOCUMENTS_MAX} documents"
                        raise Problem("BadRequestData", detail, FIELD)
                    documents[url] = await self._document(url)
                    named = dict.fromkeys(addresses_of(inner_context(documents[url])))
                    waiting.extend(one for one in named if one not in documents and one not in waiting)
        except TimeoutError:
            detail = f"the documents of the @context took longer than {FETCHING_TOTAL_S:g} seconds"
            raise Problem("LdContextNotAvailable", detail, FIELD) from None
        return documents

    async def _document(self, url: str) -> Json:
        """A document from the store, or from its address when it is not there or not fresh."""
        if not _ADDRESS.fullmatch(url):
            raise Problem("BadRequestData", f"{url} is not an address of a @context", FIELD)
        own = _OWN_ADDRESS.fullmatch(url)
        kept = await self._plane.contexts.get(own[1]) if own else None
        if kept is not None and kept.kind != "Cached":
            return kept.document
        kept = await self._plane.contexts.get(url)
        now = self._plane.clock.now()
        if kept is not None and now - kept.created_at < FRESH_S * 1_000_000:
            return kept.document
        try:
            return await self._fetch(url)
        except Problem:
            if kept is not None:
                return kept.document
            raise

    async def _fetch(self, url: str) -> Json:
        """Fetch and keep a document; callers that want the same one at the same time share one fetch."""
        task = self._fetching.get(url)
        if task is None:
            task = self._fetching[url] = asyncio.create_task(self._fetch_now(url))
            task.add_done_callback(lambda _: self._fetching.pop(url, None))
        return await asyncio.shield(task)

    async def _fetch_now(self, url: str) -> Json:
        document = await self._download(url)
        await self._keep_copy(url, document)
        return document

    async def _download(self, url: str) -> Json:
        """The @context document at an address, without what stands beside the @context. Raises LdContextNotAvailable."""
        try:
            document = await self._plane.outgoing.fetch_json(url)
        except Unreachable as reason:
            detail = f"the @context {without_user(url)} is not available: {reason}"
            raise Problem("LdContextNotAvailable", detail, FIELD) from None
        if not is_object(document) or "@context" not in document:
            raise Problem("LdContextNotAvailable", f"there is no @context at {url}", FIELD)
        return {"@context": document["@context"]}

    async def _keep_copy(self, url: str, document: Json) -> None:
        stands = await self._plane.contexts.get(url)
        local_id = stands.local_id if stands else self._fresh_id()
        now = self._plane.clock.now()
        await self._plane.contexts.put(KeptContext(url, local_id, "Cached", document, now))

    def _fresh_id(self) -> str:
        return f"urn:ngsi-ld:Context:{self._plane.clock.seed():016x}"

    async def add(self, document: Json) -> str:
        """Host a @context (clause 5.13.2); its local id. Raises BadRequestData, LdContextNotAvailable."""
        hosted = {"@context": inner_context(document)}
        if hosted["@context"] is None:
            raise Problem("BadRequestData", "a @context is an address, an object or an array of them", FIELD)
        compile_context(hosted["@context"], await self._documents(hosted["@context"]))
        local_id = self._fresh_id()
        await self._host(local_id, hosted)
        return local_id

    async def host_implicitly(self, source: Json) -> str:
        """Give a @context that stands in a document an address (clause 5.8.1); its local id, the same for an equal one."""
        local_id = f"urn:ngsi-ld:Context:{sha256(_encoder.encode(source)).hexdigest()[:32]}"
        if await self._plane.contexts.get(local_id) is None:
            compile_context(source, await self._documents(source))
            await self._host(local_id, {"@context": source}, "ImplicitlyCreated")
        return local_id

    async def forget_implicit(self, address: str) -> None:
        """Remove a @context that was given an address for the sake of a document that is gone; others stay."""
        own = _OWN_ADDRESS.fullmatch(address)
        kept = await self._plane.contexts.get(own[1]) if own else None
        if kept is not None and kept.kind == "ImplicitlyCreated":
            await self._plane.contexts.remove(kept.local_id)

    async def _host(
        self, local_id: str, document: Json, kind: Literal["Hosted", "ImplicitlyCreated"] = "Hosted"
    ) -> None:
        if len(await self._plane.contexts.list()) >= KEPT_MAX:
            raise Problem("Forbidden", f"a node keeps up to {KEPT_MAX} contexts", FIELD)
        await self._plane.contexts.put(
            KeptContext(local_id, local_id, kind, document, self._plane.clock.now())
        )

    async def listed(
        self, address: Callable[[str], str], kind: str | None = None, details: bool = False
    ) -> list[Json]:
        """The kept @contexts, as addresses or with details (clause 5.13.3). `address` gives the URL of a local id."""
        kept = [one for one in await self._plane.contexts.list() if kind in (None, one.kind)]
        if details:
            return [_details(one, address, *self._usage(one)) for one in kept]
        return [one.url if one.kind == "Cached" else address(one.local_id) for one in kept]

    async def served(
        self, context_id: str, address: Callable[[str], str], details: bool = False
    ) -> dict[str, Json]:
        """A @context document or its details (clause 5.13.4). Raises ResourceNotFound, OperationNotSupported."""
        minor = core_minor(context_id)
        if minor is not None and not details:
            return core_document(minor)
        kept = await self._find(context_id)
        if details:
            return _details(kept, address, *self._usage(kept))
        if kept.kind == "Cached":
            raise Problem(
                "OperationNotSupported", "a cached @context is had from where it came from", "contextId"
            )
        return {"@context": inner_context(kept.document)}

    async def forget(self, context_id: str, reload: bool = False) -> None:
        """Remove a @context, or load a cached one again (clause 5.13.5).

        Raises ResourceNotFound, BadRequestData, LdContextNotAvailable.
        """
        kept = await self._find(context_id)
        if reload:
            if kept.kind != "Cached":
                raise Problem(
                    "BadRequestData", f"this @context is {kept.kind}; it has no other place", "reload"
                )
            await self._load_again(kept.url)
        else:
            await self._plane.contexts.remove(kept.local_id)
        self._compiled.clear()

    async def _load_again(self, url: str) -> None:
        """Put a fresh copy of a cached @context in the place of the old one, if it is a good one."""
        document = await self._download(url)
        try:
            compile_context(document["@context"], await self._documents(document["@context"]))
        except Problem as problem:
            raise Problem("LdContextNotAvailable", problem.detail, FIELD) from None
        await self._keep_copy(url, document)

    async def _find(self, context_id: str) -> KeptContext:
        own = _OWN_ADDRESS.fullmatch(context_id)
        kept = await self._plane.contexts.get(own[1] if own else context_id)
        if kept is None:
            raise Problem("ResourceNotFound", f"there is no @context {context_id}", "contextId")
        return kept


def _details(
    kept: KeptContext, address: Callable[[str], str], hits: int, last: Instant | None
) -> dict[str, Json]:
    shown: dict[str, Json] = {
        "URL": kept.url if kept.kind == "Cached" else address(kept.local_id),
        "localId": kept.local_id,
        "kind": kept.kind,
        "createdAt": format_instant(kept.created_at),
        "numberOfHits": hits,
    }
    if last is not None:
        shown["lastUsage"] = format_instant(last)
    return shown


def without_user(url: str) -> str:
    """An address as it may be told again: without the name and the password that somebody put before its host."""
    scheme, between, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{between}{host.rpartition('@')[2]}{slash}{path}"
