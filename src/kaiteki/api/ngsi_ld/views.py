"""What a read request asks for, read once and shared by equal requests."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final
from zlib import crc32

import msgspec

from kaiteki.api.exchange import Headers
from kaiteki.api.ngsi_ld.forms import Look
from kaiteki.api.ngsi_ld.negotiation import (
    GEO_JSON,
    LD_JSON,
    choose_shape,
    context_link_header,
    older_version,
    preferences,
)
from kaiteki.api.ngsi_ld.task import EXPOSED, OPEN_TO_ALL, Task
from kaiteki.api.trust import Trust
from kaiteki.broker.asking import (
    STYLE_PARAMETERS,
    Join,
    check_links,
    read_flag,
    read_join,
    read_query,
    read_style,
)
from kaiteki.model.language.types import parse_types
from kaiteki.model.query import Query, Selector, TypeSelection
from kaiteki.model.terms.context import Context

VIEWS_MAX: Final = 2000
STYLE_NAMES: Final = tuple(sorted(STYLE_PARAMETERS))


class View(msgspec.Struct, frozen=True):
    """Everything of a read request that does not depend on what is found; equal requests share one.

    `wanted` is the query as far as the person may ask it, None when nothing can be found. `mark` ends the ETags of the look.
    """

    look: Look
    flavour: str
    mark: str
    headers: Headers
    types: TypeSelection | None = None
    asked: Query | None = None
    wanted: Query | None = None
    join: Join | None = None
    version: int | None = None
    """The minor version of the standard that is preferred, where it is an older one (clause 4.3.6.8)."""
    context_in_body: bool = False


class Manner(msgspec.Struct, frozen=True):
    """The part of a view that depends on how entities are shown alone; most requests share a few."""

    look: Look
    flavour: str
    mark: str
    headers: Headers
    context_in_body: bool


class Views:
    """The views of the latest requests, by what they were made of. Bounded; the least recently made one goes first."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._kept: OrderedDict[tuple[str, ...], View] = OrderedDict()
        self._manners: dict[tuple[object, ...], Manner] = {}

    @property
    def kept(self) -> int:
        """How many views are remembered."""
        return len(self._kept)

    def of(self, task: Task, context: Context) -> View:
        """The view of a GET request."""
        ask, level = task.ask, self._trust.level(task.person, task.area)
        accept, prefer = ask.header("accept"), ask.header("prefer")
        key = (task.operation.name, ask.query, accept or "", context.key, level, prefer or "")
        view = self._kept.get(key)
        if view is None:
            view = self._kept[key] = self.make(task, context, task.parameters)
            if len(self._kept) > VIEWS_MAX:
                self._kept.popitem(last=False)
        return view

    def make(
        self,
        task: Task,
        context: Context,
        parameters: Mapping[str, str],
        selectors: tuple[Selector, ...] = (),
    ) -> View:
        """Read the parameters of a request into a view. Refuses with BadRequestData, NotAcceptable …"""
        is_query = task.operation.name != "retrieveEntity"
        manner = self._manner(task, context, parameters)
        join = read_join(parameters)
        check_links(manner.look.style, join)
        read_flag(parameters, "local")
        asked = read_query(parameters, context) if is_query else None
        if asked is not None and selectors:
            asked = msgspec.structs.replace(asked, selectors=selectors)
        return View(
            look=manner.look,
            flavour=manner.flavour,
            mark=manner.mark,
            headers=manner.headers,
            types=parse_types(parameters["type"], context.expand)
            if not is_query and "type" in parameters
            else None,
            asked=asked,
            wanted=self._trust.narrow(task.person, task.area, asked) if asked is not None else None,
            join=join,
            version=older_version(task.ask.header("prefer")),
            context_in_body=manner.context_in_body,
        )

    def _manner(self, task: Task, context: Context, parameters: Mapping[str, str]) -> Manner:
        level = self._trust.level(task.person, task.area)
        accept, prefer = task.ask.header("accept"), task.ask.header("prefer")
        told = [parameters.get(name) for name in STYLE_NAMES]
        key = (task.operation.name, accept, prefer, context.key, level, *told)
        manner = self._manners.get(key)
        if manner is None:
            if len(self._manners) >= VIEWS_MAX:
                self._manners.clear()
            shape = choose_shape(accept, task.operation.shapes)
            style = read_style(parameters, context, shape == GEO_JSON)
            manner = self._manners[key] = make_manner(Look(shape, context, style, level), prefer)
        return manner


def make_manner(look: Look, prefer: str | None) -> Manner:
    """What follows from a look: its name in caches, the headers of its answers."""
    in_body = look.shape == LD_JSON or (
        look.shape == GEO_JSON and preferences(prefer).get("body", "ld+json") == "ld+json"
    )
    headers: Headers = [("content-type", look.shape), OPEN_TO_ALL, EXPOSED]
    if not in_body and look.context.url is not None:
        headers.append(context_link_header(look.context.url))
    flavour = look.flavour
    return Manner(look, flavour, f"{crc32(flavour.encode()):08x}", headers, in_body)
