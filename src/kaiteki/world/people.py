"""What residents and staff do about a happening, step by step, through the public protocols of the city."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from kaiteki.world.chance import dice
from kaiteki.world.city_client import Answer, CityClient
from kaiteki.world.happenings import Happening
from kaiteki.world.pictures import draw_photo
from kaiteki.world.weather import DAY_S, JAPAN_OFFSET_S

INSURANCE = "市の市民活動保険が適用されます。"
TASK_S = 2 * 3600
TASK_HOUR = 9


class Keys(msgspec.Struct, frozen=True):
    """The bearer tokens with which the world acts: two desks (one confirms what the other did), residents, sensors."""

    desk: str
    second_desk: str
    residents: tuple[str, ...]
    sensors: str


class Step(msgspec.Struct, frozen=True):
    """The next thing somebody does about a report, at a moment of the plan."""

    at_s: float
    what: str


class Report(msgspec.Struct, frozen=True):
    """A happening that was reported, as it goes on in this city, and the id under which the city keeps it."""

    id: str
    happening: Happening


def steps_of(happening: Happening) -> list[Step]:
    """What follows on a report of this happening, in order of time."""
    if not happening.assigned_s:
        return []
    steps = [Step(happening.assigned_s, "assign")]
    if happening.fate == "task":
        joining = happening.started_s
        steps += [
            Step(joining, "make_task"),
            Step(joining + 600, "join_task"),
            Step(joining + 900, "join_task_too"),
        ]
    else:
        steps.append(Step(happening.started_s, "start"))
    if happening.fate == "temporary":
        steps.append(Step(happening.mended_s, "fix_temporarily"))
    elif happening.mended_s:
        steps.append(Step(happening.mended_s, "complete"))
    if happening.confirmed_s:
        steps.append(Step(happening.confirmed_s, "witness"))
        if happening.fate == "task":
            steps.append(Step(happening.confirmed_s + 1800, "witness_too"))
    return steps


def category_of(happening: Happening, services: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The category of the city that fits best: most of the kind's words in its code, name, keywords and group."""

    def fit(service: Mapping[str, Any]) -> int:
        text = " ".join(
            str(service.get(part, "")) for part in ("service_code", "service_name", "keywords", "group")
        )
        return sum(word in text.lower() for word in happening.kind.words)

    return max(services, key=fit)


def offered(happening: Happening, service: Mapping[str, Any]) -> Happening:
    """How it goes on in this city: the office mends what residents would, where the city asks no residents to."""
    if happening.fate == "task" and service.get("residents_may_mend") is not True:
        return msgspec.structs.replace(happening, fate="mended")
    return happening


def answers_to(questions: Sequence[Mapping[str, Any]], seed: int) -> dict[str, str]:
    """Answers to the required questions of a category, drawn from what may be answered."""
    source = dice(seed, "answers")
    given: dict[str, str] = {}
    for question in questions:
        if str(question.get("required", "")).lower() != "true" or question.get("variable") in (
            False,
            "false",
        ):
            continue
        values: Sequence[Mapping[str, Any]] = question.get("values") or ()
        kind = question.get("datatype")
        if values:
            answer = str(source.choice(values)["key"])
        else:
            answer = "1" if kind == "number" else "2026-01-01" if kind == "datetime" else "見ればわかります"
        given[f"attribute[{question['code']}]"] = answer
    return given


class People:
    """The residents and the staff of one area."""

    def __init__(self, client: CityClient, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._services: Sequence[Mapping[str, Any]] = ()

    async def report(self, happening: Happening) -> Report | Answer:
        """A resident reports; the answer is the report as the city knows it, or why it was refused."""
        if not self._services:
            self._services = await self._client.services()
        if not self._services:
            return Answer(0, {"detail": "the city lists no categories"})
        service = category_of(happening, self._services)
        code, happening = str(service["service_code"]), offered(happening, service)
        fields = {
            "service_code": code,
            "lat": str(happening.spot.latitude),
            "long": str(happening.spot.longitude),
            "address_string": f"{happening.spot.quarter.name} {happening.spot.landmark}",
            "description": happening.text,
            **answers_to(await self._client.questions(code), happening.photo),
        }
        photo = draw_photo(happening.kind.picture, happening.photo) if happening.photo else None
        resident = self._keys.residents[happening.number % len(self._keys.residents)]
        answer = await self._client.report(fields, photo, resident)
        number = (
            str(next((row.get("service_request_id") for row in answer.rows()), "") or "")
            if answer.good
            else ""
        )
        return Report(f"urn:ngsi-ld:Report:{number}", happening) if number else answer

    async def take(self, step: Step, report: Report, now_s: float) -> Answer:
        """Somebody takes a step at `now_s` of the city's time; the answer of the city."""
        happening, keys = report.happening, self._keys
        helpers, others = keys.residents[:2], keys.residents[2:]
        if step.what in ("assign", "start"):
            return await self._run(step.what, report, keys.desk)
        if step.what == "pass_on":
            return await self._run("pass_on", report, keys.desk, why="管理している機関に伝えました。")
        if step.what == "make_task":
            return await self._run("make_task", report, keys.desk, **_task(happening, now_s))
        if step.what in ("join_task", "join_task_too"):
            return await self._run("join_task", report, helpers[step.what == "join_task_too"])
        if step.what in ("complete", "fix_temporarily"):
            return await self._mend(step, report, helpers[0] if happening.fate == "task" else keys.desk)
        seen = {"mended": True, "why": "直っているのを見てきました。"}
        if happening.fate == "task":
            return await self._run("witness", report, others[step.what == "witness_too"], **seen)
        return await self._run("witness", report, keys.second_desk, mended=True, why="現地で確認しました。")

    async def _mend(self, step: Step, report: Report, token: str) -> Answer:
        happening = report.happening
        photo = draw_photo(happening.kind.picture, happening.photo or happening.number + 1, mended=True)
        digest = await self._client.keep_photo(photo, token)
        if not digest:
            return Answer(0, {"detail": "the photo was refused"})
        return await self._run(step.what, report, token, photos=[{"digest": digest}], why=happening.kind.cure)

    async def _run(self, command: str, report: Report, token: str, **form: Any) -> Answer:
        return await self._client.command(f"reports/{command}", {"id": report.id, **form}, token)


def _task(happening: Happening, now_s: float) -> dict[str, Any]:
    """What residents are asked to do: at nine in the morning, a day ahead at least."""
    earliest = max(happening.started_s, now_s) + DAY_S + JAPAN_OFFSET_S
    starts = (earliest // DAY_S + 1) * DAY_S - JAPAN_OFFSET_S + TASK_HOUR * 3600
    return {
        "what": f"{happening.spot.landmark}で、いっしょに直しましょう。",
        "starts_at": _time(starts),
        "ends_at": _time(starts + TASK_S),
        "meeting_place": happening.spot.landmark,
        "tools": ["軍手", "ごみ袋"],
        "insurance": INSURANCE,
        "people_min": 2,
        "people_max": 6,
        "safety": "green",
    }


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(int(at_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
