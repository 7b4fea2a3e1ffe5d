"""Photos of a form: taken in together, each with the fingerprint by which the same thing is found again."""

from __future__ import annotations

import asyncio

import msgspec

from kaiteki.kit.pages import PageAsk, Upload
from kaiteki.model.decision import Fault, Refused
from kaiteki.services.reports.forms import PhotoForm
from kaiteki.services.reports.looks import look_of
from kaiteki.services.reports.queries import settings_in


async def keep_photos(ask: PageAsk, name: str = "photos") -> tuple[list[dict[str, str]], tuple[Fault, ...]]:
    """Keep the photos of a form; what was kept as PhotoForm values, and what was refused."""
    uploads = [one for one in ask.files.get(name, ()) if one.content][: settings_in(ask).photos_max]
    results = await asyncio.gather(*(keep_photo(ask, upload, name) for upload in uploads))
    kept = [one for one in results if not isinstance(one, Refused)]
    faults = tuple(fault for one in results if isinstance(one, Refused) for fault in one.faults)
    return [msgspec.to_builtins(one) for one in kept], faults


async def keep_photo(ask: PageAsk, upload: Upload, name: str) -> PhotoForm | Refused:
    """Take in one photo; its form value with the fingerprint of what is seen on it."""
    digest, look = await asyncio.gather(
        ask.city.keep_photo(upload, name), asyncio.to_thread(look_of, upload.content)
    )
    return digest if isinstance(digest, Refused) else PhotoForm(digest, "", look)
