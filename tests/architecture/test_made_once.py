"""What several files of tests share is made once, is never half made, and never waited for without an end."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from made_once import made_once

ASKING = 4


def test_whoever_comes_first_makes_it_and_all_get_the_same(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "whole").write_text("yes", encoding="utf-8")

    with ThreadPoolExecutor(ASKING) as asking:
        found = list(asking.map(lambda _: made_once(tmp_path, "town", make), range(ASKING)))
    assert (len(made), set(found)) == (1, {tmp_path / "town"})
    assert [one.name for one in found[0].iterdir()] == ["whole"]


def test_a_making_that_failed_fails_all_who_ask_with_its_reason(tmp_path: Path) -> None:
    asked: list[Path] = []

    def fail(folder: Path) -> None:
        asked.append(folder)
        raise ValueError("the disk is full")

    with pytest.raises(ValueError, match="the disk is full"):
        made_once(tmp_path, "town", fail)
    with pytest.raises(RuntimeError, match=r"town could not be made:(.|\n)*ValueError: the disk is full"):
        made_once(tmp_path, "town", fail)
    assert len(asked) == 1


def test_what_was_cut_short_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "town.making").mkdir()
    (tmp_path / "town.making" / "half").touch()
    assert list(made_once(tmp_path, "town", lambda folder: None).iterdir()) == []


def test_another_who_does_not_come_to_an_end_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with (tmp_path / "town.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError, match="town is still not made after 0 s"):
            made_once(tmp_path, "town", Path.touch, wait_s=0)
    made_once(tmp_path, "town", lambda folder: None)
