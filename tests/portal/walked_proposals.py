"""What people propose in the town that the walk goes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node_under_test import NodeUnderTest

PROPOSAL: dict[str, Any] = {
    "title": "海浜公園にベンチを置く",
    "text": "木のベンチを三つ置いてください。散歩の途中で休めます。",
    "ward": "990027",
}


def propose(node: NodeUnderTest, bearers: Mapping[str, Mapping[str, str]], budget: str) -> dict[str, str]:
    """Two proposals: one with another text, a comment that was flagged and one out of sight; one that a vote on a budget chose and that became
    a project. Their numbers."""

    def told(step: str, form: dict[str, Any], who: str = "walker") -> dict[str, Any]:
        done = node.ask("POST", f"/demo/services/participation/{step}", form, bearers[who])
        assert done.status == 200, done.body
        return done.json()

    made = told("make_proposal", PROPOSAL)
    this = {"id": made["id"]}
    other = {
        **this,
        "version": 1,
        "title": PROPOSAL["title"],
        "text": PROPOSAL["text"].replace("三つ", "五つ"),
    }
    told("amend_proposal", {**other, "why": "三つでは足りません。"})
    for text in ("木のかげに置いてください。", "安い広告です。"):
        said = told("say_comment", {**this, "text": text})
        told("flag", {"id": said["id"], "why": "advert"})
    told("hide_words", {"id": said["id"], "why": "advert"}, "office")
    project = told("make_proposal", {**PROPOSAL, "title": "図書館を夜も開ける"})
    step = {"id": project["id"], "why": "仕事のあとに来る人が多いためです。"}
    told("accept_proposal", {**step, "answer": "partly"}, "office")
    told("link_vote", {"id": project["id"], "vote": budget, "item": 0, "why": "投票のとおりです。"}, "office")
    told("begin_project", {**step, "project": "図書館の夜間開館"}, "office")
    told("report_progress", {**step, "percent": 40}, "office")
    return {"proposal": made["number"], "project": project["number"]}
