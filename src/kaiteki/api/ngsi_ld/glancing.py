"""Reads that need no task: an entity by its id, a first page in the order of ids, for who is not signed in (or on an open node).

Law: what is answered here has the status, the headers and the body that `Binding` would answer at the same moment. Whatever
is not answered here (None) is answered there: every refusal, every rarer parameter, everybody who says who they are.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.forms import HIDDEN
from kaiteki.api.ngsi_ld.known import Known, Reader
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.reading import etag_of, joined, neighbours
from kaiteki.api.rsgi import Exchange, Scope
from kaiteki.api.uses import Use, Uses
from kaiteki.model.problem import Problem
from kaiteki.model.representation.values import check_uri
from kaiteki.ports.entities import Stamp
from kaiteki.ports.glances import Glanced

ANSWERS_BYTES: Final = 16_000_000
"""What the last answers of entities may take beside the forms; a full memory begins anew."""
ANSWER_COST_BYTES: Final = 800
"""What one of them takes: the request, the headers, their places in the dictionary."""
REPLIES_MAX: Final = 200
"""Requests whose last answer is kept whole."""
REPLY_SIZE_MAX_BYTES: Final = 32_000
PAGE: Final = f"{PREFIX}entities"
ENTITY: Final = f"{PREFIX}entities/"
ENTITY_AT: Final = len(ENTITY)


class Answer(msgspec.Struct, frozen=True):
    """How an entity was told last. It holds for as long as the entity has the stamp and the request the @context."""

    known: Known
    entity_id: str
    stamp: Stamp
    reply: Reply


class Glancing:
    """Answers of a node that are given at once. `None` sends a request the long way."""

    def __init__(self, desk: Desk, answers_bytes: int = ANSWERS_BYTES, uses: Uses | None = None) -> None:
        self._uses = uses
        self._desk = desk
        self._glances = desk.plane.glances
        self._is_alone = desk.registry.is_alone
        self._asks_who = not desk.is_open
        self._reader = Reader(desk)
        self._person = self._reader.person
        self._answered: deque[Known] = deque()
        self._answers_max = max(1, answers_bytes // ANSWER_COST_BYTES)
        self._answers: dict[tuple[str, str, str | None, str | None, str | None], Answer] = {}

    @property
    def kept(self) -> dict[str, int]:
        """How many answers are remembered, and how many readings of requests."""
        return {"answers": len(self._answers), "readings": self._reader.kept}

    def __call__(self, scope: Scope, proto: Exchange) -> Reply | None:
        """The answer, if it can be had at once."""
        if scope.method != "GET":
            return None
        path, header = scope.path, scope.headers.get
        if self._asks_who and (
            header("authorization") is not None
            or header("cookie") is not None
            or header("x-api-key") is not None
        ):
            return None
        if header("prefer") is not None or header("ngsild-snapshot") is not None:
            return None
        try:
            if path == PAGE:
                if header("ngsild-entitymap") is not None:
                    return None
                known = self._reader.read(scope, proto, True)
                return self._page(known, scope) if known is not None and self._is_alone(known.area) else None
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
            and (link is None or self._reader.context(link) is answer.known.context)
            and self._glances.seen(answer.known.area, answer.entity_id) == answer.stamp
            and self._is_alone(answer.known.area)
        ):
            return answer.reply
        entity_id = path[ENTITY_AT:]
        if not path.startswith(ENTITY) or not entity_id or "/attrs" in entity_id:
            return None
        known = self._reader.read(scope, proto, False)
        if known is None or not self._is_alone(known.area):
            return None
        answer = self._told(known, check_uri(entity_id, "id"), scope)
        if answer is None:
            return None
        if len(self._answers) >= self._answers_max:
            self._answers.clear()
        self._answers[asked] = answer
        return answer.reply

    def _told(self, known: Known, entity_id: str, scope: Scope) -> Answer | None:
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
        return Answer(known, entity_id, stamp, Reply(200, headers, body, None, self._use(scope)))

    def _use(self, scope: Scope) -> Use | None:
        """The count that the answer to a request carries with it."""
        if self._uses is None:
            return None
        return self._uses.of_plane(
            "ngsi-ld", scope.headers.get("ngsild-tenant"), scope.path, scope.query_string
        )

    def _page(self, known: Known, scope: Scope) -> Reply | None:
        desk, view, area, asked = self._desk, known.view, known.area, known.view.asked
        if known.window is None or asked is None:
            return None
        glanced = known.window.look(desk.forms.shelf(area, view.flavour))
        if glanced is None:
            return None
        if glanced is known.glanced and known.reply is not None:
            return known.reply
        of, look, flavour, person = desk.forms.of, view.look, view.flavour, self._person
        bodies = [
            part if isinstance(part, bytes) else of(part, area, look, flavour, person)
            for part in glanced.parts
        ]
        if HIDDEN in bodies:
            bodies = [body for body in bodies if body]
        links = neighbours(known.address(), asked, True) if glanced.more else ()
        told = [*view.headers, *links, *known.tail]
        reply = Reply(200, told, joined(bodies, view), None, self._use(scope))
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
