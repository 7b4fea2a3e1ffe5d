"""After people are erased, nothing that they wrote by the outer faces of a node is anywhere: not in its files, not in its copies, on no face."""

from __future__ import annotations

from pathlib import Path

from erased_town import STRINGS_MIN, Town, beside, killed_erasing, node_forgets, open_town, through_faces
from planting import AREA, Browser, Planted, live, move_in, send
from seeking import contents_of, pieces_of, sought

from kaiteki.main.copies.repository import open_repository
from kaiteki.model.instant import format_instant
from node_under_test import start_node, stop_node


def test_nothing_that_a_person_said_is_left_anywhere(tmp_path: Path) -> None:
    """One is erased by the operator, whose command is killed once, one by their own page; copies are from before and after."""
    data, key = tmp_path / "town", str(tmp_path / "key")
    own, others = Planted("canarybird"), Planted("bullfinch")
    town = open_town(data)
    try:
        one = live(move_in(town.node, own), town.clerk, town.robot, own)
        two = move_in(town.node, own)
        send(two.browser, own, 9)
        send(move_in(town.node, others).browser, others, 8)
        assert len(own.words) > STRINGS_MIN
        repository = ["--key-file", key]
        beside(data, "backup", str(tmp_path / "copies"), *repository)
        gone = two.browser.post(f"/{AREA}/my/erase", {"typed": "erase"})
        assert gone.status == 303
        killed_erasing(data, one.login, "3/6")
        said = beside(data, "erase", one.device, "--yes", *repository)
        assert "was stopped before its end" in said and "1 older copies are cleansed" in said
        beside(data, "backup", str(tmp_path / "copies"), *repository)
        node_forgets(town, own)
        assert sought(own, through_faces(town)) == {}
    finally:
        stop_node(town.node)
    assert sought(own, contents_of(tmp_path)) == {}
    opened = open_repository(tmp_path / "copies", Path(key).read_bytes().strip())
    assert sought(own, pieces_of(opened)) == {}
    found = sought(others, contents_of(data))
    assert {others.words[one] for one in found} == {"report", "photo"}
    first = format_instant(opened.copies()[0][0][1].at)
    beside(tmp_path / "older", "restore", str(tmp_path / "copies"), "--at", first, *repository)
    assert sought(own, contents_of(tmp_path / "older")) == {}
    assert sought(others, contents_of(tmp_path / "older")).keys() == found.keys()
    again = start_node(tmp_path / "older", areas=(AREA,))
    try:
        clerk = Browser(again)
        clerk.sign_in("clerk")
        told = list(through_faces(Town(again, clerk, town.robot)))
        assert sought(own, told) == {} and sought(others, told) != {}
    finally:
        stop_node(again)
