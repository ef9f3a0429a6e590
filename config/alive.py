"""Signs of life of processes without a port: a file that is touched, and the question whether it was lately.

`python -m config.alive desk` is the health check of a worker's or the beat's container: status 0 when that process of this
host has spoken within 45 seconds. Standard library only, so that asking costs no start of Django.
"""

import os
import socket
import sys
import time
from pathlib import Path

SILENT_AFTER = 45  # seconds
FORGOTTEN_AFTER = 86_400


def folder() -> Path:
    return Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var") / "alive"


def touch(name: str) -> None:
    """This process lives; `name` is `desk@host`."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    (place / name).touch()


def forget_old() -> None:
    """Remove what containers that are long gone have left."""
    for file in folder().glob("*"):
        if time.time() - file.stat().st_mtime > FORGOTTEN_AFTER:
            file.unlink(missing_ok=True)


def spoke_lately(kind: str) -> bool:
    """Whether the process of this kind on this host has touched its file."""
    try:
        return time.time() - (folder() / f"{kind}@{socket.gethostname()}").stat().st_mtime < SILENT_AFTER
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not spoke_lately(sys.argv[1]))
