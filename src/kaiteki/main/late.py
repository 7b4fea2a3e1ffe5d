"""Modules that are read when something of them is first used, so that a node answers before it has read everything.

Everywhere imports stand at the top and look like any other; only here is it said which of them wait. Whoever uses one of them
first pays for it, unless `catch_up` was there before, which a node calls when it has begun to answer. (The LazyLoader of the
standard library reads a module as soon as a second module imports it; this one does not.)
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import Any, Final

LATE: Final = frozenset(
    {
        *(
            "aiohttp",
            "aiomqtt",
            "cedarpy",
            "numpy",
            "openpyxl",
            "pyoxigraph",
            "pyproj",
            "rapidfuzz",
            "segno",
            "shapefile",
            "shapely",
            "structlog",
        ),
        *("PIL.Image", "PIL.ImageCms", "PIL.ImageDraw", "PIL.ImageFile", "PIL.ImageFilter", "PIL.ImageOps"),
        *("PIL.ImageChops", "PIL.ImageFont"),
        *("reportlab.pdfbase.pdfmetrics", "reportlab.pdfbase.ttfonts", "reportlab.pdfgen.canvas"),
        *(
            "PIL.ExifTags",
            "PIL.JpegImagePlugin",
            "kaiteki.main.copies.marks",
            "kaiteki.main.outside",
            "kaiteki.main.questions",
            "kaiteki.broker.ciphering",
            "kaiteki.kit.identity.ceremony",
            "kaiteki.kit.identity.vault",
            "kaiteki.kit.channels.push",
            "kaiteki.kit.providers.envelope",
        ),
        *("joserfc.jwk", "joserfc.jws", "joserfc.jwt"),
    }
)
"""Geometry, tables of numbers, workbooks, pictures, asking other servers, signed tokens, the log, the simulated world: what neither a look
at an entity nor most writes need."""
RARE: Final = frozenset(
    {
        *("aiomqtt", "openpyxl", "pyoxigraph", "pyproj", "rapidfuzz", "segno", "shapefile"),
        *("kaiteki.kit.channels.push", "kaiteki.kit.identity.ceremony", "kaiteki.main.outside"),
        *(name for name in LATE if name.startswith(("PIL.", "joserfc.", "reportlab."))),
    }
)
"""What few requests need is not read beforehand: workbooks, the catalogues of others, printed sheets, pictures, passkeys, signed tokens,
brokers of devices, the simulated world, distances on the ellipsoid. Who asks for it first waits 5 to 140 ms; to have it all at hand took
34 MB of every node."""
BEFORE: Final = {"shapely": ("numpy",)}
"""What is read before a module: its compiled part asks for parts of the other, and these cannot be read before the whole of it."""
WITHOUT: Final = {"structlog": frozenset({"rich", "greenlet"})}
"""What a module would read if it were there, and does without where it is not: tracebacks in colours, which are told as text here before
they are masked, and threads of another kind. Only while that module is read, for the thread that reads it."""
PAUSE_S: Final = 0.02
"""What requests have to themselves between two modules."""
_OF_THE_IMPORT: Final = frozenset(
    f"__{name}__" for name in ("spec", "path", "name", "loader", "package", "class", "file", "cached")
)
"""Attributes that the import itself looks at; they do not have a module read."""
_lock: Final = RLock()
_begun: Final[set[str]] = set()
_then: Final[dict[str, Callable[[], None]]] = {}
_hidden: Final[ContextVar[frozenset[str]]] = ContextVar("hidden", default=frozenset())


def _nothing() -> None:
    """What most modules need when they have been read."""


class WaitingModule(ModuleType):
    """A module that is found but not read; any look into it has it read, by one thread while others wait."""

    def __getattribute__(self, name: str) -> Any:
        if name not in _OF_THE_IMPORT:
            _read(self)
        return ModuleType.__getattribute__(self, name)


def _read(module: ModuleType) -> None:
    name = module.__name__
    with _lock:
        if module.__class__ is not WaitingModule or name in _begun or module.__spec__ is None:
            return
        _begun.add(name)
        try:
            for other in BEFORE.get(name, ()):
                _read(import_module(other))
            loader = module.__spec__.loader
            if loader is not None:
                hiding = _hidden.set(WITHOUT.get(name, frozenset()))
                try:
                    loader.exec_module(module)
                finally:
                    _hidden.reset(hiding)
            module.__class__ = ModuleType
            _then.pop(name, _nothing)()
        finally:
            _begun.discard(name)


class LateLoader(Loader):
    """Makes a module that waits; what reads it is the loader that was found for it."""

    def __init__(self, reading: Loader) -> None:
        self._reading = reading

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A module without content."""
        return WaitingModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave the reading for later."""
        module.__loader__ = self._reading
        if module.__spec__ is not None:
            module.__spec__.loader = self._reading


class LateFinder(MetaPathFinder):
    """Finds the modules of LATE and lets them wait."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as it would be found anyway, but read at its first use; None for all others. Raises ModuleNotFoundError for what is hidden."""
        if fullname in _hidden.get():
            raise ModuleNotFoundError(f"{fullname} is not needed here", name=fullname)
        found = PathFinder.find_spec(fullname, path, target) if fullname in LATE else None
        if found is not None and found.loader is not None:
            found.loader = LateLoader(found.loader)
        return found


def let_wait() -> None:
    """Let the modules of LATE wait from now on in this process; those that are read already stay as they are."""
    if not any(isinstance(finder, LateFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, LateFinder())


def once_read(name: str, do: Callable[[], None]) -> None:
    """Do something as soon as a module of LATE has been read: at once when it does not wait."""
    if sys.modules[name].__class__ is WaitingModule:
        _then[name] = do
    else:
        do()


async def catch_up() -> None:
    """Read what waits, one module after another, with pauses for requests."""
    for name in sorted((LATE - RARE) & sys.modules.keys()):
        await asyncio.sleep(PAUSE_S)
        _read(sys.modules[name])
