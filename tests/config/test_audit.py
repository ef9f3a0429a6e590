"""The audit of the locks: a finding is named and fails, what was not audited is never called sound."""

import json

import pytest

from tests import audit

SOUND = {"name": "attrs", "version": "26.1.0", "vulns": []}
SKIPPED = {"name": "django", "skip_reason": "Dependency not found on PyPI and could not be audited: django (3.0)"}
HOLED = {
    "name": "django",
    "version": "3.0",
    "vulns": [
        {"id": "PYSEC-2020-33", "fix_versions": ["3.0.3"], "aliases": ["CVE-2020-7471", "GHSA-hmr4-m2h5-33qx"]},
        {"id": "PYSEC-2020-35", "fix_versions": ["3.0.4"], "aliases": []},
    ],
}
NAMED = ["django 3.0: PYSEC-2020-33, CVE-2020-7471, GHSA-hmr4-m2h5-33qx", "django 3.0: PYSEC-2020-35"]
AWAY = "Traceback\nrequests.exceptions.ConnectionError: HTTPSConnectionPool(host='packages.example')\n"


def judged(*rows, complaint=""):
    return audit.judge(json.dumps({"dependencies": rows, "fixes": []}), complaint)


def test_every_finding_is_named_with_its_package_its_version_and_its_ids():
    assert judged(SOUND, HOLED) == (False, NAMED)


def test_only_where_every_row_was_audited_it_says_that_nothing_is_known():
    assert judged(SOUND) == (True, ["no known vulnerabilities in 1 packages"])
    assert judged(SOUND, SKIPPED, complaint="No known vulnerabilities found") == (
        True,
        [f"SKIPPED 1 of 2 packages: {SKIPPED['skip_reason']}"],
    )


def test_a_finding_fails_also_beside_rows_that_were_not_audited():
    assert judged(SKIPPED, HOLED) == (False, [*NAMED, f"SKIPPED 1 of 2 packages: {SKIPPED['skip_reason']}"])


@pytest.mark.parametrize(
    ("complaint", "reason"),
    [
        (AWAY, "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='packages.example')"),
        (
            "requests.exceptions.HTTPError: 503 Server Error\n\nTraceback\npip_audit._service.interface.ServiceError\n",
            "requests.exceptions.HTTPError: 503 Server Error",
        ),
        (
            "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed\nERROR:pip_audit._cli:Tip: your network",
            "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed",
        ),
    ],
)
def test_a_service_that_cannot_be_reached_is_said_in_one_line_and_passes(complaint, reason):
    assert audit.judge("", complaint) == (True, [f"SKIPPED: {reason}"])


@pytest.mark.parametrize(
    ("answer", "complaint", "line"),
    [
        ("", "ERROR:pip_audit._cli:Failed to parse: no hashes\n", "ERROR:pip_audit._cli:Failed to parse: no hashes"),
        ("", "", "pip-audit said nothing"),
        ('{"dependencies": []}', "", "pip-audit said nothing"),
    ],
)
def test_an_audit_that_broke_is_no_sound_one(answer, complaint, line):
    assert audit.judge(answer, complaint) == (False, [line])
