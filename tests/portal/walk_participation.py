"""Where the walk goes in the pages of taking part."""

from __future__ import annotations

from drives import Drive
from looks import Look, anybody, clerk, refused
from walked_town import CLERK, RESIDENT

PARTICIPATION: dict[str, tuple[Look | Drive, ...]] = {
    "participation": anybody("/demo/participation", "/demo/participation?state=done", "/chiba/participation"),
    "participation/comments/{number}": (
        *anybody("/demo/participation/comments/{consultation}"),
        Look("/demo/participation/comments/{consultation}", RESIDENT),
        refused("/demo/participation/comments/PC-2000-00001", 404),
    ),
    "participation/comments/{number}/answers": (
        refused("/demo/participation/comments/{consultation}/answers", 404),
    ),
    "participation/comments/{number}/answers.csv": (
        refused("/demo/participation/comments/{consultation}/answers.csv", 404),
    ),
    "participation/desk": (
        *clerk("/demo/participation/desk"),
        refused("/demo/participation/desk", 403, RESIDENT),
    ),
    "participation/desk/comments/{number}": (
        *clerk(
            "/demo/participation/desk/comments/{consultation}?open=2",
            "/demo/participation/desk/comments/{consultation}?queue=all&open=1",
        ),
        refused("/demo/participation/desk/comments/PC-2000-00001", 404, CLERK),
    ),
    "participation/budgets": anybody("/demo/participation/budgets", "/chiba/participation/budgets"),
    "participation/budgets/{number}": (
        *anybody("/demo/participation/budgets/{budget}", "/demo/participation/budgets/{budget_off}"),
        refused("/demo/participation/budgets/PB-2000-00001", 404),
    ),
    "participation/budgets/{number}/ballots.pb": (
        refused("/demo/participation/budgets/PB-2000-00001/ballots.pb", 404),
    ),
    "participation/desk/budgets": (
        *clerk("/demo/participation/desk/budgets"),
        refused("/demo/participation/desk/budgets", 403, RESIDENT),
    ),
    "participation/proposals": anybody(
        "/demo/participation/proposals",
        "/demo/participation/proposals?q=%E5%9B%B3%E6%9B%B8%E9%A4%A8&sort=support",
        "/demo/participation/proposals?state=done",
        "/chiba/participation/proposals",
    ),
    "participation/proposals/new": (
        *anybody("/demo/participation/proposals/new"),
        Look("/demo/participation/proposals/new", RESIDENT),
    ),
    "participation/proposals/mine": (
        *anybody("/demo/participation/proposals/mine"),
        Look("/demo/participation/proposals/mine", RESIDENT),
    ),
    "participation/proposals/{number}": (
        *anybody("/demo/participation/proposals/{proposal}", "/demo/participation/proposals/{project}"),
        Look("/demo/participation/proposals/{proposal}", RESIDENT),
        refused("/demo/participation/proposals/PR-2000-00001", 404),
    ),
    "participation/proposals/{number}/amend": (
        *anybody("/demo/participation/proposals/{proposal}/amend"),
        Look("/demo/participation/proposals/{proposal}/amend", RESIDENT),
        Look("/demo/participation/proposals/{project}/amend", RESIDENT),
    ),
    "participation/proposals/{number}/amendments/{n}": (
        *anybody("/demo/participation/proposals/{proposal}/amendments/1"),
        *clerk("/demo/participation/proposals/{proposal}/amendments/1"),
        refused("/demo/participation/proposals/{proposal}/amendments/9", 404),
    ),
    "participation/desk/proposals": (
        *clerk("/demo/participation/desk/proposals", "/demo/participation/desk/proposals?state=done"),
        refused("/demo/participation/desk/proposals", 403, RESIDENT),
    ),
    "participation/desk/proposals/{number}": (
        *clerk(
            "/demo/participation/desk/proposals/{proposal}", "/demo/participation/desk/proposals/{project}"
        ),
        refused("/demo/participation/desk/proposals/PR-2000-00001", 404, CLERK),
    ),
    "participation/desk/proposals/{number}/vote": (
        *clerk(
            "/demo/participation/desk/proposals/{proposal}/vote",
            "/demo/participation/desk/proposals/{project}/vote?vote={budget}",
            "/demo/participation/desk/proposals/{project}/vote?vote=PB-2000-00001",
        ),
        refused("/demo/participation/desk/proposals/PR-2000-00001/vote", 404, CLERK),
        refused("/demo/participation/desk/proposals/{project}/vote", 403, RESIDENT),
    ),
}
"""The answers are public when the period is over, which takes a month: their pages are looked at by tests of the service."""
