"""The command API: `POST /{area}/services/<service>/<command>` runs what the manifests declare, `GET …/services` lists it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from kaiteki.api.documents import read_json
from kaiteki.api.exchange import BODY_SIZE_MAX_BYTES
from kaiteki.api.limits import Pace
from kaiteki.api.ngsi_ld.negotiation import body_type
from kaiteki.api.persons import WhoAsks, refuse_foreign_pages
from kaiteki.api.problems import PROBLEM_TYPE, refuse
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.manifest import Command, Service
from kaiteki.model.access import ANYONE
from kaiteki.model.decision import NOT_SURE, Fault, Refused
from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.model.words import LANGUAGES, Language, Words

STATUS_OF: Final[Mapping[str, int]] = {
    "not_found": 404,
    "not_allowed": 403,
    "conflict": 409,
    "invalid": 422,
    "too_many": 429,
    "gone": 410,
    "too_large": 413,
}
"""Refusals of rules as HTTP; a code that stands nowhere here is a conflict with the state of the city (409)."""

ASSURANCE: Final = "urn:kaiteki:assurance:"
"""Before the number of a level of assurance, where a standard wants a name (acr)."""

TITLES: Final[Mapping[int, Words]] = {
    403: Words("この操作をする権限がありません", "You may not do this", "これは できません"),
    404: Words("見つかりません", "Nothing was found", "見（み）つかりません"),
    409: Words("いまの状態ではできません", "This is not possible in the present state", "いまは できません"),
    410: Words("すでになくなっています", "This is gone", "もう ありません"),
    413: Words("大きすぎます", "This is too large", "大（おお）きすぎます"),
    422: Words(
        "入力内容を確認してください", "Please check what you sent", "書（か）いたことを 見（み）てください"
    ),
    429: Words("回数が多すぎます", "Too many", "多（おお）すぎます"),
}


def command_routes(
    engine: Engine, who: WhoAsks, areas: Sequence[str], pace: Pace | None = None
) -> list[Route]:
    """The routes of the command API for the areas of a node."""

    def known(request: Request) -> str:
        area = request.path_params["area"]
        if area not in areas:
            raise Problem("ResourceNotFound", f"there is no area {area[:64]} here", "area")
        return area

    async def run(request: Request) -> Response:
        try:
            area = known(request)
            refuse_foreign_pages(request.headers)
            body_type(request.headers.get("content-type"), ("application/json",))
            form = read_json(await _body(request))
            person = await who(request.headers, area)
            if pace is not None:
                pace.count(person, request.client.host if request.client else "")
        except Problem as problem:
            return _refused(problem)
        asking = Asking(
            area=area,
            person=person,
            language=spoken(request.headers.get("accept-language")),
            key=request.headers.get("idempotency-key"),
        )
        name = f"{request.path_params['service']}.{request.path_params['command']}"
        decided = await engine.run(name, form, asking)
        if isinstance(decided, Refused) and decided.code == NOT_SURE:
            return _not_sure(engine, name)
        if isinstance(decided, Refused):
            return _no(decided, signed_in=person.signed_in)
        return _json(200, decided.answer)

    async def services(request: Request) -> Response:
        try:
            area = known(request)
        except Problem as problem:
            return _refused(problem)
        return _json(200, {"services": [_told(one, area) for one in engine.services.values()]})

    return [
        _ForPrograms("/{area}/services", services, methods=["GET"]),
        Route("/{area}/services/{service}/{command}", run, methods=["POST"]),
    ]


class _ForPrograms(Route):
    """A route that leaves a browser (whose Accept names HTML) to the page of the same address."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Route, but nothing for browsers."""
        accept = next((value for name, value in scope.get("headers", ()) if name == b"accept"), b"")
        return (Match.NONE, {}) if b"text/html" in accept else super().matches(scope)


def spoken(accept_language: str | None) -> Language:
    """The language of LANGUAGES that Accept-Language names first, ja without one."""
    for part in (accept_language or "").lower().split(",")[:20]:
        tag = part.partition(";")[0].strip()
        for language in LANGUAGES:
            if tag == language or (language != "ja-easy" and tag.startswith(f"{language}-")):
                return language
    return "ja"


async def _body(request: Request) -> bytes:
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > BODY_SIZE_MAX_BYTES:
            raise Problem("PayloadTooLarge", f"the body may have at most {BODY_SIZE_MAX_BYTES} bytes", "body")
    return bytes(read)


def _told(service: Service, area: str) -> dict[str, Json]:
    return {
        "name": service.name,
        "words": say_all(service.words),
        "summary": say_all(service.summary),
        "stage": service.stage,
        "commands": [_told_command(service, command, area) for command in service.commands],
    }


def _told_command(service: Service, command: Command, area: str) -> dict[str, Json]:
    return {
        "name": command.name,
        "words": say_all(command.words),
        "path": f"/{area}/services/{service.name}/{command.name}",
        "public": ANYONE in command.roles,
    }


def say_all(words: Words) -> dict[str, str]:
    """A text in all languages, by language tag."""
    return {language: words.say(language) for language in LANGUAGES}


def _fault(fault: Fault) -> dict[str, Json]:
    return {"field": fault.field, "code": fault.code, "words": say_all(fault.words)}


def _no(refused: Refused, signed_in: bool) -> Response:
    if refused.code == "not_allowed" and not signed_in:
        return _refused(Problem("Unauthorized", "this command needs an account with a role"))
    status = STATUS_OF.get(refused.code, 409)
    titles = say_all(TITLES[status])
    document = {
        "type": f"urn:kaiteki:refused:{refused.code}",
        "title": titles["en"],
        "status": status,
        "code": refused.code,
        "titles": titles,
        "faults": [_fault(fault) for fault in refused.faults],
    }
    return _json(status, document, PROBLEM_TYPE)


def _not_sure(engine: Engine, name: str) -> Response:
    """401 that says how sure it must be who asks (RFC 9470)."""
    known = engine.command(name)
    level = ASSURANCE + str(known[1].assurance if known else 1)
    challenge = f'Bearer error="insufficient_user_authentication", error_description="show more surely who you are", acr_values="{level}"'
    problem = Problem("Unauthorized", f"this command needs the assurance {level}", "Authorization")
    reply = refuse(problem, [("www-authenticate", challenge)])
    return Response(reply.body, reply.status, dict(reply.headers))


def _refused(problem: Problem) -> Response:
    reply = refuse(problem)
    return Response(reply.body, reply.status, dict(reply.headers))


def _json(status: int, document: Any, media_type: str = "application/json") -> Response:
    return Response(
        msgspec.json.encode(document), status, {"cache-control": "no-store"}, media_type=media_type
    )
