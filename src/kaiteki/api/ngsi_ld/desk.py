"""What every operation of the NGSI-LD binding works with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from kaiteki.api.limits import Pace
from kaiteki.api.ngsi_ld.forms import FORMS_BYTES, Forms
from kaiteki.api.ngsi_ld.operation import Operation
from kaiteki.api.ngsi_ld.streams import Streams
from kaiteki.api.ngsi_ld.task import Task
from kaiteki.api.ngsi_ld.views import Views
from kaiteki.api.persons import WhoAsks, for_themselves
from kaiteki.api.trust import Trust
from kaiteki.broker.entity_maps import EntityMaps
from kaiteki.broker.inquiring import Inquirer
from kaiteki.broker.mailing import Mailing, nobody_sees
from kaiteki.broker.plane import Call, Plane
from kaiteki.broker.registry import Registry
from kaiteki.broker.snapshots import Apart, Snapshots
from kaiteki.broker.watching import Watchers
from kaiteki.model.access import Person
from kaiteki.model.entity import Json
from kaiteki.model.query import TypeSelection
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import By


class Beside(NamedTuple):
    """What a node has beside its data plane: who tells subscribers, and who asks the context sources that are registered."""

    mailing: Mailing
    inquirer: Inquirer
    apart: Apart | None = None
    """Makes the planes of snapshots; without it none are taken."""
    forms_bytes: int = FORMS_BYTES
    """What entities may take as they were told."""
    pace: Pace | None = None
    """How fast an account may write; None: as fast as it can."""


def beside_alone(plane: Plane) -> Beside:
    """What a node without accounts has."""
    mailing = Mailing(Watchers(plane), nobody_sees)
    return Beside(mailing, Inquirer(Registry(plane), mailing.watchers.contexts))


class Desk:
    """The plane, the decision over trust, and the caches of a node's binding. `is_open` means that nobody is asked who they are."""

    def __init__(
        self,
        plane: Plane,
        trust: Trust,
        who: WhoAsks,
        areas: Sequence[str],
        is_open: bool = False,
        beside: Beside | None = None,
    ) -> None:
        self.plane: Final = plane
        self.trust: Final = trust
        beside = beside or beside_alone(plane)
        self.forms: Final = Forms(trust, beside.forms_bytes)
        self.views: Final = Views(trust)
        self.who: Final = for_themselves(who)
        self.areas: Final = frozenset(areas)
        self.first_area: Final = areas[0]
        self.is_open: Final = is_open
        self.mailing: Final = beside.mailing
        self.watchers: Final = self.mailing.watchers
        self.inquirer: Final = beside.inquirer
        self.registry: Final = beside.inquirer.registry
        self.maps: Final = EntityMaps(self.inquirer)
        self.streams: Final = Streams()
        self.snapshots: Final = Snapshots(plane, beside.apart, trust.opener)
        self.contexts: Final = self.watchers.contexts
        self._core: Final = core_context()
        self._pace: Final = beside.pace

    def let_write(self, person: Person) -> None:
        """Count a write of somebody who may write at all. Raises Unauthorized, Forbidden, TooManyRequests."""
        self.trust.need_a_writer(person)
        if self._pace is not None:
            self._pace.count(person)

    def call(self, task: Task, context: Context, types: TypeSelection | None = None) -> Call:
        """In whose name and in which area a use case runs."""
        call = self.call_by(task.person, task.area, task.operation, context)
        return call if types is None else msgspec.structs.replace(call, types=types)

    def call_by(self, person: Person, area: str, operation: Operation, context: Context) -> Call:
        """The same for a person who asks for an operation."""
        return Call(
            area=area,
            by=By(
                actor=person.account_id or "anonymous",
                action=f"ngsi-ld.{operation.name}",
                office=",".join(sorted(person.offices)),
            ),
            context=context,
            may=self.trust.writing(person, area),
        )

    async def context(self, source: Json) -> Context:
        """The compiled @context of a request. Raises LdContextNotAvailable, BadRequestData."""
        return self._core if source is None else await self.contexts.understand(source)

    async def read(self, task: Task) -> tuple[Json, Context]:
        """The body of a request and what its names mean."""
        document, source = await task.document()
        return document, await self.context(source)
