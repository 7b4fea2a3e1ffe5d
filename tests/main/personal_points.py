"""What somebody has of city points in the city of personal data: an account, what was given, a ticket that was ordered."""

from __future__ import annotations

from typing import Final

from whole_node import AREA, Asker, WholeNode

from kaiteki.kit.purses import account_id

REWARD: Final = {
    "name": "puuru",
    "name_easy": "puuru",
    "name_en": "swim",
    "partner": "pool",
    "kind": "ticket",
    "price": 1,
    "stock": 5,
}
CAMPAIGN: Final = {
    "name": "海岸清掃",
    "name_en": "Beach cleaning",
    "field": "volunteer",
    "amount": 50,
    "day_max": 50,
    "person_max": 500,
    "budget": 1000,
    "starts": "2000-01-01",
    "ends": "2100-12-31",
}


async def planted_points(node: WholeNode, holder: Asker, clerk: Asker) -> dict[str, str]:
    """Open an account of points and give some; the ids of account and transfer."""
    services = f"/{AREA}/services/points"
    opened = await node.ask("POST", f"{services}/open", {}, holder.headers)
    begun = await node.ask("POST", f"{services}/keep_campaign", CAMPAIGN, clerk.headers)
    number = str(opened.json()["number"])
    form = {"campaign": begun.json()["id"], "number": number}
    given = await node.ask("POST", f"{services}/grant", form, clerk.headers)
    ticket = {**REWARD, **{day: CAMPAIGN[day] for day in ("starts", "ends")}}
    kept = await node.ask("POST", f"{services}/keep_reward", ticket, clerk.headers)
    wish = {"reward": kept.json()["id"], "partner": REWARD["partner"]}
    ordered = await node.ask("POST", f"{services}/place_order", wish, holder.headers)
    said = (opened, begun, given, kept, ordered)
    assert [one.status for one in said] == [200] * 5, said
    return {
        "PointAccount": account_id(number),
        "PointTransfer": str(given.json()["id"]),
        "PointOrder": str(ordered.json()["id"]),
    }
