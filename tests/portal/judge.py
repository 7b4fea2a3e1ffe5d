"""What is wrong with a page that is open: the rules of WCAG 2.2 A and AA that axe-core sees broken, and whether it fits its window.

A walk over many pages meets the same design again: the same page in another language, the same document in a wider
window. `Judged` remembers what cannot say anything new, and only that is left out:

* Contrast is looked at once for a design (`DESIGN`: every element that is shown with its classes and colours) at a width.
  It is no matter of words. Where a longer word would cover another, axe-core finds no contrast, it says that it cannot
  tell.
* The other rules are looked at once for a form at a width (`likeness.FORM`: the tree without its words). Where a known form has
  small targets in these words, they are measured again; all targets are where other ones cover each other, and what scrolls
  is looked at where something else does.
* The wider window shows the same document. It is looked at whole once for a design; in another language only where it
  shows something that the narrow one hid, and that nobody has looked at yet.

Every state must fit both windows in every language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from likeness import FORM, SMALL, TARGETS
from playwright.async_api import Page

WIDTHS_PX = (390, 1280)
"""A phone, and a desk; in this order: the wider shows what the narrow one hides."""
LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that a design decides."""
SIZE, SCROLLING = "target-size", "scrollable-region-focusable"
"""The rules that the size of words can decide."""
TARGET_PX = 24
"""WCAG 2.2, 2.5.8."""
AXE = next((Path(__file__).parent / "vendor").glob("axe-core@*")) / "axe.min.js"
UNFOLD = "document.querySelectorAll('main details').forEach(one => { one.open = true })"
RUN = """([within, only, without]) => {
  // large letters need no less contrast here than small ones, so that their size does not matter
  axe.configure({checks: [{id: 'color-contrast', options: {contrastRatio: {large: {expected: 4.5}}}}]});
  return axe.run(within, {
    runOnly: only, rules: Object.fromEntries(without.map(rule => [rule, {enabled: false}])),
    resultTypes: ['violations'], preload: false, iframes: false,
  });
}"""
DESIGN = """() => {
  const look = one => {
    const drawn = getComputedStyle(one);
    return [
      one.localName, one.getAttribute('class'), one.getAttribute('style'), drawn.color, drawn.backgroundColor,
      drawn.backgroundImage, drawn.opacity, drawn.textShadow,
    ].join();
  };
  const bare = one => one.localName === 'wbr' || (one.localName === 'span' && one.lang && !one.className);
  const seen = new Map();
  for (const one of document.body.querySelectorAll('*')) {
    if (!bare(one) && one.checkVisibility()) seen.set(one, look(one));
  }
  const text = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const worded = new Set();
  while (text.nextNode()) {
    let one = text.currentNode.parentElement;
    while (bare(one)) one = one.parentElement;
    if (text.currentNode.data.trim()) worded.add(one);
  }
  const said = one => seen.get(one) + (worded.has(one) ? ',words' : '');
  const chosen = one => one.closest('.langs') !== null;
  const all = [...seen.keys()];
  const told = all.filter(one => !chosen(one)).map(said);
  return [...told, ...all.filter(chosen).map(said).sort()].join('\\n');
}"""
"""Every element that is shown, with what decides on its contrast: its classes, its colours, whether it has words of its own.

Marks of a language (where a line may break, a name of another language) draw nothing; the chosen language stands anywhere
in its list.
"""
SHOWN = """() => {
  const seen = [...document.body.querySelectorAll('*')].filter(one => one.checkVisibility({visibilityProperty: true}));
  const before = window.shownBefore ?? new Set();
  window.shownBefore = new Set(seen);
  const fresh = new Set(seen.filter(one => !before.has(one)));
  return [...fresh].filter(one => !fresh.has(one.parentElement)).map(one => one.outerHTML);
}"""
"""What is shown now and was not when this was asked before."""
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@dataclass
class Judged:
    """What was looked at on the way: designs, forms and how targets lie, by width, and what only the wider window shows."""

    met: set[tuple[int, str, str]] = field(default_factory=set[tuple[int, str, str]])
    shown: set[str] = field(default_factory=set[str])

    def meets(self, width: int, kind: str, *what: str) -> bool:
        """Whether something is met for the first time at this width."""
        one = (width, kind, sha256("\n".join(what).encode()).hexdigest())
        new = one not in self.met
        self.met.add(one)
        return new

    def sees(self, shown: list[str]) -> bool:
        """Whether something is shown that was not looked at before."""
        new = not self.shown.issuperset(shown)
        self.shown.update(shown)
        return new


Found = dict[str, list[str]]


async def found_by_axe(
    page: Page, rules: Sequence[str] = (), without: Sequence[str] = (), within: str = "html"
) -> Found:
    """The broken rules with the places that break them: of some rules, or of all but some."""
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": LEVELS}
    result: Any = await page.evaluate(RUN, [within, only, without])
    return {
        rule["id"]: [f"{' '.join(map(str, node['target']))}: {node['html'][:160]}" for node in rule["nodes"]]
        for rule in result["violations"]
    }


async def judge(page: Page, path: str, judged: Judged) -> dict[str, Any]:
    """What is wrong with the page that is open: rules broken, and at which width it is wider than its window.

    All that is folded is opened first; the menu stays shut, because it would hide what lies below it.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    await page.evaluate(UNFOLD)
    wrong: dict[str, Any] = {}
    for width in WIDTHS_PX:
        await page.set_viewport_size({"width": width, "height": 900})
        if found := await _break(page, width, judged):
            wrong[f"{path} {width}"] = found
        if await page.evaluate(TOO_WIDE):
            wrong[f"{path} {width} is wider than the window"] = True
    return wrong


async def _break(page: Page, width: int, judged: Judged) -> Found:
    shown: list[str] = await page.evaluate(SHOWN)
    further = width == WIDTHS_PX[0] or judged.sees(shown)
    fresh = judged.meets(width, "design", await page.evaluate(DESIGN))
    if not (fresh or further):
        return {}
    form = await page.evaluate(FORM)
    tiny, covered, scrolls = await page.evaluate(TARGETS, [SMALL, TARGET_PX])
    placed = judged.meets(width, "targets", form, covered)
    scrolled = judged.meets(width, "scrolling", form, scrolls)
    if judged.meets(width, "form", form):
        return await found_by_axe(page, without=() if fresh else COLOURS)
    rules = [*(COLOURS if fresh else ()), *((SIZE,) if placed else ()), *((SCROLLING,) if scrolled else ())]
    found = await found_by_axe(page, rules) if rules else {}
    if tiny and not placed:
        found |= await found_by_axe(page, (SIZE,), within=f"[{SMALL}]")
    return found
