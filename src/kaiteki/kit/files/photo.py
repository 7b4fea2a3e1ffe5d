"""What is known of a photo: where it is on its way, which files show it, how many faces were hidden in it."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from kaiteki.kit.manifest import EntityType
from kaiteki.model.access import ADMIN
from kaiteki.model.words import Words

WAITING: Final = "waiting"
READY: Final = "ready"
REFUSED: Final = "refused"
SENDERS_MAX: Final = 8
"""Senders of the same file that are remembered; the one that sent it first is forgotten first."""


class Photo(msgspec.Struct, frozen=True):
    """A photo by the digest of the file that was sent; that digest is its address for good.

    `state` is waiting, ready or refused. `picture` and `thumbnail` are the digests of the files that show it once it is ready, its
    sides in pixels. `faces` were found and hidden; None when nobody looked for them. `tries` counts the starts at which it still waited.
    `senders` are marks of those who sent the file (`sender_mark`): they see it before anything names it.
    """

    id: str
    digest: str
    state: str = WAITING
    picture: str = ""
    thumbnail: str = ""
    width_px: int = 0
    height_px: int = 0
    faces: int | None = None
    tries: int = 0
    senders: tuple[str, ...] = ()

    def sent_by(self, mark: str) -> Photo:
        """The photo with one more sender."""
        others = tuple(one for one in self.senders if one != mark)
        return msgspec.structs.replace(self, senders=(*others, mark)[-SENDERS_MAX:]) if mark else self


PHOTOS: Final = EntityType(
    name="Photo",
    view=Photo,
    words=Words("写真", "Photos", "しゃしん"),
    title="digest",
    columns=("state", "width_px", "height_px", "faces"),
    labels={
        "digest": Words("受け取った写真", "Photo as sent", "もらった しゃしん"),
        "state": Words("状態", "State", "いま"),
        "picture": Words("公開用の写真", "Picture", "見（み）せる しゃしん"),
        "thumbnail": Words("縮小画像", "Thumbnail", "小（ちい）さい しゃしん"),
        "width_px": Words("幅", "Width", "よこ"),
        "height_px": Words("高さ", "Height", "たて"),
        "faces": Words("ぼかした顔の数", "Faces hidden", "かくした かおの かず"),
        "tries": Words("準備のやり直し", "Tries", "やりなおし"),
        "senders": Words("送り主の印", "Marks of senders", "おくった 人の しるし"),
    },
    # Who sees a picture follows from what names it (kit.city); a list of all would also show what the desk keeps back.
    roles=(ADMIN,),
)


def photo_id(digest: str) -> str:
    """The id of the entity that describes a photo."""
    return f"urn:ngsi-ld:Photo:{digest}"


def sender_mark(owner: str, digest: str) -> str:
    """By what a photo knows its sender again: other for each photo, so that nobody reads off who sent what. Empty for nobody."""
    return hashlib.sha256(f"{digest} {owner}".encode()).hexdigest()[:32] if owner else ""
