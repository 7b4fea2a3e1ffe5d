"""Policies and requests with known answers, as the engine gives them through our adapter: default deny, forbid before permit, the
operators, scopes, hierarchies, sets, what fails."""

from __future__ import annotations

from typing import Any

import pytest

from kaiteki.kit.rulings.judge import Judge, Question, Thing
from kaiteki.kit.rulings.policies import Policies, Source
from kaiteki.kit.rulings.schema import Use
from kaiteki.model.access import ANYONE, STAFF, Person
from kaiteki.model.visibility import HELD, OWN_OFFICE

USES = {"care.visit": Use("care.visit", "care", "duty", frozenset({"nurse"}), sensitive=True)}
WHO: dict[str, Any] = {
    "account_id": "hana",
    "roles": frozenset({ANYONE, "nurse"}),
    "offices": frozenset({"north"}),
    "assurance": 2,
}
READ = 'action == Action::"read"'
ALL = f"permit (principal, {READ}, resource)"
TABLE: dict[str, tuple[str, bool]] = {
    "nothing permits": ("", False),
    "a permit permits": (f"{ALL};", True),
    "a forbid alone denies": (f"forbid (principal, {READ}, resource);", False),
    "a forbid comes before a permit": (f"{ALL}; forbid (principal, {READ}, resource);", False),
    "a forbid that does not hold": (f"{ALL}; forbid (principal, {READ}, resource) when {{ false }};", True),
    "unless turns a condition round": (f"{ALL} unless {{ resource.public }};", False),
    "unless of what does not hold": (f"{ALL} unless {{ resource.sealed }};", True),
    "when and unless together": (f"{ALL} when {{ resource.public }} unless {{ context.gone }};", True),
    "another action": ('permit (principal, action == Action::"write", resource);', False),
    "one of several actions": (
        'permit (principal, action in [Action::"read", Action::"write"], resource);',
        True,
    ),
    "any action": ("permit (principal, action, resource);", True),
    "this principal": (f'permit (principal == Person::"hana", {READ}, resource);', True),
    "another principal": (f'permit (principal == Person::"hanako", {READ}, resource);', False),
    "a kind of principal": (f"permit (principal is Person, {READ}, resource);", True),
    "this attribute": (f'permit (principal, {READ}, resource == Attribute::"Card.phone");', True),
    "another attribute": (f'permit (principal, {READ}, resource == Attribute::"Card.name");', False),
    "an attribute of this type": (f'permit (principal, {READ}, resource in Type::"Card");', True),
    "an attribute of another type": (f'permit (principal, {READ}, resource in Type::"Lamp");', False),
    "what lies in this service": (f'permit (principal, {READ}, resource in Service::"care");', True),
    "what lies in another service": (f'permit (principal, {READ}, resource in Service::"bus");', False),
    "a kind of resource in a type": (
        f'permit (principal, {READ}, resource is Attribute in Type::"Card");',
        True,
    ),
    "a role that is held": (f'{ALL} when {{ principal.roles.contains("nurse") }};', True),
    "a role that is not held": (f'{ALL} when {{ principal.roles.contains("fire") }};', False),
    "all of several roles": (f'{ALL} when {{ principal.roles.containsAll(["nurse", "fire"]) }};', False),
    "one of several roles": (f'{ALL} when {{ principal.roles.containsAny(["nurse", "fire"]) }};', True),
    "one role of two sets": (f"{ALL} when {{ principal.roles.containsAny(resource.roles) }};", True),
    "a set without members": (f"{ALL} when {{ principal.offices.isEmpty() }};", False),
    "a number that is enough": (f"{ALL} when {{ principal.assurance >= 2 }};", True),
    "a number that is not": (f"{ALL} when {{ principal.assurance > 2 }};", False),
    "sums": (f"{ALL} when {{ principal.assurance + 1 == 3 }};", True),
    "products": (f"{ALL} when {{ principal.assurance * 2 < 4 }};", False),
    "a sum that overflows decides nothing": (
        f"{ALL} when {{ principal.assurance + 9223372036854775807 > 0 }};",
        False,
    ),
    "a forbid that fails closes": (
        f"{ALL}; forbid (principal, {READ}, resource) when {{ principal.assurance + 9223372036854775807 > 0 }};",
        False,
    ),
    "a text like another": (f'{ALL} when {{ principal.account like "ha*" }};', True),
    "a text unlike another": (f'{ALL} when {{ principal.account like "*ko" }};', False),
    "a text with a star": (f'{ALL} when {{ principal.account like "ha\\*" }};', False),
    "both": (f"{ALL} when {{ context.held && context.ownOffice }};", True),
    "either": (f"{ALL} when {{ context.gone || context.held }};", True),
    "not": (f"{ALL} when {{ !context.held }};", False),
    "the second is not looked at": (
        f"{ALL} when {{ true || principal.assurance + 9223372036854775807 > 0 }};",
        True,
    ),
    "if then else": (f"{ALL} when {{ if context.held then resource.public else false }};", True),
    "a purpose": (f'{ALL} when {{ context.purpose == Purpose::"care.visit" }};', True),
    "a purpose of a service": (f'{ALL} when {{ context.purpose in Service::"care" }};', True),
    "a member of a purpose": (f"{ALL} when {{ context.purpose.sensitive }};", True),
    "has a member": (f"{ALL} when {{ context has purpose }};", True),
    "the area": (f'{ALL} when {{ context.area == "demo" }};', True),
    "another area": (f'{ALL} when {{ context.area == "chiba" }};', False),
    "quotes and lines": (f'{ALL} when {{ principal.account == "ha\\u{{6e}}a" }};', True),
    "two conditions": (f"{ALL} when {{ context.held }} when {{ resource.public }};", True),
}


@pytest.mark.parametrize("case", TABLE)
def test_the_engine_answers_as_the_table_says(case: str) -> None:
    text, is_allowed = TABLE[case]
    numbered = "".join(f'@id("p{n}") {one};' for n, one in enumerate(text.split(";")) if one.strip())
    judge = Judge(Policies([Source("table", numbered)]), USES, "demo")
    flags = frozenset({"public", "declared"})
    thing = Thing("Attribute", "Card.phone", "Card", "care", ("nurse", STAFF), flags)
    asker = judge.asker(Person(**WHO))
    # (all that could be left out of a question is in it here)
    named = Question(asker, "read", thing, "care.visit", True, True, HELD | OWN_OFFICE)
    assert judge.answer([named])[0].is_allowed is is_allowed
