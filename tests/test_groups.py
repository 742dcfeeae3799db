"""The suite's own order: tests that share one installation must meet in one process."""

import os

import pytest


@pytest.mark.xdist_group("together")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs all tests")
def test_xdist_knows_the_group(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@together")
