"""A shell that is set up for production bends no test, and no test mails, pays or empties a database for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import env
from tests import surroundings
from tests.servers import redis_beside

ROOT = Path(__file__).resolve().parent.parent.parent
FOREIGN = {
    "SITE_URL": "https://meet.example.org",
    "HTTPS": "1",
    "OPENAI_API_KEY": "sk-foreign",
    "OPENAI_ORG_ID": "org-foreign",
    "SMTP_HOST": "mail.example.org",
    "S3_BUCKET": "shots",
    "SECRET_KEY_FILE": "/nowhere",
    "DJANGO_SETTINGS_MODULE": "elsewhere.settings",
}
SERVERS = {"DATABASE_URL": "postgres://u@db/production", "REDIS_URL": "redis://redis", "SECRET_KEY": "k" * 50}
READ = """
import json, os, tests.surroundings, config.settings as read
names = ("SITE_URL", "HTTPS", "OPENAI_API_KEY", "SMTP_HOST", "DATABASE_URL", "REDIS_URL")
print(json.dumps({name: getattr(read, name, None) for name in names} | {"ours": sorted(os.environ)}))
"""


def read_by_the_tests(**shell):
    done = subprocess.run([sys.executable, "-c", READ], cwd=ROOT, env={**os.environ, **shell}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_what_the_shell_has_set_for_production_stays_outside():
    one = {"DATABASE_URL": "", "REDIS_URL": SERVERS["REDIS_URL"], "SECRET_KEY": "k" * 50}
    seen = read_by_the_tests(**FOREIGN, **one)

    assert (seen["SITE_URL"], seen["HTTPS"], seen["OPENAI_API_KEY"]) == ("http://127.0.0.1:8000", False, "")
    assert (seen["DATABASE_URL"], seen["REDIS_URL"]) == ("", "")
    assert {*FOREIGN, "REDIS_URL", "SECRET_KEY"} & {*seen["ours"]} == set()


def test_the_servers_are_taken_where_both_are_named():
    seen = read_by_the_tests(**FOREIGN, **SERVERS)

    assert (seen["DATABASE_URL"], seen["REDIS_URL"]) == (SERVERS["DATABASE_URL"], SERVERS["REDIS_URL"])
    assert {*FOREIGN} & {*seen["ours"]} == set()


def test_every_run_and_every_worker_of_it_begins_this_way(request):
    assert request.config.pluginmanager.has_plugin("tests.surroundings")
    kept = surroundings.STAYS | {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
    assert {*env.DECLARED} & {*os.environ} <= kept


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("redis://127.0.0.1:6379/9", "redis://127.0.0.1:6379/12"),
        ("redis://127.0.0.1:6379/15", "redis://127.0.0.1:6379/2"),
        ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379/3"),
        ("rediss://:secret@cache:6380/", "rediss://:secret@cache:6380/3"),
    ],
)
def test_an_address_of_redis_without_a_number_is_one_too(address, own):
    assert redis_beside(address, 3) == own
