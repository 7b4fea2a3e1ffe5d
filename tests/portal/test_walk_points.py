"""The pages of city points: no page in any state breaks a rule."""

from __future__ import annotations

import pytest
from walked_town import WalkedTown
from walker import browser_test, walk_part


@pytest.mark.browser
@browser_test
async def test_no_page_in_any_state_breaks_a_rule(walked_town: WalkedTown, part: str) -> None:
    await walk_part(walked_town, part)
