"""The suite's own ground: what other tests rely on without seeing it."""

import pytest


@pytest.mark.xdist_group("together")
def test_tests_of_one_group_stay_on_one_worker(request):
    """Kills and real processes share a machine badly; pytest-xdist tells groups by the end of a test's id."""
    if not request.config.getoption("loadgroup", False):
        pytest.skip("optional: this run has no workers to spread over")
    assert request.node.nodeid.endswith("@together")
