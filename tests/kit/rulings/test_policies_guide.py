"""The examples of the guide to policies can be used with the services that there are, and do what is said of them."""

import re
from pathlib import Path

import pytest

from kaiteki.kit.engine import KIT
from kaiteki.kit.rulings.declared import catalogue_of
from kaiteki.kit.rulings.matrix import Cell, Reader, matrix
from kaiteki.kit.rulings.policies import read_policies
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.views import expand_name
from kaiteki.main.parts import SERVICES
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.visibility import CLOSED, HELD, OWN_OFFICE, WHOLE, Opening, Ruling

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "policies.md"
EXAMPLES = re.findall(r"^```cedar\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
CATALOGUE = catalogue_of((*SERVICES, KIT))
DESK = Person("desk", "", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"roads"}), assurance=1)


@pytest.fixture
def rulings(tmp_path: Path) -> Rulings:
    """A node whose area demo has the examples as its policies."""
    (tmp_path / "own.cedar").write_text("\n".join(EXAMPLES), encoding="utf-8")
    return Rulings(CATALOGUE, {"demo": read_policies(tmp_path)})


def contacts(rulings: Rulings, area: str, purpose: str = "") -> Ruling:
    person = Person("desk", "", DESK.roles, DESK.offices, assurance=2, purpose=purpose)
    return rulings.of(person, area, expand_name("ReportContact"))


def test_every_example_does_what_is_said_of_it(rulings: Rulings) -> None:
    assert len(EXAMPLES) == 5
    phone = expand_name("phone")
    assert contacts(rulings, "chiba").opening(OWN_OFFICE) == WHOLE
    assert contacts(rulings, "chiba").plain == CLOSED
    assert contacts(rulings, "demo").opening(OWN_OFFICE) == CLOSED
    stated = contacts(rulings, "demo", "reports.contact")
    opened = stated.opening(OWN_OFFICE)
    assert not opened.shows(phone) and opened.shows(expand_name("name"))
    assert stated.plain == CLOSED
    assert stated.opening(HELD) == WHOLE
    assert rulings.of(NOBODY, "demo", expand_name("Well")).plain == WHOLE
    assert rulings.of(NOBODY, "chiba", expand_name("Well")).plain == CLOSED
    city = Person("node", "", frozenset({ANYONE, STAFF}), kind="city")
    assert rulings.of(city, "demo", expand_name("Report")).plain == Opening()


def test_the_matrix_says_who_reads_what_and_why(rulings: Rulings) -> None:
    laid_out = matrix(rulings, "chiba", CATALOGUE.sights[expand_name("ReportContact")])
    rows = dict(laid_out.rows)
    cells = dict(zip(laid_out.readers, rows["phone"], strict=True))
    assert cells[Reader(ANYONE)] == Cell(False, ("office-in-charge",))
    assert cells[Reader("holder")] == Cell(True, ("own",))
    for purpose in ("", "reports.contact"):
        assert cells[Reader(STAFF, purpose, own_office=True)] == Cell(True, ("duty",))
        assert cells[Reader(STAFF, purpose, own_office=False)] == Cell(False, ("office-in-charge",))
    assert cells[Reader("admin")] == Cell(True, ("operator",))
    forbidden = dict(matrix(rulings, "demo", CATALOGUE.sights[expand_name("ReportContact")]).rows)
    at = laid_out.readers.index(Reader(STAFF, own_office=True))
    denied = ("say what for", "sealed needs two factors", "telephone with a card")
    assert forbidden["phone"][at] == Cell(False, denied)
