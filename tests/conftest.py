"""What every test may use, and the rule about skips: they are named at the end, and in CI each is a failure."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ("node_under_test", "postgres_server", "real_town", "soft_token")
ROOT = Path(__file__).parents[1]
BY_DESIGN = "by design:"
"""A skip whose reason begins so is meant on this platform, and no failure in CI."""

# Laws are about values, not about how busy the machine is; in CI the same examples are tried each time.
settings.register_profile("anywhere", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("anywhere"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "anywhere")


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; whoever needs it skips by name where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data beside the project (../shared/data) is absent")
    return folder


LONGEST = (
    "api/test_contract_ngsi_ld.py",
    "api/test_contract_areas.py",
    "portal/test_walk_reports.py",
    "portal/test_walk_own.py",
    "portal/test_walk_opendata.py",
    "portal/test_walk_portal.py",
    "portal/test_walk_maps.py",
    "portal/test_walk_trust.py",
    "portal/test_axe.py",
    "main/test_every_way_out.py",
    "main/test_every_face.py",
    "main/test_every_register.py",
    "main/test_erased_in_database.py",
    "api/test_contract_others.py",
)
"""The files that take longest, the longest first."""


SEARCHED_AT = (20_000, 10, 10)
"""After how many new objects garbage is looked for; Python's own 700 spend a seventh of the time of most tests on it."""


def pytest_collection_finish() -> None:
    """Leave what was collected, with all that it imports, out of every further search for garbage: it stays anyway."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SEARCHED_AT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the real data, and put the longest files and those of the browser first.

    A file is run whole by one worker; a long one that comes last would leave the other worker without work.
    """
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.shared)
    long = {item.path for item in items if item.get_closest_marker("browser")}
    longest = {ROOT / "tests" / name: turn for turn, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (longest.get(item.path, len(LONGEST)), item.path not in long))


def _reason(report: Any) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _skips(config: pytest.Config) -> list[tuple[str, str]]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return []
    return sorted({(report.nodeid, _reason(report)) for report in reporter.stats.get("skipped", [])})


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skip that is not by design turns a green run red."""
    refused = [row for row in _skips(session.config) if not row[1].startswith(BY_DESIGN)]
    if refused and os.environ.get("CI") == "true" and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name every skip and why."""
    skips = _skips(config)
    if not skips:
        return
    in_ci = os.environ.get("CI") == "true"
    terminalreporter.section("skipped" + (" (a failure in CI)" if in_ci else ""))
    for name, reason in skips:
        terminalreporter.line(f"{name}: {reason}")
