"""An area that hides records of a type by a policy of its own shows their ids nowhere in lineage: pages, PROV-O, NGSI-LD, the past."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from importing_hall import Hall, counts, source
from test_lineage import HEADER, all_of
from test_transit_feeds import zipped as feed

from api.ngsi_ld.inside import Inside
from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.pages import Missing, PageAsk, Plain, Shown, Versioned
from kaiteki.kit.rulings.matrix import matrix
from kaiteki.kit.rulings.policies import read_policies
from kaiteki.kit.views import expand_name
from kaiteki.main.imports.runner import Options
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.services.opendata.downloads.gtfs import gtfs_zip
from kaiteki.services.opendata.lineage.lines import head_of, read_lines
from kaiteki.services.opendata.lineage.model import FileLines, LinesOf, SourceFile, lines_view
from kaiteki.services.opendata.lineage.pages import LINES_SHOWN, show_lineage
from kaiteki.services.opendata.lineage.prov import lineage_jsonld
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.model import DataSet

HIDDEN = """
@id("devices are not for everybody")
forbid (principal, action in [Action::"read", Action::"readPast"], resource in Type::"AED") unless { %s };
@id("nor are stops of buses")
forbid (principal, action in [Action::"read", Action::"readPast"], resource in Type::"BusStop") unless { %s };
"""
CLERK = Person("acc-clerk", "見本 係", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"*"}), assurance=2)
FOR_STAFF, FOR_OPERATORS, FOR_ALL = "principal.staff", 'principal.roles.contains("admin")', "true"
ROWS = "".join(f"{n},機器{n},本町{n},35.3{n},141.0{n}\n" for n in range(1, 6))
PARKS = "ID,公園名,所在地,緯度,経度\n" + "".join(f"{n},公園{n},区{n},35.4{n},141.1{n}\n" for n in range(1, 4))


class Town(Hall):
    """A town with devices, parks and buses, and a policy of its own."""

    def hide(self, folder: Path, unless: str) -> Engine:
        """Have the policy count."""
        (folder / "own.cedar").write_text(HIDDEN % (unless, unless), encoding="utf-8")
        policies = {self.area: read_policies(folder)}
        self.engine = Engine(self.store.entities, self.clock, (service,), policies=policies)
        return self.engine

    async def fill(self) -> None:
        """Bring everything in."""
        await self.bring(source("aed.csv", (HEADER + ROWS).encode()), source("parks.csv", PARKS.encode()))
        await self.bring(source("bus.zip", feed()))

    def ask(self, who: Person, data_set: str, **query: str) -> PageAsk:
        """Somebody asks for a page of a data set."""
        cities = Cities(self.engine, Darkroom(self.engine, self.store.files, self.store.received))
        cities.beside = msgspec.structs.replace(cities.beside, history=self.store.history)
        city = cities.of(Asking(self.area, who))
        return PageAsk(self.area, {"id": data_set}, query, {}, {}, who, "ja", self.clock.now(), 1, city)

    async def data_sets(self) -> dict[str, str]:
        """Type of records -> data set."""
        return {one.record_type: one.id for one in await all_of(self, DataSet)}

    async def told_by_node(self, who: Person, path: str) -> str:
        """What the data plane answers, as text."""
        inside = Inside(sights=self.engine.rulings, opened=lambda _: self.store)
        inside.person = who
        # (whoever shows nothing is nobody)
        shown = {"authorization": "Bearer x"} if who.signed_in else {}
        reply = await inside.ask("GET", path, **shown)
        assert reply.status in (200, 404), reply.body
        return reply.body.decode()


PATHS = (
    "/entities?type=FileLines&limit=1000",
    "/entities?type=FileLines&limit=1000&options=keyValues",
    "/entities?type=FileLines&limit=1000&attrs=linesOfAED",
    "/entities?type=FileLines&limit=1000&q=linesOfAED",
    "/temporal/entities?type=FileLines&timerel=after&timeAt=1970-01-01T00:00:00Z&timeproperty=modifiedAt",
)


async def packed_of(town: Town) -> dict[str, str]:
    """Type of records -> the packed text of their lines, as it stands in the store."""
    told: dict[str, str] = {}
    for file in await all_of(town, SourceFile):
        view: type[LinesOf] = lines_view(file.record_type)
        (part,) = [one for one in await all_of(town, view) if one.source_file == file.id]
        assert part.lines and not part.packed and part.count == len(list(read_lines(part, head_of(file))))
        told[file.record_type] = part.lines
    return told


@pytest.mark.parametrize(
    ("unless", "who", "sees"),
    [
        (FOR_STAFF, NOBODY, False),
        (FOR_STAFF, CLERK, True),
        (FOR_OPERATORS, CLERK, False),
        (FOR_ALL, NOBODY, True),
    ],
)
async def test_ids_of_hidden_records_stand_nowhere_in_lineage(
    tmp_path: Path, unless: str, who: Person, sees: bool
) -> None:
    town = Town()
    await town.fill()
    town.hide(tmp_path, unless)
    packed, sets = await packed_of(town), await town.data_sets()
    for path in PATHS:
        answer = await town.told_by_node(who, path)
        assert (packed["AED"] in answer) is sees, path
        if "AED" not in path:
            assert packed["Park"] in answer, path
    for kind, is_seen in (("AED", sees), ("Park", True)):
        record = f"urn:ngsi-ld:{kind}:{sets[kind].rpartition(':')[2]}:1"
        page = await show_lineage(town.ask(who, sets[kind]))
        assert isinstance(page, Shown) and (len(page.values["lines"]) > 0) is is_seen
        assert (record in str(page.values)) is is_seen
        line = await show_lineage(town.ask(who, sets[kind], line="2"))
        assert isinstance(line, Shown) and line.values["result"]["found"] is is_seen
        of_record = await show_lineage(town.ask(who, sets[kind], record=record))
        assert isinstance(of_record, Shown) and of_record.values["result"]["found"] is is_seen
        prov = await lineage_jsonld(town.ask(who, sets[kind]))
        assert isinstance(prov, Plain) and (record.encode() in prov.content) is is_seen
        one = await lineage_jsonld(town.ask(who, sets[kind], record=record))
        assert isinstance(one, Plain if is_seen else Missing)
    for kind in ("BusStop", "BusRoute"):
        zipped = await gtfs_zip(town.ask(who, sets[kind]))
        # (files are those of everybody, whoever asks)
        assert isinstance(zipped, Versioned if unless == FOR_ALL else Missing)
    parts = await town.told_by_node(who, "/entities?type=TransitFeedPart")
    assert ('"content"' in parts) is sees


async def test_operators_are_told_what_a_policy_closes(tmp_path: Path) -> None:
    town = Town()
    rulings = town.hide(tmp_path, FOR_STAFF).rulings
    told = matrix(rulings, town.area, rulings.sight(expand_name("FileLines")))
    rows = {
        name: dict(zip((one.role for one in told.readers), cells, strict=True)) for name, cells in told.rows
    }
    opened = {name: (cells["anyone"].is_open, cells["staff"].is_open) for name, cells in rows.items()}
    assert opened["lines_of_AED"] == (False, True) and opened["lines_of_Park"] == (True, True)
    # what stands where it stood before is open to whom all types are
    assert (opened["packed"], opened["count"]) == ((False, True), (True, True))


async def test_lines_of_an_earlier_form_are_read_and_moved_by_the_next_import(tmp_path: Path) -> None:
    town = Town()
    await town.fill()
    town.hide(tmp_path, FOR_ALL)
    sets = await town.data_sets()
    (file,) = [one for one in await all_of(town, SourceFile) if one.record_type == "AED"]
    (part,) = [one for one in await all_of(town, lines_view("AED")) if one.source_file == file.id]
    target = LocalTarget(town.store.entities, town.clock, town.area)
    await target.keep([msgspec.structs.replace(part, packed=part.lines, lines="")])
    page = await show_lineage(town.ask(NOBODY, sets["AED"]))
    assert isinstance(page, Shown) and len(page.values["lines"]) == 5
    town.hide(tmp_path, FOR_STAFF)
    assert part.lines not in await town.told_by_node(NOBODY, PATHS[0])
    await town.bring(source("aed.csv", (HEADER + ROWS).encode()))
    again = await target.get(FileLines, part.id)
    assert again is not None and again.packed == ""
    assert (await packed_of(town))["AED"] == part.lines


async def test_a_file_that_is_another_type_now_leaves_no_lines_of_the_first(tmp_path: Path) -> None:
    town = Town()
    await town.fill()
    await town.bring(source("aed.csv", (HEADER + ROWS).encode()), options=Options(as_type="PublicFacility"))
    town.hide(tmp_path, FOR_ALL)
    answer = await town.told_by_node(NOBODY, PATHS[0])
    assert "linesOfPublicFacility" in answer and "linesOfAED" not in answer


async def test_records_that_are_gone_end_no_list_early(tmp_path: Path) -> None:
    town = Town()
    many = "".join(f"{n},機器{n},本町{n},35.3{n},141.0\n" for n in range(100, 100 + 2 * LINES_SHOWN))
    (done,) = await town.bring(source("aed.csv", (HEADER + many).encode()))
    assert counts(done)[0] == 2 * LINES_SHOWN
    town.hide(tmp_path, FOR_ALL)
    one = (await town.data_sets())["AED"]
    target = LocalTarget(town.store.entities, town.clock, town.area)
    slug = one.rpartition(":")[2]
    await target.remove([f"urn:ngsi-ld:AED:{slug}:{n}" for n in range(100, 105)])
    first = await show_lineage(town.ask(NOBODY, one))
    assert isinstance(first, Shown)
    assert (len(first.values["lines"]), first.values["more"]) == (LINES_SHOWN - 5, LINES_SHOWN + 2)
    second = await show_lineage(town.ask(NOBODY, one, line=str(first.values["more"])))
    assert isinstance(second, Shown) and (len(second.values["lines"]), second.values["more"]) == (
        LINES_SHOWN,
        0,
    )
