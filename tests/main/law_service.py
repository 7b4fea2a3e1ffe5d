"""A service whose types lie open in all the ways there are, and what is declared of all types of the node that has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.kit.engine import KIT
from kaiteki.kit.manifest import EntityType, Purpose, Service
from kaiteki.kit.views import Location, expand_name, slots
from kaiteki.main.parts import SERVICES
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.open_data import OpenData
from kaiteki.model.words import Words

NOW: Final = parse_instant("2026-11-22T03:00:00Z") or Instant(0)
AREA: Final = "demo"
HOUR_US: Final = 3_600_000_000
HOLDERS: Final = ("acc-taro", "acc-hana", "acc-chie", "somebody")
NAMES: Final = ("えき", "えき 北口", "park", "川", "はし")
CALLERS, PHONES = ("さくら", "もみじ"), ("0900", "0800")
OFFICES: Final = ("road", "park", "")
OWN_POLICY: Final = """\
@id("own-office")
forbid (principal, action in [Action::"read", Action::"readPast"], resource == Attribute::"Works.cost")
unless { context.ownOffice || principal.roles.contains("admin") };
"""
"""What the area says beside the generic policies: what works cost is the business of the office in charge."""


def _said(text: str) -> Words:
    return Words(text, text, text)


class Bench(msgspec.Struct, frozen=True):
    """Public, but for a note; only its name has a public past."""

    id: str
    name: str
    location: Location | None = None
    colour: str = ""
    weight: int = 0
    note: str = ""


class Works(msgspec.Struct, frozen=True):
    """Has an office in charge, which alone sees what they cost."""

    id: str
    name: str
    office: str = ""
    plan: str = ""
    cost: int = 0


class Visit(msgspec.Struct, frozen=True):
    """Personal: read for a duty, in part by consent; caller and phone stand sealed."""

    id: str
    holder: str
    kind: str = ""
    caller: str = ""
    phone: str = ""
    steps: int = 0
    location: Location | None = None


class Trace(msgspec.Struct, frozen=True):
    """Related to a person (個人関連情報)."""

    id: str
    holder: str
    name: str = ""
    steps: int = 0


class Sample(msgspec.Struct, frozen=True):
    """Pseudonymised: never for third parties."""

    id: str
    name: str = ""
    steps: int = 0


def _labels(view: type[msgspec.Struct]) -> dict[str, Words]:
    return {slot.field: _said(slot.field) for slot in slots(view)}


LAW: Final = Service(
    name="law",
    words=_said("法"),
    summary=_said("見本"),
    field="town",
    stage="lab",
    package="kaiteki.services.environment",
    types=(
        EntityType(
            "Bench", Bench, _said("ベンチ"), columns=("name", "colour", "weight"), labels=_labels(Bench),
            public=("name", "location", "colour", "weight"), public_past=("name", "weight"), plays=frozenset({"map", "place"}), raw=("*",),
            open_data=OpenData(("name", "location", "weight"), "REGI"),
        ),
        EntityType(
            "Works", Works, _said("工事"), columns=("name", "plan", "cost"), labels=_labels(Works), public=("name",), office="office",
        ),
        EntityType(
            "Visit", Visit, _said("訪問"), title="kind", columns=("kind", "caller"), labels=_labels(Visit), personal=True, holder="holder",
            data_class="personal", sealed=("caller", "phone"), sought={"phone": "exact"},
            unsealed={one: _said("law") for one in ("holder", "kind", "steps", "location")},
        ),
        EntityType("Trace", Trace, _said("歩み"), columns=("name",), labels=_labels(Trace), public=("name",), holder="holder", data_class="related"),
        EntityType("Sample", Sample, _said("標本"), columns=("name",), labels=_labels(Sample), public=("name", "steps"), data_class="pseudonymised"),
    ),
    purposes={
        "visiting": Purpose(_said("訪問"), "duty", items=("Visit.kind", "Visit.caller", "Visit.phone", "Visit.location")),
        "sharing": Purpose(_said("共有"), "consent", items=("Visit.phone", "Visit.kind", "Visit.steps", "Visit.caller")),
        "walking": Purpose(_said("散歩"), "consent", items=("Trace",)),
    },
)  # fmt: skip
"""A service of types that lie open in all the ways there are."""
ALL: Final = (*SERVICES, LAW)
DECLARED: Final[Mapping[str, tuple[Service, EntityType]]] = {
    expand_name(one.name): (service, one) for service in (*ALL, KIT) for one in service.types
}
THING, DEFAULT = expand_name("Thing"), "https://uri.etsi.org/ngsi-ld/default-context/"
