"""Lists that are sealed read at the desk as those in clear did: other records in them by name, and a line for whoever looked. So does who acts for somebody."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from personal_city import KEPT_OF_CHANNELS, REPORT, personal_city
from whole_node import AREA, whole_node

from kaiteki.kit.views import expand_name


@pytest.mark.parametrize("page", ["", "/urn:ngsi-ld:ReportBook:{holder}", ".csv"])
async def test_the_book_of_a_reporter_names_reports_and_who_looked_stands_in_the_log(
    tmp_path: Path, page: str
) -> None:
    async with whole_node(tmp_path) as node:
        hanako, head = await node.person("hanako", "resident"), await node.person("head", "staff", "admin")
        sent = await node.ask("POST", f"/{AREA}/services/reports/submit", REPORT, hanako.headers)
        number = sent.json()["number"]
        report = (await node.node.joined.store.entities.load(AREA, [sent.json()["id"]]))[sent.json()["id"]]
        name = str(report.entity().attributes[expand_name("name")][0].value)
        assert name != number and len(name) > 3
        address = f"/{AREA}/desk/reports/ReportBook{page.format(holder=hanako.known['reports'])}"
        shown = await node.ask("GET", address, None, head.headers)
        assert shown.status == 200 and name.encode() in shown.body, shown.body.decode()
        (line,) = await node.node.joined.store.accesses.by(AREA, head.account)
        assert line.access.subject == hanako.known["reports"] and line.access.type == expand_name(
            "ReportBook"
        )
        assert expand_name("mine") in line.access.attributes


async def test_who_acts_for_somebody_takes_along_what_services_hold_and_nothing_of_the_account(
    tmp_path: Path,
) -> None:
    async with personal_city(tmp_path) as city:
        found: dict[str, zipfile.ZipFile] = {}
        for name, asker in (("helper", city.helper), ("holder", city.holder)):
            reply, _ = await city.ask(asker, "GET", f"/{AREA}/my/data.zip")
            assert reply.status == 200
            found[name] = zipfile.ZipFile(io.BytesIO(reply.body))
        (line, *_) = await city.lines(city.holder.account)
        helper, holder = ({*one.namelist()} for one in found.values())
        # (the mandate covers every service, and says nothing of messages and how they come)
        apart = ("account/", "data/Message.", *(f"data/{kind}." for kind in KEPT_OF_CHANNELS))
        alone = {one for one in holder if one.startswith(apart)}
        assert holder - helper == alone != set()
        assert b"ueki-no-negai" in found["helper"].read("data/DataRequest.json")
        assert b"ueki-no-shomen" in found["helper"].read("data/Consent.json")
        assert "not for who acts" in found["helper"].read("README.en.txt").decode()
        assert "not for who acts" not in found["holder"].read("README.en.txt").decode()
        assert line.access.by.helper and line.access.by.actor == city.holder.account
