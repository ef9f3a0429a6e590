"""What is in a file, found by decoding it in a child."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from cocreation.media import children
from cocreation.media.strangers import MOST_PIXELS

PROBER = str(Path(__file__).with_name("prober.py"))
VERSION = "probe/2"
MOST_FRAMES = 4000
PATIENCE = 30.0


@dataclass(frozen=True)
class Look:
    """What decoding found. `refusal` is a code with its numbers (cocreation/refusals.py), or None."""

    facts: dict
    times: list[float] = field(default_factory=list)
    refusal: dict | None = None


def look(path, *, longest=30.0) -> Look:
    """Decode at most `longest` seconds and tell what is in the file; never raises for what a stranger may send.

    Raises children.Killed when the machine ended the child: that says nothing of the file, and may be tried again.
    """
    numbers = (longest, MOST_FRAMES, MOST_PIXELS, children.THREADS)
    line = [sys.executable, "-I", PROBER, str(path), *(str(number) for number in numbers)]
    try:
        said = children.run(line, seconds=PATIENCE, limits=children.STRANGERS, whole=True)
        found = json.loads(said.strip().splitlines()[-1])
        return Look(found["facts"], found["times"], found["refusal"])
    except children.TooSlow:
        return Look({}, [], {"code": "too_slow", "seconds": PATIENCE})
    except children.Killed:
        raise
    except (children.Broken, ValueError, IndexError, KeyError):  # a decoder crashed: that is the file's doing
        return Look({}, [], {"code": "unreadable"})
