"""Reads that need no task: an entity by its id, a first page in the order of ids, for who is not signed in (or on an open node).

Law: what is answered here has the status, the headers and the body that `Binding` would answer at the same moment. Whatever
is not answered here (None) is answered there: every refusal, every rarer parameter, everybody who says who they are.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from kaiteki.api.exchange import QUERY_LENGTH_MAX, Ask, Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.forms import HIDDEN
from kaiteki.api.ngsi_ld.negotiation import GEO_JSON, context_link
from kaiteki.api.ngsi_ld.operations import OPERATIONS
from kaiteki.api.ngsi_ld.places import PREFIX, Place
from kaiteki.api.ngsi_ld.reading import address_of, etag_of, joined, neighbours
from kaiteki.api.ngsi_ld.task import Task
from kaiteki.api.ngsi_ld.views import View
from kaiteki.api.parameters import read_parameters
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.api.rsgi import Exchange, Scope
from kaiteki.model.access import NOBODY
from kaiteki.model.problem import Problem
from kaiteki.model.representation.values import check_uri
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import Stamp
from kaiteki.ports.glances import Glanced, Window

ANSWERS_BYTES: Final = 16_000_000
"""What the last answers of entities may take beside the forms; a full memory begins anew."""
ANSWER_COST_BYTES: Final = 800
"""What one of them takes: the request, the headers, their places in the dictionary."""
KNOWN_MAX: Final = 2000
"""Requests whose reading is remembered; the least recently read one goes first."""
REPLIES_MAX: Final = 200
"""Requests whose last answer is kept whole."""
REPLY_SIZE_MAX_BYTES: Final = 32_000
PAGE: Final = f"{PREFIX}entities"
ENTITY: Final = f"{PREFIX}entities/"
ENTITY_AT: Final = len(ENTITY)

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
    links: Callable[[], Headers] = list[tuple[str, str]]
    """The links to the neighbours of a first page that is not the last one."""
    glanced: Glanced | None = None
    reply: Reply | None = None
    """What was seen last and how it was answered; the same page gets the same answer."""


class Answer(msgspec.Struct, frozen=True):
    """How an entity was told last. It holds for as long as the entity has the stamp and the request the @context."""

    known: Known
    entity_id: str
    stamp: Stamp
    reply: Reply


class Glancing:
    """Answers of a node that are given at once. `None` sends a request the long way."""

    def __init__(self, desk: Desk, answers_bytes: int = ANSWERS_BYTES) -> None:
        self._desk = desk
        self._glances = desk.plane.glances
        self._is_alone = desk.registry.is_alone
        self._asks_who = not desk.is_open
        self._person = EVERYBODY_IS_ADMIN if desk.is_open else NOBODY
        self._known: OrderedDict[Told, Known | None] = OrderedDict()
        self._answered: deque[Known] = deque()
        self._answers_max = max(1, answers_bytes // ANSWER_COST_BYTES)
        self._answers: dict[tuple[str, str, str | None, str | None, str | None], Answer] = {}

    def __call__(self, scope: Scope, proto: Exchange) -> Reply | None:
        """The answer, if it can be had at once."""
        if scope.method != "GET":
            return None
        path, header = scope.path, scope.headers.get
        if self._asks_who and (header("authorization") is not None or header("cookie") is not None):
            return None
        if header("prefer") is not None or header("ngsild-snapshot") is not None:
            return None
        try:
            if path == PAGE:
                if header("ngsild-entitymap") is not None:
                    return None
                known = self._read(scope, proto, True)
                return self._page(known) if known is not None and self._is_alone(known.area) else None
            return self._entity(scope, proto)
        except Problem:
            return None

    def _entity(self, scope: Scope, proto: Exchange) -> Reply | None:
        header, path = scope.headers.get, scope.path
        if header("if-none-match") is not None:
            return None
        link = header("link")
        asked = (path, scope.query_string, header("accept"), link, header("ngsild-tenant"))
        answer = self._answers.get(asked)
        if (
            answer is not None
            and (link is None or self._context(link) is answer.known.context)
            and self._glances.seen(answer.known.area, answer.entity_id) == answer.stamp
            and self._is_alone(answer.known.area)
        ):
            return answer.reply
        entity_id = path[ENTITY_AT:]
        if not path.startswith(ENTITY) or not entity_id or "/attrs" in entity_id:
            return None
        known = self._read(scope, proto, False)
        if known is None or not self._is_alone(known.area):
            return None
        answer = self._told(known, check_uri(entity_id, "id"))
        if answer is None:
            return None
        if len(self._answers) >= self._answers_max:
            self._answers.clear()
        self._answers[asked] = answer
        return answer.reply

    def _told(self, known: Known, entity_id: str) -> Answer | None:
        forms, view, glances = self._desk.forms, known.view, self._glances
        stamp = glances.seen(known.area, entity_id)
        body = None if stamp is None else forms.shelf(known.area, view.flavour).get(stamp)
        if stamp is None or not body:
            row = glances.row(known.area, entity_id)
            if row is None:
                return None
            stamp = row.stamp
            body = forms.of(row, known.area, view.look, view.flavour, self._person)
            if body is HIDDEN:
                return None
        headers: Headers = [*view.headers, ("etag", etag_of(stamp, body, view)), *known.tail]
        return Answer(known, entity_id, stamp, Reply(200, headers, body))

    def _page(self, known: Known) -> Reply | None:
        desk, view, area = self._desk, known.view, known.area
        if known.window is None:
            return None
        glanced = known.window.look(desk.forms.shelf(area, view.flavour))
        if glanced is None:
            return None
        if glanced is known.glanced and known.reply is not None:
            return known.reply
        of, look, flavour, person = desk.forms.of, view.look, view.flavour, self._person
        bodies = [
            body
            for part in glanced.parts
            if (body := part if isinstance(part, bytes) else of(part, area, look, flavour, person))
        ]
        links = known.links() if glanced.more else ()
        reply = Reply(200, [*view.headers, *links, *known.tail], joined(bodies, view))
        if len(reply.body) <= REPLY_SIZE_MAX_BYTES:
            self._keep(known, glanced, reply)
        return reply

    def _keep(self, known: Known, glanced: Glanced, reply: Reply) -> None:
        """Keep the latest answer of a request; the requests whose answers were kept longest lose theirs."""
        if known.reply is None:
            self._answered.append(known)
            if len(self._answered) > REPLIES_MAX:
                oldest = self._answered.popleft()
                oldest.glanced = oldest.reply = None
        known.glanced, known.reply = glanced, reply

    def _read(self, scope: Scope, proto: Exchange, is_page: bool) -> Known | None:
        """What a request asks for, None when that is not for here."""
        header = scope.headers.get
        link = header("link")
        told = (is_page, scope.query_string, header("accept"), link, header("ngsild-tenant"))
        known = self._known.get(told)
        if known is not None and (link is None or self._context(link) is known.context):
            return known
        if known is None and told in self._known:
            return None
        context = self._context(link)
        if context is None:
            return None
        if len(self._known) >= KNOWN_MAX:
            # (the first key of a dict whose beginning was deleted again and again is found by a long walk)
            self._known.popitem(last=False)
        self._known[told] = None
        ask = Ask("GET", scope.path, told[1], scope.headers, proto)
        known = self._known[told] = self._understand(ask, told, context)
        return known

    def _context(self, link: str | None) -> Context | None:
        """The @context of a request, None when it is not at hand."""
        return self._desk.contexts.at_hand(context_link(link) if link is not None else None)

    def _understand(self, ask: Ask, told: Told, context: Context) -> Known | None:
        is_page, query, _, _, tenant = told
        desk, operation = self._desk, _QUERY if is_page else _RETRIEVE
        area = desk.first_area if tenant is None else tenant
        if area not in desk.areas or len(query) > QUERY_LENGTH_MAX:
            return None
        parameters = read_parameters(query, operation.parameters)
        task = Task(ask, operation, Place(operation.path), area, self._person, parameters)
        view = desk.views.of(task, context)
        tail: Headers = [] if tenant is None else [("ngsild-tenant", tenant)]
        if view.join is not None or view.types is not None or "entityMap" in parameters:
            return None
        if not is_page:
            return None if view.look.shape == GEO_JSON else Known(area, context, view, tail)
        window = None if view.wanted is None else desk.plane.glances.window(area, view.wanted)
        asked = view.asked
        if window is None or asked is None or asked.offset:
            return None

        def links() -> Headers:
            return neighbours(address_of(ask.path, query, parameters), asked, True)

        return Known(area, context, view, tail, window, links)
