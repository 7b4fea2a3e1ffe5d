"""Records what pabutools buys by equal shares, for the tests that compare: run by hand, in an environment of its own.

    python -m venv judge && judge/bin/pip install pabutools==1.2.3
    judge/bin/python scripts/judges/equal_shares.py ../shared/data/pabulib

pabutools (GPL) needs a proprietary solver, so neither the node nor its tests install it. Written are the outcomes of the .pb files of
the folder, read as approvals (`recorded_outcomes.json`), and elections drawn from a seed with theirs (`drawn_elections.json`): few
voters and small numbers, so that many projects tie. Both by exact fractions, with Add1, and our rule for ties.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, Final

# of an environment of its own, so its types are not known here
fractions: Any = import_module("pabutools.fractions")
theirs: Any = import_module("pabutools.election")
rules: Any = import_module("pabutools.rules")
tiebreaking: Any = import_module("pabutools.tiebreaking")

fractions.FRACTION = "gmpy2"
KEPT: Final = Path(__file__).parents[2] / "tests" / "services" / "budgets"
DRAWN: Final = 120
SEED: Final = 57


def bought(instance: Any, profile: Any, satisfaction: Any, place: dict[str, int]) -> list[str]:
    """The names of what shares buy, in the order in which they buy it; `place` is the place of a name in the election."""
    wanted = {one: sum(one in ballot for ballot in profile) for one in instance}

    def rank(_instance: Any, _profile: Any, one: Any) -> tuple[int, Any, int]:
        return -wanted[one], one.cost, place[one.name]

    ties = tiebreaking.TieBreakingRule(rank)
    found = rules.method_of_equal_shares(
        instance, profile, sat_class=satisfaction, tie_breaking=ties, voter_budget_increment=1
    )
    return [one.name for one in found]


def of_file(path: Path) -> list[str]:
    """The outcome of a .pb file, its ballots read as approvals."""
    instance, profile = theirs.parse_pabulib(str(path))
    lines = path.read_text(encoding="utf-8").split("PROJECTS")[1].split("VOTES")[0].strip().splitlines()[1:]
    place = {line.split(";")[0].strip('"'): at for at, line in enumerate(lines)}
    approvals = theirs.ApprovalProfile(
        [theirs.ApprovalBallot(list(one)) for one in profile], instance=instance
    )
    return bought(instance, approvals, theirs.Cost_Sat, place)


def drawn(chance: Random, utility: str) -> dict[str, Any]:
    """An election with its outcome: costs in the order of the projects p0, p1 …, ballots as points by place."""
    costs = [chance.randint(1, 12) * 5 for _ in range(chance.randint(3, 9))]
    ballots = [
        {
            at: 1 if utility == "cost" else chance.randint(1, 4)
            for at in range(len(costs))
            if chance.random() < 0.4
        }
        for _ in range(chance.randint(4, 14))
    ]
    budget = max(*costs, sum(costs) * chance.randint(3, 9) // 10)
    projects = [theirs.Project(f"p{at}", cost) for at, cost in enumerate(costs)]
    instance = theirs.Instance(projects, budget_limit=budget)
    said = [{projects[at]: points for at, points in ballot.items()} for ballot in ballots]
    if utility == "cost":
        profile = theirs.ApprovalProfile(
            [theirs.ApprovalBallot(list(one)) for one in said], instance=instance
        )
    else:
        profile = theirs.CardinalProfile([theirs.CardinalBallot(one) for one in said], instance=instance)
    satisfaction = theirs.Cost_Sat if utility == "cost" else theirs.Additive_Cardinal_Sat
    chosen = bought(instance, profile, satisfaction, {one.name: at for at, one in enumerate(projects)})
    return {"utility": utility, "budget": budget, "costs": costs, "ballots": ballots, "bought": chosen}


def main() -> None:
    """Write both files."""
    files = sorted(Path(sys.argv[1]).glob("*.pb"))
    outcomes = {path.name: of_file(path) for path in files}
    (KEPT / "recorded_outcomes.json").write_text(json.dumps(outcomes, indent=1) + "\n", encoding="utf-8")
    chance = Random(SEED)
    elections = [drawn(chance, ("cost", "points")[at % 2]) for at in range(DRAWN)]
    text = ",\n".join(json.dumps(one, separators=(",", ":")) for one in elections)
    (KEPT / "drawn_elections.json").write_text(f"[{text}]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
