"""Registrations over NGSI v2: the same ones as those of NGSI-LD, in the words of v2 (decision 24)."""

from __future__ import annotations

from kaiteki.api.exchange import Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_v2.querying import read_limit, read_offset
from kaiteki.api.ngsi_v2.task import Task, done, fresh_id, holder_of, shown
from kaiteki.broker.registrations import (
    add_registration,
    all_registrations,
    change_registration,
    delete_registration,
    described_v2,
    retrieve_registration,
)
from kaiteki.model.matching import matches_scopes
from kaiteki.model.problem import Problem
from kaiteki.model.sources.v2.reading import (
    Made,
    patch_registration,
    read_registration,
    to_registration_id,
)
from kaiteki.ports.sources import KeptSource


async def create(desk: Desk, task: Task) -> Reply:
    """POST /registrations."""
    holder, v2_id = holder_of(desk, task), fresh_id(desk)
    place = task.whereabouts
    service = (task.ask.header("fiware-service") or "").lower()
    path = ",".join(task.path.paths)
    made = Made(to_registration_id(v2_id), service, path, place.scopes, desk.plane.clock.now())
    await add_registration(desk.registry, holder, read_registration(await task.json(), made))
    return done(201, [("location", f"/v2/registrations/{v2_id}")])


async def list_registrations(desk: Desk, task: Task) -> Reply:
    """GET /registrations."""
    options = task.options
    standing = await all_registrations(desk.registry, holder_of(desk, task))
    found = [kept for kept in standing if _is_here(kept, task)]
    offset = read_offset(task.parameters)
    page = found[offset : offset + read_limit(task.parameters)]
    headers: Headers = [("fiware-total-count", str(len(found)))] if "count" in options else []
    return shown(task, [described_v2(desk.registry, kept) for kept in page], headers)


def _is_here(kept: KeptSource, task: Task) -> bool:
    """Whether a registration is about a service path that is asked for; one without a scope is at the root."""
    wanted = task.path.scope
    return wanted is None or matches_scopes(kept.registration.scopes, wanted)


async def retrieve(desk: Desk, task: Task) -> Reply:
    """GET /registrations/{id}."""
    return shown(task, described_v2(desk.registry, await _standing(desk, task)))


async def update(desk: Desk, task: Task) -> Reply:
    """PATCH /registrations/{id}."""
    kept = await _standing(desk, task)
    one = patch_registration(kept.registration, await task.json(), desk.plane.clock.now())
    await change_registration(desk.registry, kept, one)
    return done()


async def remove(desk: Desk, task: Task) -> Reply:
    """DELETE /registrations/{id}."""
    kept = await _standing(desk, task)
    await delete_registration(desk.registry, holder_of(desk, task), kept.registration.id, with_expired=True)
    return done()


async def _standing(desk: Desk, task: Task) -> KeptSource:
    """The registration of the path. Raises ResourceNotFound in the words of Orion."""
    holder, registration_id = holder_of(desk, task), to_registration_id(task.place.id)
    try:
        return await retrieve_registration(desk.registry, holder, registration_id, with_expired=True)
    except Problem as problem:
        if problem.code in ("ResourceNotFound", "BadRequestData"):
            raise Problem(
                "ResourceNotFound",
                "The requested registration has not been found. Check id",
                "registrationId",
            ) from None
        raise
