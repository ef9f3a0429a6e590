"""What every test of the programme needs."""

import pytest
from django.core.cache import cache
from django.utils import timezone

from sessions import publishing


@pytest.fixture(autouse=True)
def nothing_is_kept():
    """A database that was rolled back gives its numbers out again: what is cached under them is another test's."""
    cache.clear()


@pytest.fixture
def announce(beijing):
    """Announce the programme as it stands, without mails: phones, feeds and the stage read what was announced."""

    def make():
        return publishing.publish(beijing, by=None, at=timezone.now(), tell=False)

    return make
