"""The page on which staff describe a data set: reached from its page, kept, and shown again with its faults."""

from __future__ import annotations

from starlette.applications import Starlette
from test_opendata_pages import AED, open_portal, source
from trial_site import PASSWORD

from reader import Reader


async def signed_in(app: Starlette) -> tuple[Reader, str]:
    """A clerk, and the address of the form, as the page of the data set has it."""
    reader = Reader(app, **{"accept-language": "ja"})
    await reader.sign_in("desk", PASSWORD)
    listed = (await reader.get("/demo/data?q=aed")).text
    page = listed.partition('<ul class="results">')[2].partition('href="')[2].partition('"')[0]
    told = (await reader.get(page)).text
    address = page + "/describe"
    assert f'href="{address}"' in told
    return reader, address


async def test_staff_describe_a_data_set_and_everybody_reads_it() -> None:
    reader, address = await signed_in(await open_portal(source("aed.csv", AED)))
    form = await reader.get(address)
    assert form.status == 200 and 'name="licence"' in form.text
    said = {"title": "AEDの場所", "licence": "CC BY 4.0", "rhythm": "ANNUAL", "description": "市のAEDです。"}
    assert (await reader.post(address, said)).status == 303
    page = (await Reader(reader.app, **{"accept-language": "ja"}).get(address.removesuffix("/describe"))).text
    assert all(
        one in page for one in ("AEDの場所", "市のAEDです。", "毎年", "creativecommons.org/licenses/by/4.0")
    )


async def test_what_is_wrong_is_shown_at_its_field() -> None:
    reader, address = await signed_in(await open_portal(source("aed.csv", AED)))
    wrong = await reader.post(address, {"title": "AED", "since": "去年"})
    assert wrong.status == 422 and "2026-04-01 のように" in wrong.text and "去年" in wrong.text


async def test_nobody_else_describes() -> None:
    reader, address = await signed_in(await open_portal(source("aed.csv", AED)))
    assert (await Reader(reader.app).get(address)).status == 303
