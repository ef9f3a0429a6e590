"""`python -m tests.audit`: known vulnerabilities in the locked packages.

Exit status 1 for a finding, and for an audit that breaks. Where the advisory service cannot be reached, or does not know
a package, it says so in one line and passes: the locks are then checked where it can.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("production", "upscale", "test", "lint")
OPTIONS = [
    "--disable-pip",
    "--require-hashes",
    "--format",
    "json",
    "--aliases",
    "on",
    "--desc",
    "off",
    "--timeout",
    "10",
]
UNREACHABLE = re.compile(
    r"^(requests\.exceptions\.|pip_audit\._service\.interface\.ServiceError|ERROR:.*(vulnerability feed|not redirecting))"
)


def judge(answer: str, complaint: str) -> tuple[bool, list[str]]:
    """What pip-audit's JSON and its errors mean: whether that passes, and the lines that say why."""
    try:
        rows = json.loads(answer)["dependencies"]
    except (ValueError, LookupError):
        rows = []
    if not rows:
        return without_rows(complaint.strip().splitlines())
    found = [
        f"{row['name']} {row['version']}: {', '.join([flaw['id'], *flaw['aliases']])}"
        for row in rows
        for flaw in row.get("vulns", [])
    ]
    skipped = [row["skip_reason"] for row in rows if "skip_reason" in row]
    said = found + [f"SKIPPED {len(skipped)} of {len(rows)} packages: {reason}" for reason in skipped[:1]]
    return not found, said or [f"no known vulnerabilities in {len(rows)} packages"]


def without_rows(complaint: list[str]) -> tuple[bool, list[str]]:
    """A service that is away is no fault of the locks; any other silence is one of the audit."""
    for line in complaint:
        if UNREACHABLE.match(line):
            return True, [f"SKIPPED: {line}"]
    return False, complaint[-1:] or ["pip-audit said nothing"]


def main() -> int:
    sound = True
    for lock in LOCKS:
        command = [sys.executable, "-m", "pip_audit", "-r", f"requirements/{lock}.txt", "--progress-spinner", "off"]
        done = subprocess.run([*command, *OPTIONS], cwd=ROOT, capture_output=True, text=True)
        passes, lines = judge(done.stdout, done.stderr)
        for line in lines:
            print(f"audit of {lock}: {line}")
        sound = sound and passes
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
