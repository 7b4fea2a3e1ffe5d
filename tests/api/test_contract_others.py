"""What NGSI v2 and all that belongs to no area answer is what the OpenAPI document of the node says."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract import keep_the_contract

CASES_MIN = 400


@pytest.mark.external
def test_every_answer_is_a_described_one(tmp_path: Path) -> None:
    keep_the_contract("others", tmp_path, CASES_MIN)
