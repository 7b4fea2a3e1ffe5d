"""Ways through pages that no address opens: forms that are refused, the steps of a report, the desk at work, what waits offline."""

from __future__ import annotations

import time
from base64 import b32decode
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from playwright.async_api import Page, Response
from walked_town import CLERK, LIGHTS_AT, WalkedTown

from kaiteki.kit.identity.codes import STEP_S, code_at
from kaiteki.model.words import LANGUAGES

NEXT = "main form.stack > button[type=submit]"
HELD_UP, HELD_UP_MS, HELD_UP_TIMES_MAX = 429, 5_000, 30
"""What is answered to who sends too much within a minute, and how often it is tried again."""
UNCHECKED = "document.querySelectorAll('form').forEach(form => { form.noValidate = true })"


class Walker(Protocol):
    """Somebody with a browser in one language, who judges each page where a drive stops."""

    page: Page
    town: WalkedTown
    language: str

    async def judge(self, what: str = "") -> None:
        """Look for what is wrong with the page that is open."""
        ...

    def fresh(self) -> Any:
        """A walker of the same language with a browser of its own, as an async context."""
        ...


Way = Callable[[Walker], Awaitable[None]]


class Drive(NamedTuple):
    """A way through pages, and who goes it."""

    way: Way
    login: str = ""


def is_document(response: Response) -> bool:
    """Whether a response is what a window shows next, and does not send it elsewhere."""
    return response.request.is_navigation_request() and not 300 <= response.status < 400


async def press(page: Page, button: str, to: str = "**", refused: bool = False) -> None:
    """Press a button that sends a form, and wait for the page `to`; a form that is refused comes back with its faults.

    What one browser or address may send in a minute is limited, and a quick machine sends more: who is held up waits
    and sends the same again.
    """
    if refused:
        await page.evaluate(UNCHECKED)
    # a script of the page may give it another address meanwhile, which is a navigation too, but brings no other document
    await page.evaluate("window.isBefore = true")
    async with page.expect_response(is_document) as told:
        await page.locator(button).last.click()
    shown: Response | None = await told.value
    await page.wait_for_function("!window.isBefore")
    for _ in range(HELD_UP_TIMES_MAX):
        if shown is None or shown.status != HELD_UP:
            break
        await page.wait_for_timeout(HELD_UP_MS)
        shown = await page.reload()
    await page.wait_for_url(to)
    status, faults = (422, 1) if refused else (200, 0)
    assert (shown and shown.status, await page.locator("#errors").count()) == (status, faults), page.url


async def report(walker: Walker) -> None:
    """Tell of a street light: every step, refused once where it can be, past the choice of the light and what is known."""
    page = walker.page
    latitude, longitude = LIGHTS_AT[LANGUAGES.index(walker.language)]
    await page.goto("/demo/reports/new")
    await walker.judge()
    await press(page, NEXT, refused=True)
    await walker.judge("refused")
    await page.locator("input[name=category][value=light]").check(force=True)
    await press(page, NEXT, "**/new/place")
    await walker.judge()
    await press(page, NEXT, refused=True)
    await walker.judge("refused")
    await page.fill("input[name=place_address]", "見本市丘区 6丁目")
    await page.locator("details.place-numbers").evaluate("one => { one.open = true }")
    await page.fill("input[name=place_lat]", str(latitude))
    await page.fill("input[name=place_lon]", str(longitude))
    await press(page, NEXT, "**/new/asset")
    await walker.judge()
    await page.fill("input[name=number]", "L-99")
    await press(page, NEXT, refused=True)
    await walker.judge("refused")
    await page.fill("input[name=number]", "")
    await page.locator("input[name=asset]").first.check(force=True)
    await press(page, NEXT, "**/new/known")
    await walker.judge()
    await page.locator("a[href*='known?see=']").first.click()
    await page.wait_for_url("**/known?see=*")
    await walker.judge("closely")
    await page.goto("/demo/reports/new/known")
    await press(page, "button[name=other]", "**/new/photo")
    await walker.judge()
    await press(page, NEXT, refused=True)
    await walker.judge("refused")
    await page.set_input_files("input[name=photos]", walker.town.photo)
    await page.fill("textarea[name=description]", "夜は真っ暗です。")
    await press(page, NEXT, "**/new/check")
    await walker.judge()
    await press(page, "main form[data-sent] button", "**/reports/done/*")
    await walker.judge()
    await page.goto("/demo/reports/" + page.url.rsplit("/", 1)[-1].partition("?")[0])
    await walker.judge("own")
    await page.goto("/demo/my/reports")
    await walker.judge("own")


async def desk(walker: Walker) -> None:
    """Assign several and take it back, look at a correction before it is kept, forget a date."""
    page, known = walker.page, walker.town.known
    mine = known[f"waiting{LANGUAGES.index(walker.language)}"]
    await page.goto("/demo/reports/desk?queue=new")
    await page.locator(f"[data-desk-rows] input[name=number][value='{mine}']").check(force=True)
    await press(page, "button[value=assign_many]")
    await walker.judge("assigned")
    await press(page, "button[value=take_back_many]")
    await page.goto(f"/demo/reports/desk?queue=open&open={known['checking']}")
    await page.locator("#act-correct").evaluate("one => { one.open = true }")
    await press(page, "button[value=preview]")
    await walker.judge("preview")
    await page.goto(f"/demo/reports/desk?queue=open&open={known['office']}")
    await page.locator("#act-plan").evaluate("one => { one.open = true }")
    await press(page, "button[value=plan]", refused=True)
    await walker.judge("refused")


async def theme(walker: Walker) -> None:
    """A theme without a title, one that ends before it begins."""
    await walker.page.goto("/demo/reports/desk/themes")
    await press(walker.page, "button[value=keep]", refused=True)
    await walker.judge("refused")


async def command(walker: Walker) -> None:
    """A command of the back office without what it needs."""
    await walker.page.goto("/demo/desk/reports/do/open_theme")
    await press(walker.page, "main form button[type=submit]", refused=True)
    await walker.judge("refused")


async def sign_in(walker: Walker) -> None:
    """A password that is wrong."""
    await walker.page.goto("/demo/sign-in")
    await walker.page.fill("input[name=login]", "somebody")
    await walker.page.fill("input[name=password]", "wrong")
    await press(walker.page, NEXT, refused=True)
    await walker.judge("refused")


async def register(walker: Walker) -> None:
    """An account with a password that is too short."""
    await walker.page.goto("/demo/register")
    for name, value in {"name": "葵", "login": "aoi", "password": "short"}.items():
        await walker.page.fill(f"input[name={name}]", value)
    await press(walker.page, NEXT, refused=True)
    await walker.judge("refused")
    # at the name of this machine, where browsers allow passkeys
    named = walker.town.node.url.replace("127.0.0.1", "localhost")
    for path in ("register", "sign-in"):
        await walker.page.goto(f"{named}/demo/{path}")
        await walker.page.locator("form[data-passkey]").wait_for()
        await walker.judge("passkey")


async def recovery(walker: Walker) -> None:
    """A code of the counter that is none."""
    await walker.page.goto("/demo/recover")
    await walker.page.fill("#code", "0000-0000-0000")
    await press(walker.page, NEXT, refused=True)
    await walker.judge("refused")


async def app_code(walker: Walker) -> None:
    """Switch codes on, with one that is wrong and a right one; sign in with a code on paper."""
    async with walker.fresh() as other:
        await codes_of(other, f"coded-{walker.language}")


async def codes_of(walker: Walker, login: str) -> None:
    """The same for an account of this browser, which nobody else walks with."""
    page = walker.page
    await page.goto("/demo/register")
    for name, value in {"name": "葵", "login": login, "password": "correct horse battery"}.items():
        await page.fill(f"input[name={name}]", value)
    await press(page, NEXT)
    await page.goto("/demo/my/app-code")
    secret = b32decode((await page.inner_text("b.num")).replace(" ", ""))
    await page.fill("#code", "12")
    await press(page, NEXT, refused=True)
    await walker.judge("refused")
    await page.fill("#code", code_at(secret, int(time.time()) // STEP_S))
    await press(page, NEXT)
    await walker.judge("paper")
    paper = await page.locator(".paper-codes code").first.inner_text()
    await page.goto("/demo/my/app-code")
    await walker.judge("on")
    await page.goto("/demo/my")
    await press(page, "form[action='/demo/sign-out'] button")
    await page.goto("/demo/sign-in")
    await page.fill("#login", login)
    await page.fill("#password", "correct horse battery")
    await press(page, NEXT)
    await walker.judge("code")
    await page.fill("#code", paper)
    await press(page, NEXT, to="**/demo/my")


async def password(walker: Walker) -> None:
    """A new password that is too short, and one that is typed in two ways."""
    fields = {"old": "wrong", "password": "too short", "again": "too short"}
    for again in ("too short", "another"):
        await walker.page.goto("/demo/my/password")
        for name, value in {**fields, "again": again}.items():
            await walker.page.fill(f"input[name={name}]", value)
        await press(walker.page, NEXT, refused=True)
    await walker.judge("refused")


async def outbox(walker: Walker) -> None:
    """Write without a network: what waits on the device stands above the form."""
    async with walker.fresh() as other:
        page = other.page
        await page.goto("/demo/reports/new/offline")
        await other.judge()
        await page.context.set_offline(True)
        await page.select_option("#category", "road")
        await page.fill("#place_address", "見本市港区 7丁目")
        await page.fill("#description", "側溝のふたが外れています。")
        await page.locator("kaiteki-outbox form > button[type=submit]").click()
        await page.locator("[data-list] .tag").wait_for()
        await other.judge("waiting")


async def menu(walker: Walker) -> None:
    """The menu of a phone, open over the page."""
    await walker.page.set_viewport_size({"width": 390, "height": 900})
    await walker.page.goto("/demo/services")
    await walker.page.locator("details.menu").evaluate("one => { one.open = true }")
    await walker.judge("menu")


async def data_request(walker: Walker) -> None:
    """Decide on a consent; ask for one's data, without words first; decide on it at the desk, without a reason first."""
    page = walker.page
    await page.goto("/demo/my/consents/reports.forward?next=my/reports/handed")
    await page.locator("input[name=items]").first.check(force=True)
    await press(page, "button[value=give]", "**/my/reports/handed*")
    await walker.judge("agreed")
    await page.goto("/demo/my/consents/reports.forward/receipt")
    await walker.judge("receipt")
    await page.goto("/demo/my/data")
    await walker.judge("agreed")
    await page.goto("/demo/my/requests")
    await press(page, NEXT, refused=True)
    await walker.judge("refused")
    await page.locator("input[name=kind]").first.check(force=True)
    await page.fill("textarea[name=what]", "11月に送った知らせの連絡先")
    await page.fill("input[name=address]", "見本市港区 1丁目")
    await press(page, NEXT, "**/my/requests/D-*")
    await walker.judge()
    number = page.url.rsplit("/", 1)[-1].partition("?")[0]
    await page.goto(f"/demo/trust/desk?open={number}")
    await press(page, "button[value=confirm]", refused=True)
    await walker.judge("refused")
    for step in ("confirm", "grant"):
        await page.fill("textarea[name=why]", "運転免許証を確認しました。")
        await press(page, f"button[value={step}]", "**/trust/desk?open=*")
        await walker.judge(step)
    for path in (f"/demo/my/requests/{number}/decision", f"/demo/trust/desk/{number}/decision"):
        await page.goto(path)
        await walker.judge()
    await page.goto(f"/demo/my/requests/{number}")
    await walker.judge("decided")


async def paper(walker: Walker) -> None:
    """Write down a consent on paper: a number that is nobody's, a form without what must be there, and the receipt."""
    page = walker.page
    await page.goto("/demo/my/data")
    number = await page.locator(".pick-all").last.inner_text()
    await page.goto("/demo/trust/paper")
    await page.fill("#holder", "pair-0")
    await page.select_option("#purpose", "reports.forward")
    await press(page, "button[value=look]", refused=True)
    await walker.judge("refused")
    await page.fill("#holder", number)
    await press(page, "button[value=look]")
    await walker.judge("asked")
    await press(page, "button[value=record]", refused=True)
    await walker.judge("refused")
    for name in ("decision", "items", "how", "seen"):
        await page.locator(f"input[name={name}]").first.check(force=True)
    await page.fill("#signed_on", "2026-01-05")
    await page.fill("#paper", "総務課 1")
    await press(page, "button[value=record]")
    await walker.judge("receipt")


PEOPLE = "区,回答\n" + "港区,はい\n" * 9 + "丘区,いいえ\n" * 7 + "丘区,はい\n" * 2 + "港区,いいえ\n" * 6


async def release(walker: Walker) -> None:
    """Decide on a budget, without a reason first; release a table with noise and one with hidden numbers; take it back."""
    page, period = walker.page, f"2026 {walker.language}"
    await page.goto("/demo/opendata/budgets")
    await press(page, "main form.stack > button[type=submit]", refused=True)
    await walker.judge("refused")
    given = {
        "data_set": "アンケート",
        "period": period,
        "epsilon": "2",
        "decided_by": "審査会",
        "why": "毎年",
    }
    for name, value in given.items():
        await page.fill(f"input[name={name}]", value)
    await press(page, "main form.stack > button[type=submit]")
    await page.goto("/demo/opendata/release")
    await press(page, "button[value=look]", refused=True)
    await walker.judge("refused")
    table = {"name": "a.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()}
    way = dict(zip(LANGUAGES, ("noise", "round", "suppress"), strict=True))[walker.language]
    await page.set_input_files("input[name=file]", [table])
    await page.fill("input[name=title]", f"アンケートの回答 {period}")
    await page.select_option("select[name=data_class]", "people")
    await page.locator(f"input[name=mechanism][value={way}]").check(force=True)
    await press(page, "button[value=look]")
    await page.select_option("select[name=down]", "区")
    await page.select_option("select[name=across]", "回答")
    await press(page, "button[value=look]")
    if way == "noise":
        await page.select_option("select[name=budget]", index=1)
        await page.fill("input[name=epsilon]", "0.5")
        await press(page, "button[value=look]")
    await walker.judge(way)
    await press(page, "button[value=release]", "**/opendata/release/urn*")
    await walker.judge(way)
    address = page.url.rsplit("/", 1)[-1].partition("?")[0]
    await page.goto(f"/demo/statistics/{address}")
    await walker.judge(way)
    await page.goto("/demo/opendata/budgets")
    await walker.judge("decided")
    await page.goto(f"/demo/opendata/release/{address}")
    await page.fill("input[name=why]", "数え間違い")
    await press(page, "button[value=withdraw]")
    await walker.judge("withdrawn")


async def erase(walker: Walker) -> None:
    """Everything of a browser, with a word that is not the one that was asked for."""
    async with walker.fresh() as other:
        await other.page.goto("/demo/my/erase")
        await other.page.fill("input[name=typed]", "no")
        await press(other.page, "main form.stack > button[type=submit]", refused=True)
        await other.judge("refused")


REPORT = Drive(report)
DATA_REQUEST = Drive(data_request, CLERK)
PAPER = Drive(paper, CLERK)
DESK = Drive(desk, CLERK)
RELEASE = Drive(release, CLERK)
THEME = Drive(theme, CLERK)
COMMAND = Drive(command, CLERK)
SIGN_IN = Drive(sign_in)
PASSWORD = Drive(password, CLERK)
REGISTER = Drive(register)
ERASE = Drive(erase)
OUTBOX = Drive(outbox)
MENU = Drive(menu)
RECOVERY = Drive(recovery)
APP_CODE = Drive(app_code)
