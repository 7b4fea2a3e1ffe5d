"""What a photo tells by itself: a fingerprint of what is seen on it (a DCT hash of 64 bits), and where it was taken."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import ExifTags, Image, ImageOps

from kaiteki.kit.files import PHOTO_PIXELS_MAX

if TYPE_CHECKING:
    import numpy.typing as npt

SIDE: Final = 32
KEPT: Final = 8


def look_of(content: bytes) -> str:
    """16 hex digits for a picture; empty when it cannot be read or is larger than photos may be. The low frequencies above or below their median."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > PHOTO_PIXELS_MAX:
                return ""
            opened.draft("L", (SIDE * 4, SIDE * 4))
            upright = ImageOps.exif_transpose(opened)
            small = upright.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    light = np.asarray(small, dtype=np.float64)
    waves = _cosines()
    low = (waves @ light @ waves.T)[:KEPT, :KEPT].ravel()
    bits = low > np.median(low[1:])
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def _cosines() -> npt.NDArray[np.float64]:
    """The matrix of the discrete cosine transform (type II) of length SIDE."""
    steps = np.arange(SIDE)
    return np.cos(np.pi / SIDE * np.outer(steps, steps + 0.5))


def place_of(content: bytes) -> tuple[float, float] | None:
    """Longitude and latitude that the camera wrote into a photo (Exif 2.32, GPS), to four digits, so to about 10 m."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
            told = opened.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        latitude = _degrees(told[ExifTags.GPS.GPSLatitude], told.get(ExifTags.GPS.GPSLatitudeRef) == "S")
        longitude = _degrees(told[ExifTags.GPS.GPSLongitude], told.get(ExifTags.GPS.GPSLongitudeRef) == "W")
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, ZeroDivisionError):
        return None
    inside = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (longitude, latitude) if inside else None


def _degrees(parts: Sequence[Any], negative: bool) -> float:
    """Degrees, minutes and seconds as one number."""
    whole = sum(float(part) / 60**power for power, part in enumerate(parts[:3]))
    return round(-whole if negative else whole, 4)
