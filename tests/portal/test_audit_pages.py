"""The pages of the audit log: for everybody how it stands, for those who look after it a search; and its addresses for programs."""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
from base64 import b64decode
from collections.abc import AsyncGenerator
from hashlib import sha256
from html import escape
from pathlib import Path

import pytest
from starlette.applications import Starlette
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.api.audit import Auditing, audit_routes
from kaiteki.api.exchange import HeaderMap
from kaiteki.broker.auditing import standing
from kaiteki.broker.notary import Notary
from kaiteki.kit.backoffice.wording import label
from kaiteki.kit.city import Cities
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.purposes import register
from kaiteki.kit.views import expand_name, slots
from kaiteki.main.log_key import log_key
from kaiteki.model.access import AUDITOR, NOBODY, RESIDENT, Person
from kaiteki.model.checkpoint import read_note
from kaiteki.model.instant import Instant
from kaiteki.model.merkle import is_consistent, is_included, leaf_hash
from kaiteki.portal.language import as_language
from kaiteki.ports.accesses import Access
from kaiteki.ports.accounts import Grant
from kaiteki.ports.entities import By
from reader import Reader

PEOPLE = {
    "auditor": Person("auditor", "監査", frozenset({AUDITOR})),
    "taro": Person("pair-taro", "太郎", frozenset({RESIDENT})),
    "hanako": Person("pair-hanako", "花子", frozenset({RESIDENT})),
}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncGenerator[TrialSite]:
    """A town with two reads, one of them under review, signed."""
    site = await open_site()
    by = By(site.staff_id, "welfare.read", "fukushi", "welfare.visit")
    later = Instant(site.clock.now() + 10**15)
    for subject, review_at in (("pair-taro", None), ("pair-hanako", later)):
        access = Access("demo", by, subject, "x/Visit", ("x/phone",), ground="=1+1", review_at=review_at)
        await site.store.accesses.keep([access])
    key = log_key(tmp_path, "kaiteki-trial")
    notary = Notary(site.store.ledger, site.clock, lambda: key, secrets.token_bytes)
    await notary.finish()
    yield site


async def test_everybody_sees_how_the_log_stands_and_nothing_of_anybody(site: TrialSite) -> None:
    for language in ("ja", "ja-easy", "en"):
        shown = await Reader(site.app).get(f"/demo/audit?lang={language}")
        assert shown.status == 200 and "kaiteki-trial+" in shown.text and "pair-" not in shown.text
    assert (await Reader(site.app).get("/demo/desk/audit")).status == 401
    desk = Reader(site.app)
    await desk.sign_in("desk", PASSWORD)
    assert (await desk.get("/demo/desk/audit")).status == 403
    assert (await desk.get("/demo/desk/audit.csv")).status == 403


async def test_auditors_search_by_who_for_what_whose_and_when(site: TrialSite) -> None:
    await site.identity.register("kansa", "監査 一", PASSWORD, [Grant("demo", AUDITOR)])
    reader = Reader(site.app)
    await reader.sign_in("kansa", PASSWORD)
    page = "/demo/desk/audit"
    whole = (await reader.get(page)).text
    assert "pair-taro" in whole and "pair-hanako" in whole and "見本 花子" in whole and "Shelter" in whole
    taro = (await reader.get(page + "?what=read&subject=pair-taro&office=fukushi&purpose=welfare.visit")).text
    assert "pair-taro" in taro and "pair-hanako" not in taro
    none = (await reader.get(page + "?what=read&until=2000-01-01")).text
    assert "pair-" not in none.partition("<table")[2] and (await reader.get(page + "?before=x")).status == 200
    file = (await reader.get(f"{page}.csv?what=read")).body.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))
    assert [row[8] for row in rows[1:]] == ["pair-hanako", "pair-taro"] and len(rows[0]) == 13


async def test_an_auditor_begins_at_the_log_and_finds_the_way_back(site: TrialSite) -> None:
    await site.identity.register("kansa", "監査 一", PASSWORD, [Grant("demo", AUDITOR)])
    reader = Reader(site.app)
    said = await reader.sign_in("kansa", PASSWORD)
    assert (said.status, said.headers["location"]) == (303, "/demo/desk/audit")
    assert 'href="/demo/desk"' in (await reader.get("/demo/my")).text
    start = await reader.get("/demo/desk")
    assert (start.status, start.headers["location"]) == (303, "/demo/desk/audit")


async def test_a_search_takes_logins_and_names_what_it_does_not_understand(site: TrialSite) -> None:
    """A login means the account with all of its ids; nothing that was typed is passed by."""
    await site.identity.register("kansa", "監査 一", PASSWORD, [Grant("demo", AUDITOR)])
    reader = Reader(site.app)
    await reader.sign_in("kansa", PASSWORD)
    page = "/demo/desk/audit"
    for typed in ("desk", site.staff_id):
        assert "pair-taro" in (await reader.get(f"{page}?what=read&actor={typed}")).text, typed
    guest = await site.store.accounts.by_login("guest")
    assert guest is not None
    await site.store.accesses.keep(
        [
            Access(
                "demo",
                By(site.staff_id, "reports.read", "", "reports.handle"),
                guest.id,
                "x/Visit",
                ("x/phone",),
            )
        ]
    )
    found = (await reader.get(f"{page}?subject=guest")).text
    assert guest.id in found and "pair-taro" not in found
    for field, typed in (
        ("actor", "nobody"),
        ("subject", "nobody"),
        ("since", "garbage"),
        ("until", "2026-99-01"),
        ("what", "garbage"),
    ):
        for language in ("ja", "ja-easy", "en"):
            said = await reader.get(f"{page}?{field}={typed}&lang={language}")
            assert said.status == 422 and f'href="#{field}"' in said.text and "<table" not in said.text, field
        file = await reader.get(f"{page}.csv?{field}={typed}")
        assert file.status == 303 and file.headers["location"] == f"{page}?{field}={typed}"
    assert 'href="#until"' in (await reader.get(f"{page}?since=2026-04-02&until=2026-04-01")).text


async def test_lines_speak_in_the_words_of_the_services(site: TrialSite) -> None:
    """Attributes, types and purposes as people call them, in each language; what a service keeps for its own work is said to be that."""
    await site.identity.register("kansa", "監査 一", PASSWORD, [Grant("demo", AUDITOR)])
    reader = Reader(site.app)
    await reader.sign_in("kansa", PASSWORD)
    services = tuple(site.engine.services.values())
    declared = next(one for service in services for one in service.types)
    (purpose, *_) = register(services)
    by = By(site.staff_id, "x.read", "", purpose.name)
    names = tuple(slot.iri for slot in slots(declared.view))
    await site.store.accesses.keep([Access("demo", by, "pair-x", expand_name(declared.name), names)])
    for language in ("ja", "ja-easy", "en"):
        shown = (await reader.get(f"/demo/desk/audit?subject=pair-x&lang={language}")).text
        shown = shown.partition("<table")[2]
        told = [label(declared, slot) for slot in slots(declared.view)]
        for words in (declared.words, purpose.purpose.words, *(one for one in told if one.ja != one.en)):
            assert escape(words.say(as_language(language))) in shown, (language, words)
        assert purpose.name not in shown


async def test_a_line_leads_to_its_proof_as_a_page(site: TrialSite) -> None:
    await site.identity.register("kansa", "監査 一", PASSWORD, [Grant("demo", AUDITOR)])
    reader, anybody, resident = Reader(site.app), Reader(site.app), Reader(site.app)
    await reader.sign_in("kansa", PASSWORD)
    await resident.sign_in("guest", PASSWORD)
    number = re.findall(
        r"/demo/audit/line\?line=(\d+)", (await reader.get("/demo/desk/audit?what=read")).text
    )[0]
    for language in ("ja", "ja-easy", "en"):
        shown = (await reader.get(f"/demo/audit/line?line={number}&lang={language}")).text
        assert "pair-hanako" in shown and f"/demo/audit/proof?line={number}" in shown
        assert f"kaiteki audit verify-proof proof-{number}.json --key" in shown
    assert (await anybody.get(f"/demo/audit/line?line={number}")).status == 303
    for told in (number, "999999", "x", "-1"):
        hidden = await resident.get(f"/demo/audit/line?line={told}")
        assert hidden.status == 404 and "pair-" not in hidden.text, told
    assert "記録の証明" in (await resident.get("/demo/audit/line")).text


async def test_the_page_says_how_many_lines_stand_and_how_many_are_signed(site: TrialSite) -> None:
    heads = await site.store.ledger.heads(limit=1)
    await site.store.accesses.keep([Access("demo", By("x"), "pair-x", "x/Visit", ("x/phone",))] * 3)
    await site.identity.register("kansa", "監査 一", PASSWORD, [Grant("demo", AUDITOR)])
    reader = Reader(site.app)
    await reader.sign_in("kansa", PASSWORD)
    newest = re.findall(r"/audit/line\?line=(\d+)", (await reader.get("/demo/desk/audit?what=read")).text)[0]
    unsigned = await reader.get(f"/demo/audit/line?line={newest}")
    assert unsigned.status == 404 and "まだ署名されていません" in unsigned.text
    size, is_open = await standing(site.store.ledger)
    assert size == heads[0].size + 3 and not is_open
    shown = (await Reader(site.app).get("/demo/audit")).text
    assert f"{size}" in shown and f"{heads[0].size}" in shown


async def test_programs_get_heads_growth_and_the_lines_that_concern_them(site: TrialSite) -> None:
    async def who(headers: HeaderMap, _area: str) -> Person:
        return PEOPLE.get(headers.get("x-who") or "", NOBODY)

    cities = Cities(site.engine, Darkroom(site.engine, site.store.files, site.store.received))
    app = Starlette(routes=audit_routes(Auditing(site.store.ledger, cities, who, ("demo",))))
    anybody = Reader(app)
    note = read_note((await anybody.get("/demo/audit/head")).text)
    size = note.checkpoint.size
    assert (await anybody.get(f"/demo/audit/head?size={size}")).status == 200
    growth = json.loads((await anybody.get("/demo/audit/consistency?before=1")).body)
    (first,) = await site.store.ledger.leaves(0, 1)
    path = [b64decode(one) for one in growth["proof"]]
    assert is_consistent(1, size, path, (first.hash, note.checkpoint.root))
    last = (await site.store.ledger.leaves(size - 1, 1))[0].number
    taro, hanako = last - 1, last
    seen = {
        (name, line): (await Reader(app, **{"x-who": name}).get(f"/demo/audit/proof?line={line}")).status
        for name in ("", *PEOPLE)
        for line in (taro, hanako, 1)
    }
    assert seen == {
        **{("", line): 401 for line in (taro, hanako, 1)},
        **{("auditor", line): 200 for line in (taro, hanako, 1)},
        ("taro", taro): 200,
        ("taro", hanako): 404,
        ("taro", 1): 404,
        # hers is under review
        **{("hanako", line): 404 for line in (taro, hanako, 1)},
    }
    proof = json.loads((await Reader(app, **{"x-who": "taro"}).get(f"/demo/audit/proof?line={taro}")).body)
    leaf = leaf_hash(sha256(b64decode(proof["salt"]) + proof["line"].encode()).digest())
    hashes = [b64decode(one) for one in proof["proof"]]
    assert is_included(leaf, proof["index"], proof["size"], hashes, read_note(proof["head"]).checkpoint.root)
    for path, status in (
        ("/demo/audit/head?size=999", 404),
        ("/demo/audit/head?size=-1", 400),
        ("/else/audit/head", 404),
        ("/demo/audit/consistency", 400),
        ("/demo/audit/consistency?before=0", 400),
        (f"/demo/audit/consistency?before=1&size={size + 1}", 400),
    ):
        assert (await anybody.get(path)).status == status, path
