"""Who is erased on the page comes back out of no copy from before, whatever nobody did in between."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from copied_towns import CHEAP, PASSPHRASE, kaiteki, opened
from planting import AREA, PASSWORD, Browser, Planted, Resident, move_in

from kaiteki.main.copies.chest import Damaged
from kaiteki.main.copies.marks import MARKS, lay_marks, marks_in
from kaiteki.main.copies.repository import make_repository
from kaiteki.model.instant import Instant
from kaiteki.ports.keys import Tombstone
from kaiteki.stores.sqlite.ring import erased_in
from node_under_test import NodeUnderTest, start_node, stop_node
from waiting import LONG_S

POLL_S = 0.05


def erased_on_the_page(one: Resident) -> None:
    """The person does it."""
    assert one.browser.post(f"/{AREA}/my/erase", {"typed": "erase"}).status == 303


def roots_in(folder: Path) -> set[str]:
    """The ids of accounts and browsers that the ring of a folder names."""
    return {root for one in erased_in(folder) for root in one.who.split()}


def knows(folder: Path, one: Resident) -> bool:
    """Whether a node over a folder lets somebody sign in."""
    node = start_node(folder, areas=(AREA,))
    try:
        fields = {"login": one.login, "password": PASSWORD}
        return Browser(node).post(f"/{AREA}/sign-in", fields).status == 303
    finally:
        stop_node(node)


def marked(copies: Path, count: int) -> None:
    """Wait until the node has marked so many erasures."""
    pause = threading.Event()
    for _ in range(int(LONG_S / POLL_S)):
        if len(opened(copies).marks()) == count:
            return
        pause.wait(POLL_S)
    raise AssertionError(f"not {count} marks")


def two_people(folder: Path, copies: Path, key: str) -> tuple[NodeUnderTest, Resident, Resident]:
    """A town with two people, and a copy of it."""
    node = start_node(folder, areas=(AREA,))
    one, other = (move_in(node, Planted(whose)) for whose in ("canarybird", "bullfinch"))
    kaiteki("backup", str(copies), "--key-file", key, "--data", str(folder))
    return node, one, other


def test_who_was_erased_on_the_page_stays_erased_when_a_copy_comes_back(
    tmp_path: Path, copies: Path, key: str
) -> None:
    """The node has no passphrase and marks the copies all the same; what is brought back hands the erasure on to older copies."""
    town, again, second = tmp_path / "town", tmp_path / "again", tmp_path / "second"
    node, one, other = two_people(town, copies, key)
    try:
        erased_on_the_page(one)
        marked(copies, 1)
    finally:
        stop_node(node)
    said = kaiteki("restore", str(copies), "--key-file", key, "--data", str(again))
    assert "erasures marked by the node: 1" in said and "--town" in said
    assert roots_in(again) == roots_in(town) != set()
    assert not knows(again, one) and knows(again, other)
    # the town goes on from what was brought back: its copies obey, too, when the mark itself is gone
    kaiteki("backup", str(copies), "--key-file", key, "--data", str(again))
    (copies / MARKS).unlink()
    kaiteki("restore", str(copies), "--key-file", key, "--data", str(second))
    assert not knows(second, one)


def test_a_restore_takes_the_ring_of_the_town_and_says_what_it_cannot_know(
    tmp_path: Path, copies: Path, key: str
) -> None:
    """The copies were away when somebody was erased: without the folder of the town she is there again, and that is said; with it she is not."""
    town, blind, seeing = tmp_path / "town", tmp_path / "blind", tmp_path / "seeing"
    node, one, other = two_people(town, copies, key)
    away = copies.rename(tmp_path / "away")
    try:
        erased_on_the_page(one)
    finally:
        stop_node(node)
    words = ("restore", str(away), "--key-file", key, "--data")
    assert "IS IN IT AGAIN" in kaiteki(*words, str(blind))
    assert knows(blind, one), "the copies cannot know"
    foreign = start_node(tmp_path / "foreign", areas=(AREA,))
    stop_node(foreign)
    assert "not the town" in kaiteki(*words, str(seeing), "--town", str(foreign.data), code=1)
    assert "IS IN IT AGAIN" not in kaiteki(*words, str(seeing), "--town", str(town))
    assert not knows(seeing, one) and knows(seeing, other)
    kaiteki("backup", str(away), "--key-file", key, "--data", str(town))
    old = kaiteki(*words, str(tmp_path / "x"), "--town", str(blind), code=1)
    assert "older than these copies" in old and not (tmp_path / "x").exists()


def test_a_repository_that_was_away_is_marked_when_it_is_back(tmp_path: Path, copies: Path, key: str) -> None:
    """The node goes on trying, also after it was stopped and started."""
    town = tmp_path / "town"
    node, one, other = two_people(town, copies, key)
    away = copies.rename(tmp_path / "away")
    try:
        erased_on_the_page(one)
        away.rename(copies)
        marked(copies, 1)
        copies.rename(away)
        erased_on_the_page(other)
    finally:
        stop_node(node)
    away.rename(copies)
    node = start_node(town, areas=(AREA,))
    try:
        marked(copies, 2)
    finally:
        stop_node(node)


def test_marks_are_for_the_town_and_its_copies_alone(tmp_path: Path) -> None:
    """Whoever has the repository without the data folder can neither read a mark nor make one; what seals marks opens nothing else."""
    make_repository(tmp_path / "copies", PASSPHRASE.encode(), CHEAP)
    repository = opened(tmp_path / "copies")
    gone = Tombstone(Instant(5), "holder", "本人の請求", 3, "acc-somebody", 1)
    assert lay_marks(repository.folder, repository.marking, [gone]) == 1
    assert lay_marks(repository.folder, repository.marking, [gone]) == 0
    assert list(repository.marks()) == [gone]
    assert b"acc-somebody" not in (repository.folder / MARKS).read_bytes()
    with pytest.raises(Damaged):
        marks_in(repository.folder, bytes(32))
    repository.keep_ring(b"the ring", Instant(7))
    assert repository.ring() == b"the ring" and repository.ring_at() == 7
    (repository.folder / "ring").rename(repository.folder / MARKS)
    with pytest.raises(Damaged):
        repository.marks()
