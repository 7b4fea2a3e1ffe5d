"""Finds faces with CenterFace, a small network that lies in the package, run by onnxruntime (the extra `kaiteki[faces]`).

Nothing heavy is imported before the first question: a node that gets no photos pays nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

from kaiteki.ports.faces import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL: Final = Path(__file__).parent / "centerface" / "centerface.onnx"
RUNTIME: Final = "onnxruntime"
SIDES_PX: Final = (1600, 400)
"""The longer side at which a picture is looked at: large for faces far away, small for those that fill the picture."""
SURE_MIN: Final = 0.35
"""How sure the network must be, of 1."""
OVERLAP_MAX: Final = 0.3
"""Two finds that share more of their area than this are the same face."""
FACES_MAX: Final = 500
THREADS: Final = 1
"""Cores that looking for faces may take from the rest of the node."""
_STEP: Final = 4
_MULTIPLE: Final = 32


class CenterFace:
    """Faces of at least 20 of 1600 pixels of the longer side, upright or a little turned; see ports.faces."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: Any = None

    def find(self, rgb: bytes, width_px: int, height_px: int) -> Sequence[Box]:
        """The faces, the surest first. About 1.5 s of one core for a large photo."""
        picture = Image.frombytes("RGB", (width_px, height_px), rgb)
        scales = sorted({min(1.0, side / max(picture.size)) for side in SIDES_PX})
        finds = np.concatenate([self._finds(picture, scale) for scale in scales])
        boxes: list[Box] = []
        kept = np.empty((0, 4))
        for find in finds[np.argsort(-finds[:, 4])]:
            if len(boxes) < FACES_MAX and not (_overlaps(find[:4], kept) > OVERLAP_MAX).any():
                kept = np.vstack([kept, find[:4]])
                left, top, right, bottom = (round(float(edge)) for edge in find[:4])
                box = Box(max(0, left), max(0, top), min(width_px, right), min(height_px, bottom))
                if box.left < box.right and box.top < box.bottom:
                    boxes.append(box)
        return boxes

    def _finds(self, picture: Image.Image, scale: float) -> NDArray[np.float64]:
        """Rows of left, top, right, bottom in pixels of the picture, and how sure; of all cells that are sure enough."""
        width, height = (max(1, round(side * scale)) for side in picture.size)
        small = picture if scale == 1 else picture.resize((width, height), Image.Resampling.BILINEAR)
        padded = np.zeros((1, 3, -height % _MULTIPLE + height, -width % _MULTIPLE + width), np.float32)
        padded[0, :, :height, :width] = np.asarray(small).transpose(2, 0, 1)
        with self._lock:
            self._session = self._session or _open_session()
            heat, sizes, offsets, _ = self._session.run(None, {"input.1": padded})
        rows, columns = np.nonzero(heat[0, 0] > SURE_MIN)
        half = np.exp(sizes[0, :, rows, columns].astype(np.float64)) * _STEP / 2
        centre = np.stack([rows, columns], axis=1) + offsets[0, :, rows, columns].astype(np.float64) + 0.5
        low, high = centre * _STEP - half, centre * _STEP + half
        edges = np.stack([low[:, 1], low[:, 0], high[:, 1], high[:, 0]], axis=1) / scale
        return np.concatenate([edges, heat[0, 0, rows, columns][:, None]], axis=1)


def find_faces() -> CenterFace | None:
    """Who finds faces on this machine; None when the extra is not installed."""
    return CenterFace() if importlib.util.find_spec(RUNTIME) is not None else None


def _open_session() -> Any:
    """The network, ready to be asked. The runtime comes in here, a quarter of a second and 60 MB after the start."""
    runtime: Any = importlib.import_module(RUNTIME)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = THREADS
    options.enable_cpu_mem_arena = False  # what a large photo needed is given back
    options.log_severity_level = 3
    return runtime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])


def _overlaps(one: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of area (intersection over union) of one box with each of others."""
    sides = np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])
    shared = sides.clip(min=0).prod(axis=1)
    areas = (one[2:] - one[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1)
    return shared / (areas - shared)
