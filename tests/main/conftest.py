"""Commands that tests of this folder run in their own process judge what tests made, not how busy the disk of this machine is."""

import pytest

from kaiteki.main import upkeep
from kaiteki.main.slowness import SYNC_MAX_MS


@pytest.fixture(autouse=True)
def _disk_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk as quick as the doctor lets pass; what it says of others is tested in `test_slowness`."""
    monkeypatch.setattr(upkeep, "sync_ms", lambda folder: SYNC_MAX_MS)
