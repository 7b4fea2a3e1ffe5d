"""Policies are held against the schema and against what services declare, before they decide anything."""

from pathlib import Path

import pytest
from lending import LENDING

from kaiteki.kit.rulings.declared import catalogue_of
from kaiteki.kit.rulings.policies import BadPolicy, generic_policies, read_policies
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue, schema_text
from kaiteki.main.parts import SERVICES

LENT = catalogue_of((LENDING,))
READ = 'permit (principal, action == Action::"read", resource)'


def write(folder: Path, text: str) -> Path:
    """A folder with one file of policies."""
    (folder / "own.cedar").write_text(text, encoding="utf-8")
    return folder


def test_what_the_package_says_fits_what_its_services_declare() -> None:
    generic_policies().check(catalogue_of(SERVICES))


FAULTS = {
    "no end": ("permit (principal", "unexpected end of input"),
    "no name": (f"{READ};", 'has no name; write @id("…") before it'),
    "an unknown member": (f'@id("a") {READ} when {{ resource.publc }};', "policy a: attribute `publc`"),
    "an unknown action": (
        '@id("a") permit (principal, action == Action::"reed", resource);',
        'Action::"reed"',
    ),
    "a type error": (f'@id("a") {READ} when {{ principal.roles == "staff" }};', "policy a: "),
    "an attribute that is none": (
        '@id("a") permit (principal, action, resource == Attribute::"Loan.fone");',
        'policy a: there is no Attribute::"Loan.fone"',
    ),
    "a purpose that is none": (
        f'@id("a") {READ} when {{ context.purpose == Purpose::"lending.fun" }};',
        'policy a: there is no Purpose::"lending.fun"',
    ),
    "a name given twice": (f'@id("public") {READ};', "policy public: this id is given twice"),
    "a slot": (
        '@id("a") permit (principal == ?principal, action == Action::"read", resource);',
        "policies with slots",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_policy_is_refused_with_its_file_and_the_reason(tmp_path: Path, fault: str) -> None:
    text, reason = FAULTS[fault]
    with pytest.raises(BadPolicy) as refused:
        Rulings(LENT, {"demo": read_policies(write(tmp_path, text))})
    assert reason in str(refused.value)
    assert "own.cedar" in str(refused.value) or fault == "a name given twice"


def test_a_file_that_is_no_text_or_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.cedar").write_bytes(b"\xff\xfe")
    with pytest.raises(BadPolicy, match="no UTF-8 text"):
        read_policies(tmp_path)
    with pytest.raises(BadPolicy, match="larger than"):
        read_policies(write(tmp_path, "//" + " " * 200_000))


def test_more_policies_than_the_limit_are_refused(tmp_path: Path) -> None:
    text = "\n".join(f'@id("p{n}") {READ};' for n in range(200))
    with pytest.raises(BadPolicy, match="there may be 200"):
        read_policies(write(tmp_path, text)).check(Catalogue(()))


def test_the_schema_names_what_there_is() -> None:
    told = schema_text(LENT)
    assert '// Type::"Loan" in Service::"lending" for staff' in told
    assert '// Command::"lending.borrow"' in told
    assert told.endswith(schema_text())
