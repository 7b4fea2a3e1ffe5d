"""`python -m kaiteki.world`: reads what it is told (a JSON document, one line) from standard input and lives until that closes.

The keys come by standard input, so that no list of processes shows them; and when the node ends, the input closes, so
that the world never outlives it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import msgspec

from kaiteki.world.life import World, live


async def _run(world: World) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    loop.add_reader(sys.stdin.fileno(), _until_closed, stop)
    tally = await live(world, stop)
    print("world: " + ", ".join(f"{what} {count}" for what, count in sorted(tally.items())), file=sys.stderr)


def _until_closed(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()


def main() -> int:
    """Live until told to stop; 2 when what it was told is not a world."""
    told = sys.stdin.buffer.readline()
    try:
        world = msgspec.json.decode(told, type=World)
    except msgspec.DecodeError as error:
        print(f"world: not a world: {error}", file=sys.stderr)
        return 2
    asyncio.run(_run(world))
    return 0


if __name__ == "__main__":
    sys.exit(main())
