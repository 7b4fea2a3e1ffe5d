"""The review of the next file asks which holds where a record was corrected by hand and the file says otherwise."""

from __future__ import annotations

from typing import Any

import msgspec
from delivered import keep, one_of
from importing_hall import Hall, ask_of, source

from kaiteki.kit.pages import Moved, PageAsk, Shown
from kaiteki.main.imports.runner import Options
from kaiteki.model.access import ANYONE, STAFF, Person
from kaiteki.model.decision import Accepted
from kaiteki.services.opendata.correcting.deciding import CorrectRecord
from kaiteki.services.opendata.intake.delivery import Delivery, pack
from kaiteki.services.opendata.intake.review_desk import act_review, show_review
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.withdrawal.model import mark_of

AED = "番号,名称,住所,緯度,経度\nA1,市役所,見本市1,35.35,141.05\n"
CLERK = Person("acc-desk", "見本 花子", frozenset({ANYONE, STAFF}), assurance=1)
DELIVERY = Delivery(
    "urn:ngsi-ld:Delivery:1", "aed.csv", digest="d", content=pack(AED.replace("見本市1", "見本市2").encode())
)


async def corrected_hall() -> tuple[Hall, str]:
    """A hall that has one AED, whose name was corrected by hand, and a newer file in which it is not; and the id of the record."""
    hall = Hall()
    stated = Options(source="見本市", licence="CC-BY-4.0")
    (outcome,) = await hall.bring(source("aed.csv", AED.encode(), folder=""), options=stated)
    record = f"urn:ngsi-ld:AED:{outcome.data_set.rpartition(':')[2]}:A1"
    form = CorrectRecord(record, outcome.data_set, "看板が変わった", ("name",), ("新しい市役所",))
    city = ask_of(hall, person=CLERK).city
    assert isinstance(await city.run("opendata.correct_record", form), Accepted)
    await keep(hall, DELIVERY)
    return hall, record


def asking(hall: Hall, **fields: str) -> PageAsk:
    posted = {name: (value,) for name, value in fields.items()}
    return msgspec.structs.replace(ask_of(hall, {"id": DELIVERY.id}, person=CLERK), fields=posted)


async def decided(holds: str) -> tuple[Any, DataSet]:
    """The record and its data set after somebody decided."""
    hall, record = await corrected_hall()
    name = f"holds-{mark_of(record)}"
    page = await show_review(asking(hall))
    assert isinstance(page, Shown)
    ((table, _),) = page.values["tables"]
    assert [(one.mark, [cell[:3] for cell in one.cells]) for one in table.crossed] == [
        (mark_of(record), [("名称", "市役所", "新しい市役所")])
    ]
    said = {"source": "見本市", "licence": "CC-BY-4.0", "do": "bring", "left_file": "remove", "left": "0"}
    said |= {key: value for key, value in page.values["given"].items() if key not in said}
    unsaid = await act_review(asking(hall, **said))
    assert isinstance(unsaid, Shown) and [one.field for one in unsaid.values["faults"]] == [name]
    done = await act_review(asking(hall, **said, **{name: holds}))
    assert isinstance(done, Moved), done
    sent = await one_of(hall, Delivery, DELIVERY.id)
    assert sent.state == "asked"
    await (await keep(hall, sent)).run_due()
    kept = await one_of(hall, record_view("AED"), record)
    return kept, await one_of(hall, DataSet, kept.data_set)


async def test_the_correction_holds_where_somebody_says_so() -> None:
    kept, data_set = await decided("ours")
    assert (kept.name, kept.fullAddress, len(data_set.corrected)) == ("新しい市役所", "見本市2", 1)


async def test_the_file_holds_where_somebody_says_so() -> None:
    kept, data_set = await decided("file")
    assert (kept.name, kept.fullAddress, data_set.corrected) == ("市役所", "見本市2", ())
