import pytest

from tests.faults.installation import Installation, wait_until


@pytest.fixture
def install(tmp_path):
    """Makes an installation: `install(SMTP_HOST=...)`; its processes end with the test."""
    made = []

    def make(**environment):
        made.append(Installation(tmp_path, **environment))
        return made[-1]

    yield make
    for installation in made:
        installation.stop()


@pytest.fixture
def running(install):
    """An installation whose pages answer."""
    installation = install()
    installation.start()
    wait_until(installation.answers, seconds=60, what="the pages answer")
    return installation
