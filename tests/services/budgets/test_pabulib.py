"""Laws of .pb files: what was read is written again with nothing lost, and a fault names its line and field."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.services.budgets.pabulib import BYTES_MAX, PbFault, PbFile, election_of, read_pb, write_pb

SMALL = """META
key;value
description;Parks; benches
budget;100
vote_type;approval
rule;greedy
PROJECTS
project_id;cost;name
1;40;"Bench; oak"
2;60.5;Pond
VOTES
voter_id;vote
a;1,2
b;2
c;
""".replace("Parks; benches", '"Parks; benches"')
CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\0\ufeff", exclude_categories=("Cs",)), max_size=20
)


def test_a_file_is_read_as_it_stands() -> None:
    file = read_pb(SMALL.encode())
    assert isinstance(file, PbFile)
    assert file.meta["description"] == "Parks; benches"
    assert [row["name"] for row in file.projects] == ["Bench; oak", "Pond"]
    assert write_pb(file).decode() == SMALL
    election = election_of(file)
    assert [one.cost for one in election.projects] == [Fraction(40), Fraction(121, 2)]
    assert [dict(ballot) for ballot in election.ballots] == [{"1": 1, "2": 1}, {"2": 1}, {}]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("budget;100", "budget;-1", PbFault(4, "budget", "no_amount")),
        ("budget;100", "budget;0", PbFault(4, "budget", "not_above_zero")),
        ("budget;100\n", "", PbFault(0, "budget", "missing")),
        ("approval", "guess", PbFault(5, "vote_type", "unknown")),
        ("2;60.5;Pond", "2;6,5;Pond", PbFault(10, "cost", "no_amount")),
        ("2;60.5;Pond", "1;60.5;Pond", PbFault(10, "project_id", "twice")),
        ("2;60.5;Pond", "2;60.5", PbFault(10, "PROJECTS", "other_number_of_cells")),
        ("b;2", "b;3", PbFault(14, "vote", "unknown_project")),
        ("b;2", "b;2,2", PbFault(14, "vote", "twice")),
        ("b;2", "a;2", PbFault(14, "voter_id", "twice")),
        ("VOTES\n", "", PbFault(0, "VOTES", "missing_section")),
        ("META\n", "", PbFault(1, "key", "no_section")),
        ("approval", "cumulative", PbFault(13, "points", "other_number_of_points")),
    ],
)
def test_a_fault_names_its_line_and_field(old: str, new: str, fault: PbFault) -> None:
    assert old in SMALL
    assert read_pb(SMALL.replace(old, new, 1).encode()) == fault


def test_bytes_that_are_no_text_or_too_many_are_refused() -> None:
    assert read_pb(b"META\nkey;\xff\n") == PbFault(2, "", "not_utf8")
    assert read_pb(b" " * (BYTES_MAX + 1)) == PbFault(0, "", "too_large")
    assert read_pb(b"") == PbFault(0, "META", "missing_section")


@given(
    st.lists(CELLS, min_size=1, max_size=4),
    st.lists(st.sets(st.integers(0, 3)), max_size=5),
    st.integers(1, 10**9),
)
def test_what_is_written_is_read_again(names: list[str], votes: list[set[int]], budget: int) -> None:
    file = PbFile(
        {"description": names[0], "budget": str(budget), "vote_type": "approval", "rule": "equalshares"},
        ("project_id", "cost", "name"),
        tuple({"project_id": str(at), "cost": str(at + 1), "name": name} for at, name in enumerate(names)),
        ("voter_id", "vote"),
        tuple(
            {"voter_id": str(at), "vote": ",".join(str(one) for one in sorted(vote) if one < len(names))}
            for at, vote in enumerate(votes)
        ),
    )
    assert read_pb(write_pb(file)) == file


def test_real_files_go_in_and_out(shared_data: Path) -> None:
    read = {path.name: read_pb(path.read_bytes()) for path in sorted((shared_data / "pabulib").glob("*.pb"))}
    assert len(read) >= 12
    for file in read.values():
        assert isinstance(file, PbFile)
        assert read_pb(write_pb(file)) == file
