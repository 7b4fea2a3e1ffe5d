"""Asking one context source in NGSI v2, as Orion asks its providers (decision 24)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from kaiteki.broker.inquiring import ANSWER_SIZE_MAX_BYTES, Inquirer, Outcome, patience_s
from kaiteki.model.entity import Json
from kaiteki.model.sources.forwarding import Selection
from kaiteki.model.sources.passage import Passage, told_headers
from kaiteki.model.sources.v2.asking import query_document
from kaiteki.model.sources.v2.correlator import marked
from kaiteki.ports.outgoing import Question
from kaiteki.ports.sources import KeptSource


async def query_v2(
    inquirer: Inquirer, passage: Passage, kept: KeptSource, selection: Selection, page: tuple[int, int]
) -> Outcome:
    """Ask for a page (limit, offset) of a selection; the document is a list of entities as v2 shows them."""
    limit, offset = page
    parameters = {"limit": str(limit), "offset": str(offset), "options": "count"}
    return await _post(inquirer, passage, kept, ("query", parameters, query_document(selection)))


async def update_v2(
    inquirer: Inquirer, passage: Passage, kept: KeptSource, document: Mapping[str, Json]
) -> Outcome:
    """Have a source carry out an update; it answers nothing."""
    return await _post(inquirer, passage, kept, ("update", {}, document))


async def _post(
    inquirer: Inquirer,
    passage: Passage,
    kept: KeptSource,
    what: tuple[str, Mapping[str, str], Mapping[str, Json]],
) -> Outcome:
    one, (operation, told, document) = kept.registration, what
    parameters = dict(told)
    if one.management is not None and one.management.local_only:
        parameters["options"] = ",".join([*filter(None, [parameters.get("options")]), "skipForwarding"])
    fresh = f"{inquirer.registry.plane.clock.seed():032x}"
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Via": passage.onward,
        "Fiware-Correlator": marked(
            passage.header("fiware-correlator"), (*passage.via, passage.alias), fresh
        ),
    }
    if one.tenant:
        headers["Fiware-Service"] = one.tenant
    if one.v2 is not None and one.v2.path:
        headers["Fiware-ServicePath"] = one.v2.path
    own = {name.lower() for name in headers}
    wanted = [pair for pair in told_headers(one, passage) if pair[0].lower() not in own]
    query = f"?{urlencode(parameters, safe=',')}" if parameters else ""
    question = Question(
        area=kept.area,
        method="POST",
        url=f"{one.endpoint.rstrip('/')}/op/{operation}{query}",
        headers=(*headers.items(), *wanted),
        body=msgspec.json.encode(document),
        timeout_s=patience_s(one),
        size_max_bytes=ANSWER_SIZE_MAX_BYTES,
    )
    return await inquirer.put(kept, question, passage, reads=operation == "query")
