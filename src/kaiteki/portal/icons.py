"""The pictograms of the pages, drawn for this project: 24 by 24 units, stroked in the colour of the text around them."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

SHAPES: Final[dict[str, str]] = {
    "pin": '<path d="M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21Z"/><circle cx="12" cy="9.5" r="2.6"/>',
    "people": '<circle cx="9" cy="8" r="3"/><path d="M3.5 19.5c0-3.6 2.3-6 5.500-6s5.500 2.400 5.500 6"/>'
    '<path d="M15.500 5.300a3 3 0 0 1 0 5.400M17.500 14.200c2 .9 3 2.800 3 5.300"/>',
    "person": '<circle cx="12" cy="8" r="3.500"/><path d="M5 20.500c0-4 3-6.500 7-6.500s7 2.500 7 6.500"/>',
    "shield": '<path d="M12 3 4.500 6v5.500c0 4.600 3.200 8 7.500 9.500 4.300-1.500 7.500-4.900 7.500-9.500V6Z"/>'
    '<path d="m8.500 12 2.500 2.500 4.500-5"/>',
    "form": '<rect x="5" y="3" width="14" height="18" rx="2"/><path d="M8.500 8h7M8.500 12h7M8.500 16h4"/>',
    "map": '<path d="M3 6.500 9 4l6 2.500L21 4v13.500L15 20l-6-2.500L3 20Z"/><path d="M9 4v13.500M15 6.500V20"/>',
    "heart": '<path d="M12 20S4 15.200 4 9.300A4.300 4.300 0 0 1 12 7a4.300 4.300 0 0 1 8 2.300C20 15.200 12 20 12 20Z"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 2.500v2.500M12 19v2.500M2.500 12H5M19 12h2.500M5.300 5.300l1.800 1.800'
    'M16.900 16.900l1.800 1.800M18.700 5.300l-1.800 1.800M7.100 16.900l-1.800 1.800"/>',
    "rain": '<path d="M7 14.500a4 4 0 0 1 .5-8 5 5 0 0 1 9.500 1.500 3.300 3.300 0 0 1 .5 6.500Z"/>'
    '<path d="M8.500 17.500 7.500 20M12.500 17.500l-1 2.500M16.500 17.500l-1 2.500"/>',
    "heat": '<path d="M10 14.500V5a2 2 0 1 1 4 0v9.500a4 4 0 1 1-4 0Z"/><path d="M12 9v8"/>',
    "bus": '<rect x="4.500" y="4" width="15" height="13" rx="2"/><path d="M4.500 11.500h15M8 17v2.500M16 17v2.500"/>'
    '<circle cx="8" cy="14.300" r=".6"/><circle cx="16" cy="14.300" r=".6"/>',
    "bolt": '<path d="M13 3 5.500 13.500H11L10 21l7.500-10.500H12Z"/>',
    "search": '<circle cx="10.500" cy="10.500" r="6"/><path d="m15.200 15.200 5.300 5.300"/>',
    "list": '<path d="M9 6.500h11M9 12h11M9 17.500h11"/><path d="M4.500 6.500h.01M4.500 12h.01M4.500 17.500h.01"/>',
    "camera": '<path d="M4 8h3.500L9 5.500h6L16.500 8H20a1 1 0 0 1 1 1v9.500a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Z"/>'
    '<circle cx="12" cy="13.300" r="3.500"/>',
    "mail": '<rect x="3" y="5.500" width="18" height="13.500" rx="2"/><path d="m3.500 7 8.500 6.500L20.500 7"/>',
    "bell": '<path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15Z"/><path d="M10 20.500a2.200 2.200 0 0 0 4 0"/>',
    "clock": '<circle cx="12" cy="12" r="8.500"/><path d="M12 7v5.300l3.500 2"/>',
    "check": '<path d="m4.500 12.500 5 5 10-11"/>',
    "alert": '<path d="M12 4 2.500 20h19Z"/><path d="M12 10v5M12 17.500h.01"/>',
    "info": '<circle cx="12" cy="12" r="8.500"/><path d="M12 11v5.500M12 7.700h.01"/>',
    "here": '<circle cx="12" cy="12" r="4"/><path d="M12 2.500V6M12 18v3.500M2.500 12H6M18 12h3.500"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "back": '<path d="M14.500 5 8 12l6.500 7"/>',
    "next": '<path d="m9.500 5 6.500 7-6.500 7"/>',
    "down": '<path d="M12 4v11.500M6.500 11l5.500 5.500 5.500-5.500M5 20h14"/>',
    "building": '<path d="M5 21V5l8-2v18M13 9h6v12M3 21h18"/><path d="M8 8.500h2M8 12.500h2M8 16.500h2M15.500 13h1M15.500 17h1"/>',
    "book": '<path d="M12 6.500C10 5 7 4.500 3.500 5v13.500c3.500-.5 6.500 0 8.500 1.500 2-1.500 5-2 8.500-1.500V5C17 4.500 14 5 12 6.500Z"/>'
    '<path d="M12 6.500V20"/>',
    "briefcase": '<rect x="3" y="7.500" width="18" height="12" rx="2"/><path d="M9 7.500V5h6v2.500M3 12.500h18"/>',
    "home": '<path d="M4 11 12 4l8 7"/><path d="M6 9.500V20h12V9.500M10 20v-5.500h4V20"/>',
    "data": '<ellipse cx="12" cy="6" rx="7.500" ry="3"/><path d="M4.500 6v12c0 1.700 3.400 3 7.500 3s7.500-1.300 7.500-3V6'
    'M4.500 12c0 1.700 3.400 3 7.500 3s7.500-1.300 7.500-3"/>',
    "key": '<circle cx="8" cy="15.500" r="4"/><path d="m11 12.500 8.500-8.500M16 7.500l3 3"/>',
    "tool": '<path d="M14.500 6.500a4 4 0 0 1 5-1.500l-2.800 2.800 1.500 1.500L21 6.500a4 4 0 0 1-5.500 5L8 19a2 2 0 0 1-3-3l7.500-7.500"/>',
    "hands": '<path d="M3.500 12.500 8 8l4 2.500 4.500-2.500 4 4.500"/><path d="m6 14.500 4 4a2 2 0 0 0 3 0l5-5.500M12 10.500l-2.500 3"/>',
    "chart": '<path d="M4 4v16h16"/><path d="M8 16v-4M12.500 16V8M17 16v-6"/>',
    "print": '<path d="M7 9V4h10v5M7 17H4.500v-8h15v8H17"/><rect x="7" y="14" width="10" height="6.500"/>',
    "line": '<path d="m5 19 5-9 5 5 4.500-9.500"/><circle cx="5" cy="19" r="1.600"/><circle cx="19.500" cy="5" r="1.600"/>',
    "area": '<path d="m4.500 8 8-4 7 6-3.500 9.500-9.500-1Z"/>',
    "share": '<circle cx="6" cy="12" r="2.500"/><circle cx="17.500" cy="6" r="2.500"/><circle cx="17.500" cy="18" r="2.500"/><path d="m8.300 10.800 7-3.600M8.300 13.200l7 3.600"/>',
    "leave": '<path d="M14 4.500H6v15h8M10.500 12H21M17.500 8.500 21 12l-3.500 3.500"/>',
    "bin": '<path d="M4.500 7h15M9.500 7V4h5v3M6.500 7l1 13h9l1-13M10.500 11v5.500M13.500 11v5.500"/>',
}
"""The drawing of each icon by its name."""


def icon(name: str, size_px: int = 24) -> Markup:
    """An icon beside a word; hidden from screen readers, because the word says it. An unknown name draws nothing."""
    shape = SHAPES.get(name, "")
    return Markup(
        f'<svg class="icon" width="{size_px}" height="{size_px}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        f"{shape}</svg>"
    )
