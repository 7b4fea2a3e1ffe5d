"""The types of entities of what gives points."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import EntityType
from kaiteki.model.words import Words
from kaiteki.services.earning.model import Campaign, Review

CAMPAIGN: Final = EntityType(
    name="PointCampaign",
    view=Campaign,
    words=Words("ポイントの取り組み", "What gives points", "ポイントの とりくみ"),
    columns=("name", "field", "amount", "starts", "ends", "left"),
    public=(
        "name",
        "field",
        "amount",
        "day_max",
        "person_max",
        "budget",
        "starts",
        "ends",
        "place",
        "left",
        "earned",
    ),
    times={"starts": "day", "ends": "day"},
    happens=("starts", "ends"),
    page="points",
    desk="points/desk",
)
REVIEW: Final = EntityType(
    name="PointReview",
    view=Review,
    words=Words("確認するポイント", "Points to be looked at", "たしかめる ポイント"),
    title="id",
    columns=("at", "sign", "status"),
    labels={"transfer": Words("ポイントの移動", "Transfer", "うごき")},
    desk="points/desk",
    workings=frozenset({"transfer"}),
)
