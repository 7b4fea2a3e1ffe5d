"""Decisions about delivered files at the desk of a hall, and what brings the files in."""

from __future__ import annotations

from typing import Any

from importing_hall import Hall

from kaiteki.kit import views
from kaiteki.main.cities import load_city
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.main.intake import Intake
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Asked
from kaiteki.model.instant import Instant
from kaiteki.services.opendata.intake.bringing import BringIn, bring_in
from kaiteki.services.opendata.intake.clearing import Clear, clear
from kaiteki.services.opendata.intake.delivery import Delivery


def asked(seed: int = 7) -> Asked:
    """A decision at the desk."""
    return Asked("demo", Instant(1_000_000), seed, Person("acc-desk"))


def after(rule: Any, one: Delivery, form: Any) -> Delivery:
    """A delivery after a decision that is accepted."""
    done = rule({form.id: one}, form, asked())
    assert isinstance(done, Accepted), done
    (changed,) = done.writes
    assert isinstance(changed, Delivery)
    return changed


WHY = "公表された役員の一覧なので"
"""A reason that is a sentence."""


def clearing(one: Delivery, why: str = WHY, leave: tuple[str, ...] = ()) -> Clear:
    """The decision to publish all that is doubted of a delivery, but for the columns that are left out."""
    chosen = tuple("leave_out" if doubt.column in leave else "clear" for doubt in one.doubts)
    return Clear(one.id, chosen, (why,) * len(chosen))


def send_on(one: Delivery, why: str = WHY, leave: tuple[str, ...] = ()) -> Delivery:
    """A delivery that was held back, decided on and sent on its way."""
    return after(
        bring_in, after(clear, one, clearing(one, why, leave)), BringIn(one.id, "見本市", "CC-BY-4.0")
    )


async def keep(hall: Hall, *wanted: Delivery) -> Intake:
    """A hall where deliveries stand, and what brings them in."""
    await LocalTarget(hall.store.entities, hall.clock, hall.area).keep(wanted)
    return Intake(hall.store.entities, hall.clock, {hall.area: load_city("demo")})


async def one_of(hall: Hall, view: type[Any], entity_id: str) -> Any:
    """An entity of the hall as a view."""
    (row,) = (await hall.store.entities.load(hall.area, [entity_id])).values()
    return views.read(view, row.entity())
