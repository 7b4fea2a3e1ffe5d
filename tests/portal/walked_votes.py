"""Votes on budgets of the walked town: one that is counted, one that was taken off."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from time import monotonic, sleep
from typing import Any
from zlib import compress

from node_under_test import NodeUnderTest
from waiting import LONG_S

BALLOTS = """META
key;value
budget;900000
vote_type;approval
rule;equalshares
PROJECTS
project_id;cost;name
1;400000;公園のベンチ
2;450000;池
VOTES
voter_id;vote
a;2
b;1,2
c;1
"""


def hold_votes(node: NodeUnderTest, clerk: Mapping[str, str]) -> dict[str, str]:
    """Take both in; their numbers. The node counts while the town goes on."""

    def told(step: str, form: dict[str, Any]) -> dict[str, Any]:
        done = node.ask("POST", f"/demo/services/participation/{step}", form, clerk)
        assert done.status == 200, done.body
        return done.json()

    content = b64encode(compress(BALLOTS.encode())).decode()
    form = {"title": "公園の投票", "content": content, "currency": "円"}
    counted, off = told("take_in_vote", form), told("take_in_vote", form)
    told("remove_vote", {"id": off["id"], "why": "票に重複がありました。"})
    return {"budget": counted["number"], "budget_off": off["number"]}


def await_count(node: NodeUnderTest, number: str) -> None:
    """Until a vote is counted: its page has a result from here on, whenever it is looked at."""
    vote = f"/ngsi-ld/v1/entities/urn:ngsi-ld:BudgetVote:{number}?options=keyValues"
    until_s = monotonic() + LONG_S
    while (said := node.ask("GET", vote).json()["status"]) != "counted":
        assert monotonic() < until_s, said
        sleep(0.2)
