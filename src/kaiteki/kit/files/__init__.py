"""Photos: checked at once, then developed by themselves: written anew without metadata, faces hidden, kept, published."""

from kaiteki.kit.files.photo import PHOTOS, Photo, photo_id
from kaiteki.kit.files.picture import (
    PHOTO_BYTES_MAX,
    PHOTO_PIXELS_MAX,
    PHOTO_SIDE_MAX_PX,
    THUMBNAIL_SIDE_MAX_PX,
    Prepared,
    check,
    prepare,
)
from kaiteki.kit.files.refusals import REFUSALS

__all__ = [
    "PHOTOS",
    "PHOTO_BYTES_MAX",
    "PHOTO_PIXELS_MAX",
    "PHOTO_SIDE_MAX_PX",
    "REFUSALS",
    "THUMBNAIL_SIDE_MAX_PX",
    "Photo",
    "Prepared",
    "check",
    "photo_id",
    "prepare",
]
