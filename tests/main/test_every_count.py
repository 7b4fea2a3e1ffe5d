"""Numbers of people: what everybody is told anywhere is the same with one person more, but for the addresses named here with a reason.

The addresses come from the node itself (test_every_way_out), so a new page, command or interface that counts people fails until somebody
has decided: through the gate (decision 33), or why not.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest
from personal_city import REPORT, REQUEST, PersonalCity, personal_city, unlimited
from test_every_way_out import KINDS, _addresses, _fills, _templates

from kaiteki.kit.engine import Asking
from kaiteki.model.decision import Message
from kaiteki.model.words import Words

OF_THE_LOG: Final = (
    "the size of the log is told on purpose (decision 30): that something was kept, not what or of whom"
)
TOLD_BY_PEOPLE: Final[Mapping[str, str]] = {
    "/ngsi-ld/v1/statistics": OF_THE_LOG,
    "/{area}/audit": OF_THE_LOG,
    "/metrics": "for those who run the node: the proxy in front keeps it in (docs/guide/watching-a-node.md)",
}
"""What changes when somebody was there, with the reason why it may."""
OF_REPORTS: Final = (
    "counts reports, which are things that are broken, and each of them can be read there one by one"
)
TOLD_BY_THINGS: Final[Mapping[str, str]] = {
    **TOLD_BY_PEOPLE,
    "/ngsi-ld/v1/types": OF_REPORTS,
    "/ngsi-ld/v1/attributes": OF_REPORTS,
    "/ngsi-ld/v1/attributes/{attrId}": OF_REPORTS,
    "/v2/entities": OF_REPORTS,
    "/v2/types": OF_REPORTS,
    "/{area}/open311/v2/requests.{format}": OF_REPORTS,
    "/{area}": OF_REPORTS,
    "/{area}/": OF_REPORTS,
    "/{area}/map": OF_REPORTS,
    "/{area}/known": OF_REPORTS,
    "/{area}/reports": OF_REPORTS,
    "/{area}/reports/new": OF_REPORTS,
}
"""What may change when somebody sends a report. By language and channel, which say something of who sent it, the statistics pass the gate."""
WITHOUT_COUNTS: Final = ("/{area}/my/data.zip", "/ngsi-ld/v1/info/sourceIdentity")
"""What is another one at each look: a file with times, how long the node is up."""
DATA: Final = ("/ngsi-ld/", "/v2/")
ASKED_AS: Final = ("", "options=count", f"type={KINDS}&count=true&limit=0")
PASSING: Final = re.compile(
    rb"(?s:<time\b.*?</time>)|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+]\d\d:\d\d)|[A-Za-z0-9_+/=-]{16,}"
)
"""Times, secrets of forms, digests, fresh ids."""
ADDRESSES_MIN: Final = 150
SURVEYED: Final = ("PersonalFiles", "ReportFigures")
TURNS_MAX: Final = 6000
TURN_S: Final = 0.02


async def _answers(city: PersonalCity, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    """What nobody in particular is answered."""
    told: dict[tuple[str, str], bytes] = {}
    for template, address in asked:
        reply = await city.node.ask("GET", address)
        assert reply.status < 500, (address, reply.body)
        told[template, address] = PASSING.sub(b"", reply.body)
    return told


def _other(before: Mapping[tuple[str, str], bytes], after: Mapping[tuple[str, str], bytes]) -> set[str]:
    return {template for template, address in before if before[template, address] != after[template, address]}


async def _surveys_are_done(city: PersonalCity) -> None:
    """What the node counts once at its start is counted."""
    for _ in range(TURNS_MAX):
        told = (await city.node.ask("GET", "/ngsi-ld/v1/types")).body
        if all(name.encode() in told for name in SURVEYED):
            return
        await asyncio.sleep(TURN_S)
    raise AssertionError("the surveys never came")


async def _more_people(city: PersonalCity) -> None:
    """Somebody else asks for data, begins a report, is written to; somebody makes an account."""
    services, headers = "/demo/services", city.neighbour.headers
    draft = {"draft": {"description": "x"}}
    for command, form in (("trust/ask", REQUEST), ("reports/save_draft", draft)):
        done = await city.node.ask("POST", f"{services}/{command}", form, headers)
        assert done.status == 200, done
    message = Message(city.neighbour.account, Words("題", "subject", "題"), Words("文", "words", "文"))
    await city.node.node.joined.cities.of(Asking("demo")).tell("kit.tell", message)
    await city.node.person("another")


async def test_nobody_is_told_how_many_people_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in unlimited().items():
        monkeypatch.setenv(name, value)
    async with personal_city(tmp_path / "data") as city:
        fill = next(iter(_fills(city)))
        plain = [(one, address) for one in await _templates(city) for address in _addresses(one, fill)]
        asked = [
            (template, f"{address}?{query}" if query else address)
            for template, address in dict.fromkeys(plain)
            if template not in WITHOUT_COUNTS
            for query in (ASKED_AS if address.startswith(DATA) else ASKED_AS[:1])
        ]
        assert len(asked) > ADDRESSES_MIN
        await _surveys_are_done(city)
        before = await _answers(city, asked)
        await _more_people(city)
        after = await _answers(city, asked)
        assert _other(before, after) <= TOLD_BY_PEOPLE.keys()
        done = await city.node.ask("POST", "/demo/services/reports/submit", REPORT, city.neighbour.headers)
        assert done.status == 200, done
        assert _other(after, await _answers(city, asked)) <= TOLD_BY_THINGS.keys()
