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
    preferences,
)
from kaiteki.api.ngsi_ld.task import EXPOSED, OPEN_TO_ALL, Task
from kaiteki.api.trust import Trust
from kaiteki.broker.asking import Join, read_join, read_query, read_style
from kaiteki.model.language.types import parse_types
from kaiteki.model.query import Query, TypeSelection
from kaiteki.model.terms.context import Context

VIEWS_MAX: Final = 2000


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
    context_in_body: bool = False


class Views:
    """The views of the latest requests, by what they were made of. Bounded; the least recently made one goes first."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._kept: OrderedDict[tuple[str, ...], View] = OrderedDict()

    def of(self, task: Task, context: Context) -> View:
        """The view of a GET request."""
        ask, level = task.ask, self._trust.level(task.person)
        accept, prefer = ask.header("accept"), ask.header("prefer")
        key = (task.operation.name, ask.query, accept or "", context.key, level, prefer or "")
        view = self._kept.get(key)
        if view is None:
            view = self._kept[key] = make_view(self._trust, task, context, task.parameters)
            if len(self._kept) > VIEWS_MAX:
                self._kept.popitem(last=False)
        return view


def make_view(trust: Trust, task: Task, context: Context, parameters: Mapping[str, str]) -> View:
    """Read the parameters of a request into a view. Refuses with BadRequestData, NotAcceptable …"""
    shape = choose_shape(task.ask.header("accept"), task.operation.shapes)
    look = Look(shape, context, read_style(parameters, context, shape == GEO_JSON), trust.level(task.person))
    is_query = task.operation.name != "retrieveEntity"
    asked = read_query(parameters, context) if is_query else None
    in_body = shape == LD_JSON or (
        shape == GEO_JSON and preferences(task.ask.header("prefer")).get("body", "ld+json") == "ld+json"
    )
    headers: Headers = [("content-type", shape), OPEN_TO_ALL, EXPOSED]
    if not in_body and context.url is not None:
        headers.append(context_link_header(context.url))
    flavour = look.flavour
    return View(
        look=look,
        flavour=flavour,
        mark=f"{crc32(flavour.encode()):08x}",
        headers=headers,
        types=parse_types(parameters["type"], context.expand)
        if not is_query and "type" in parameters
        else None,
        asked=asked,
        wanted=trust.narrow(task.person, asked) if asked is not None else None,
        join=read_join(parameters),
        context_in_body=in_body,
    )
