"""Photos of a posted request: files of the form, and pictures at a `media_url` that the guarded client fetches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from kaiteki.kit.files import PHOTO_BYTES_MAX
from kaiteki.kit.pages import City, Upload
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words
from kaiteki.ports.outgoing import Unreachable

PHOTOS_MAX: Final = 3
"""Photos of one post, files and addresses together."""
FILES_FIELD: Final = "media"
URL_FIELD: Final = "media_url"
PICTURES: Final = "image/jpeg, image/png, image/webp"

_TOO_MANY: Final = Words(
    f"写真は{PHOTOS_MAX}枚までです。",
    f"At most {PHOTOS_MAX} photos.",
    f"写真（しゃしん）は {PHOTOS_MAX}まいまでです。",
)
_UNREACHABLE: Final = Words(
    "この場所の写真を取得できませんでした。10MBまでの写真の、公開されたhttpまたはhttpsのアドレスを指定してください。",
    "No photo could be fetched from there. Give the public http or https address of a photo of at most 10 MB.",
    "写真（しゃしん）を とりに 行（い）けませんでした。みんなが 見（み）られる アドレスを 書（か）いてください。",
)


async def keep_photos(
    city: City,
    fetch: Callable[[str, str, int], Awaitable[bytes]],
    files: Sequence[Upload],
    urls: Sequence[str],
) -> list[dict[str, str]] | Refused:
    """The kept photos as forms name them, by digest; or the first refusal, at `media` or `media_url`."""
    if len(files) + len(urls) > PHOTOS_MAX:
        return Refused("invalid", (Fault(URL_FIELD if urls else FILES_FIELD, "too_many", _TOO_MANY),))
    kept: list[dict[str, str]] = []
    for upload in files:
        digest = await city.keep_photo(upload, FILES_FIELD)
        if isinstance(digest, Refused):
            return digest
        kept.append({"digest": digest})
    for url in urls:
        try:
            content = await fetch(url, PICTURES, PHOTO_BYTES_MAX)
        except Unreachable:
            return Refused("invalid", (Fault(URL_FIELD, "unreachable", _UNREACHABLE),))
        digest = await city.keep_photo(Upload("", "", content), URL_FIELD)
        if isinstance(digest, Refused):
            return digest
        kept.append({"digest": digest})
    return kept
