"""The suite's own ground: what other tests rely on without seeing it."""

import secrets
from pathlib import Path

import pytest
from django.conf import settings

from config.celery import app
from sessions.tasks import tell_counts


@pytest.mark.xdist_group("together")
def test_tests_of_one_group_stay_on_one_worker(request):
    """Kills and real processes share a machine badly; pytest-xdist tells groups by the end of a test's id."""
    if not request.config.getoption("loadgroup", False):
        pytest.skip("optional: this run has no workers to spread over")
    assert request.node.nodeid.endswith("@together")


@pytest.mark.skipif(
    bool(settings.REDIS_URL), reason="optional: the broker made of files, which the embedded installation uses"
)
def test_what_a_test_sends_never_reaches_the_installation_in_this_folder():
    number = 10**9 + secrets.randbelow(10**9)

    tell_counts.delay(number)

    house, ours = settings.VAR_DIR / "broker" / "queue", Path(app.conf.broker_transport_options["data_folder_out"])
    found = [
        folder for folder in (house, ours) for path in folder.iterdir() if str(number).encode() in path.read_bytes()
    ]
    assert found == [ours]
