"""How long tests wait for what must come.

It comes at once; the limit only ends a test that would wait for ever. So it is generous, and a busy machine is no fault. Whether something does
*not* come is never a matter of time: a test waits for the part that would have brought it.
"""

from typing import Final

LONG_S: Final = 120.0
LONG_MS: Final = LONG_S * 1000
"""The same for a browser."""
