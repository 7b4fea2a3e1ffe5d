"""Every command of the town hall is found from a page of whom it is for, and leads to a page that they may open: over all manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files as files_of
from pathlib import Path
from typing import Final

import pytest
from trial_site import PASSWORD, open_site

from kaiteki.kit.manifest import Command, Service
from kaiteki.main.parts import SERVICES
from kaiteki.model.access import ADMIN, ANYONE, RESIDENT, STAFF
from kaiteki.ports.accounts import Grant
from reader import Reader

ON_PAGES: Final = {
    "reports.witness": "reports/desk",
    "reports.assign_many": "reports/desk",
    "reports.take_back_many": "reports/desk",
    "reports.open_theme": "reports/desk/themes",
    "reports.begin_disaster": "reports/damage",
    "reports.end_disaster": "reports/damage",
    "reports.take_back_mode": "reports/damage",
    "opendata.release": "opendata/release",
    "opendata.grant_budget": "opendata/budgets",
}
"""Commands that a designed page sends, beside those of records that have a desk of their own: the page."""
BY_ITSELF: Final = {
    "reports.keep_figures": "a survey keeps the figures of the statistics each day",
    "trust.keep_files": "a survey keeps which files are published each day",
    "counter.come_now": "a survey tells who is to leave for the counter",
    "counter.feed": "ticket machines of others send their numbers",
    "counter.keep_pace": "a survey learns from the visits of the counters",
    "counter.keep_days": "a survey keeps the days of the counters that are over",
    "maps.take_over": "a survey takes over what the folder of the area says",
    "opendata.keep_use": "the node keeps what it counted every half minute",
    "participation.keep_outcome": "a survey counts the votes that were taken in",
}
"""Commands for which nobody needs a page, and why."""
BACK: Final = re.compile(r'<a class="btn quiet" href="(/demo/[^"]*)"')


def of_the_hall(service: Service) -> Iterator[tuple[Command, frozenset[str]]]:
    """The commands that are work of the town hall, with the roles that do it."""
    for command in service.commands:
        roles = frozenset(command.roles) - {ANYONE, RESIDENT}
        if roles:
            yield command, roles


def in_the_menu(service: Service, roles: frozenset[str]) -> set[str]:
    """The pages of a service that stand in the menu of the desk for all of these roles."""
    pages = [page for page in service.pages if page.template and "{" not in page.path and STAFF in page.roles]
    return {page.path for page in pages if all(role == ADMIN or role in page.roles for role in roles)}


def sources(service: Service) -> str:
    """What the pages of a service are made of."""
    folders = [Path(str(files_of(one.package))) for one in service.parts or (service,)]
    files = [
        file for folder in folders for kind in ("py", "html", "js") for file in folder.rglob(f"*.{kind}")
    ]
    decides = ("manifest.py", "rules.py", "arrows.py")
    return "\n".join(one.read_text(encoding="utf-8") for one in files if not one.name.endswith(decides))


def way_to(service: Service, command: Command, roles: frozenset[str]) -> str:
    """By which page a command is reached; empty where by none."""
    name = f"{service.name}.{command.name}"
    menu = in_the_menu(service, roles)
    on_page = command.page or ON_PAGES.get(name, "")
    if on_page:
        sent = re.search(rf"""["'.>=]{command.name}["'<]""", sources(service))
        return on_page if on_page in menu and sent else ""
    for number, declared in enumerate(service.types):
        handled = all(role == ADMIN or role in declared.roles for role in roles)
        if command.on == declared.name and declared.desk:
            return declared.desk
        if handled and not declared.desk and (command.on == declared.name or (not command.on and not number)):
            return f"desk/{service.name}/{declared.name}"
    return BY_ITSELF.get(name, "")


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
def test_every_command_of_the_town_hall_is_found_from_a_page(service: Service) -> None:
    lost = [command.name for command, roles in of_the_hall(service) if not way_to(service, command, roles)]
    assert lost == [], "give each a page of its own (Command.page), or name the page or the reason here"


def test_what_is_named_here_is_there() -> None:
    known = {f"{service.name}.{command.name}" for service in SERVICES for command, _ in of_the_hall(service)}
    assert ON_PAGES.keys() | BY_ITSELF.keys() <= known


@pytest.mark.parametrize("role", [STAFF, ADMIN])
@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
async def test_where_the_form_of_a_command_leads_its_actor_may_be(service: Service, role: str) -> None:
    site = await open_site(service)
    await site.identity.register("worker", "見本 働", PASSWORD, [Grant("demo", role)])
    reader = Reader(site.app)
    await reader.sign_in("worker", PASSWORD)
    looked = 0
    for command, roles in of_the_hall(service):
        if role not in roles and role != ADMIN:
            continue
        form = await reader.get(f"/demo/desk/{service.name}/do/{command.name}")
        if form.status == 303:
            assert command.page or command.assurance, command.name
            following = [form.headers["location"]] if command.page else []
        else:
            assert form.status == 200, command.name
            following = [next(iter(BACK.findall(form.text)), "")]
        for address in following:
            looked += 1
            there = await reader.get(address)
            assert there.status == 200, (command.name, address, there.status)
    assert looked or not any(role in roles or role == ADMIN for _, roles in of_the_hall(service))
