"""Read requests that were understood: remembered by their text, and by all of it but one number or one point.

A client that asks `q=temperature==21.5` and then `q=temperature==22`, or looks around one place and then another, asks the same thing with
another filling; all that was read, decided and planned for the first serves the second. Law: what is told here of a request is
what reading it whole would tell.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

import msgspec

from kaiteki.api.exchange import QUERY_LENGTH_MAX, Ask, Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import GEO_JSON, context_link
from kaiteki.api.ngsi_ld.operations import OPERATIONS
from kaiteki.api.ngsi_ld.places import Place
from kaiteki.api.ngsi_ld.reading import address_of
from kaiteki.api.ngsi_ld.task import Task
from kaiteki.api.ngsi_ld.views import View
from kaiteki.api.parameters import read_parameters
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.api.rsgi import Exchange, Scope
from kaiteki.model.access import NOBODY
from kaiteki.model.hole import Hole, hole_of
from kaiteki.model.terms.context import Context
from kaiteki.ports.glances import Glanced, Window

KNOWN_MAX: Final = 2000
"""Requests whose reading is remembered, some 2 kB each; the least recently read one goes first."""
STENCILS_MAX: Final = 200
"""Requests with a hole that are remembered, some 3 kB each; a full memory begins anew."""

_PLACE: Final = re.compile(
    r"((?:.*&)?coordinates=)((?:\[|%5B|%5b)(-?(?:0|[1-9]\d{0,2})\.\d{1,15})(?:,|%2C|%2c)(-?(?:0|[1-9]\d?)\.\d{1,15})(?:\]|%5D|%5d))"
    r"((?:&.*)?)",
    re.ASCII,
)
_NUMBER: Final = re.compile(
    r"((?:.*&)?q=[A-Za-z]\w*(?:==|%3D%3D|%3d%3d))((-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?))((?:&.*)?)", re.ASCII
)

_RETRIEVE, _QUERY = (
    next(one for one in OPERATIONS if one.name == name) for name in ("retrieveEntity", "queryEntities")
)

Told: TypeAlias = tuple[bool, str, str | None, str | None, str | None]
"""Whether a page is asked for, the query text, and the headers accept, link and ngsild-tenant."""


class Known(msgspec.Struct):
    """A request that was read: where it looks, how it is shown. `tail` are the headers that end the answer."""

    area: str
    context: Context
    view: View
    tail: Headers
    window: Window | None = None
    address: Callable[[], str] = str
    """The address of a page and its neighbours, up to where limit and offset follow."""
    glanced: Glanced | None = None
    reply: Reply | None = None
    """What was seen last and how it was answered; the same page gets the same answer."""


class _Stencil(msgspec.Struct, frozen=True):
    """A request with a hole: what it is with one filling, and its address before and behind the hole."""

    known: Known
    window: Window
    head: str
    foot: str


class _Cut(msgspec.Struct, frozen=True):
    """A query text cut at its hole: what stands before, the filling as text and as a value, what stands behind."""

    head: str
    text: str
    hole: Hole
    foot: str


class Reader:
    """Reads requests for what is answered at once; everybody is the same person to it. None: the request is not for there."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.person: Final = EVERYBODY_IS_ADMIN if desk.is_open else NOBODY
        self._known: OrderedDict[Told, Known | None] = OrderedDict()
        self._stencils: dict[tuple[str, str, str | None, str | None, str | None], _Stencil] = {}

    @property
    def kept(self) -> int:
        """How many readings are remembered."""
        return len(self._known) + len(self._stencils)

    def read(self, scope: Scope, proto: Exchange, is_page: bool) -> Known | None:
        """What a request asks for. Refuses what the long way refuses."""
        headers = scope.headers
        link = headers.get("link")
        told = (is_page, scope.query_string, headers.get("accept"), link, headers.get("ngsild-tenant"))
        known = self._known.get(told)
        if known is not None and (link is None or self.context(link) is known.context):
            return known
        if known is None and told in self._known:
            return None
        context = self.context(link)
        if context is None:
            return None
        if len(self._known) >= KNOWN_MAX:
            # (the first key of a dict whose beginning was deleted again and again is found by a long walk)
            self._known.popitem(last=False)
        self._known[told] = None
        cut = cut_at_hole(told[1]) if is_page else None
        known = None if cut is None else self._fill(cut, told, context)
        if known is None:
            ask = Ask("GET", scope.path, told[1], headers, proto)
            known = self._understand(ask, told, context)
            if known is not None and cut is not None:
                self._learn(cut, told, known)
        self._known[told] = known
        return known

    def context(self, link: str | None) -> Context | None:
        """The @context of a request, None when it is not at hand."""
        return self._desk.contexts.at_hand(context_link(link) if link is not None else None)

    def _fill(self, cut: _Cut, told: Told, context: Context) -> Known | None:
        """A request that differs in its hole alone from one that was understood before."""
        stencil = self._stencils.get((cut.head, cut.foot, *told[2:]))
        if stencil is None or stencil.known.context is not context:
            return None
        known, address = stencil.known, f"{stencil.head}{_coded(cut.text)}{stencil.foot}"
        window = stencil.window.filled(cut.hole)
        return Known(known.area, context, known.view, known.tail, window, partial(str, address))

    def _learn(self, cut: _Cut, told: Told, known: Known) -> None:
        """Remember a request with a hole, where its reading says that nothing else depends on the filling."""
        view, window, address = known.view, known.window, known.address()
        if window is None or view.asked is None or view.wanted is None:
            return
        if not (_same(hole_of(view.asked), cut.hole) and _same(hole_of(view.wanted), cut.hole)):
            return
        # the name of its parameter stands before it, so that it is not taken for an equal text elsewhere
        named = _coded(cut.head.rpartition("&")[2])
        parts = address.split(named + _coded(cut.text))
        if len(parts) == 2:
            if len(self._stencils) >= STENCILS_MAX:
                self._stencils.clear()
            stencil = _Stencil(known, window, parts[0] + named, parts[1])
            self._stencils[cut.head, cut.foot, *told[2:]] = stencil

    def _understand(self, ask: Ask, told: Told, context: Context) -> Known | None:
        is_page, query, _, _, tenant = told
        desk, operation = self._desk, _QUERY if is_page else _RETRIEVE
        area = desk.first_area if tenant is None else tenant
        if area not in desk.areas or len(query) > QUERY_LENGTH_MAX:
            return None
        parameters = read_parameters(query, operation.parameters)
        task = Task(ask, operation, Place(operation.path), area, self.person, parameters)
        view = desk.views.of(task, context)
        tail: Headers = [] if tenant is None else [("ngsild-tenant", tenant)]
        if view.join is not None or view.types is not None or "entityMap" in parameters:
            return None
        if not is_page:
            return None if view.look.shape == GEO_JSON else Known(area, context, view, tail)
        if view.wanted is None or view.wanted.sieve is not None:
            return None
        window = desk.plane.glances.window(area, view.wanted)
        if window is None or view.asked is None or view.asked.offset:
            return None
        return Known(area, context, view, tail, window, partial(address_of, ask.path, query, parameters))


def cut_at_hole(query: str) -> _Cut | None:
    """A query text with one plainly written point or number, cut around it; None for any other."""
    found = _PLACE.fullmatch(query)
    if found is not None:
        lon, lat = float(found[3]), float(found[4])
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            return None
        return _Cut(found[1], found[2], (lon, lat), found[5])
    found = _NUMBER.fullmatch(query)
    return None if found is None else _Cut(found[1], found[2], msgspec.json.decode(found[3]), found[4])


def _coded(text: str) -> str:
    """A filling as it stands in an address (reading.address_of)."""
    return text.replace("[", "%5B").replace("]", "%5D")


def _same(one: Hole | None, other: Hole) -> bool:
    """Whether two fillings are equal and of one type, since a whole number is written differently from a fraction."""
    return one == other and type(one) is type(other)
