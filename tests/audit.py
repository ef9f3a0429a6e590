"""`python -m tests.audit`: known vulnerabilities in the locked packages.

Exit status 1 for a finding. Where the advisory service cannot be reached, it says so in one line and passes: the locks
are then checked where it can.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("production", "upscale")


def main() -> int:
    worst = 0
    for lock in LOCKS:
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--disable-pip",
            "--require-hashes",
            "-r",
            f"requirements/{lock}.txt",
        ]
        done = subprocess.run(
            [*command, "--progress-spinner", "off", "--timeout", "10"], cwd=ROOT, capture_output=True, text=True
        )
        said = done.stdout + done.stderr
        if (
            "ConnectionError" in said
            or "Max retries" in said
            or "ServiceError" in said
            or "Failed to" in said
            or "HTTPError" in said
        ):
            print(f"audit of {lock}: SKIPPED, the advisory service cannot be reached from here")
            continue
        print(f"audit of {lock}: {said.strip().splitlines()[-1] if said.strip() else 'no findings'}")
        worst = max(worst, done.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
