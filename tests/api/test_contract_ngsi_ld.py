"""What the NGSI-LD binding of a node answers is what the OpenAPI document of the node says."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract import keep_the_contract

CASES_MIN = 2000


@pytest.mark.external
def test_every_answer_is_a_described_one(tmp_path: Path) -> None:
    keep_the_contract("ngsi_ld", tmp_path, CASES_MIN)
