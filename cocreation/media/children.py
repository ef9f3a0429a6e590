"""Every child process of co-creation is started here: ffmpeg, the prober, the upscalers, an operator's command.

A child has a session of its own, ceilings for memory, processor time, file size and open files, a time-out, no
sockets, and dies with its worker. Where the kernel cannot promise that, a note of its process id is left on this
host; the next worker ends what a killed one left behind.
"""

import codecs
import contextlib
import io
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

LAUNCHER = str(Path(__file__).with_name("launch.py"))
GIB = 2**30
KEPT_ROWS, LONGEST_ROW = 400, 2000
ASKED_EVERY = 0.5  # seconds, as often as ffmpeg speaks: a child that says nothing may still be asked to stop
FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM)  # a crash of its own has other numbers
THREADS = min(4, os.cpu_count() or 1)  # each holds pictures of its own: sixteen with a 4K film are more than `memory`
GRACE = 2.0  # seconds between the request to end and the end


class Broken(Exception):
    """The child ended with an error; the text is its last words."""


class TooSlow(Broken):
    """The child did not end in its time and was ended."""


class Killed(Broken):
    """The child was ended from outside, mostly by a system that was short of memory: that is nobody's file's doing."""


class Stopped(Exception):
    """Somebody asked to stop; the child is gone."""


@dataclass(frozen=True)
class Limits:
    """Ceilings of a child, in bytes; `sealed`: no sockets."""

    memory: int = int(1.5 * GIB)
    file: int = 8 * GIB
    open: int = 256
    sealed: bool = True


OURS = Limits()
STRANGERS = Limits(file=500_000_000, open=64)
MODELS = replace(OURS, memory=0)  # a model's runtime reserves far more addresses than it uses
HOOKS = replace(OURS, memory=0, open=1024, sealed=False)


def run(line, *, watch=None, seconds=600, limits=OURS, whole=False) -> str:
    """Run a program and return what it said, the last 400 rows of it, or all with `whole`.

    `watch(frames)` is told at each sign of progress, or twice a second without, and may raise to stop the child. Raises
    Broken, or TooSlow after so many seconds. When this returns or raises, the child's whole session is gone.
    """
    _reap_once()
    # A processor second for each wall-clock second and core: a child that spins ends even when nobody watches.
    ceilings = (seconds * (os.cpu_count() or 1) + 5, limits.memory, limits.file, limits.open)
    order = [sys.executable, "-I", "-S", LAUNCHER, str(os.getpid()), str(int(limits.sealed))]
    child = subprocess.Popen(
        [*order, *(str(int(number)) for number in ceilings), "--", *line],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
        env=environment(),
    )
    late = threading.Event()
    timer = threading.Timer(seconds, _too_late, [child, late])
    timer.start()
    with _noted(child):
        try:
            text = _listen(child, watch, whole)
            child.wait()
        finally:
            timer.cancel()
            kill(child)  # also what it started and left behind
            child.stdout.close()  # type: ignore[union-attr]
    if late.is_set():
        raise TooSlow(f"not done after {seconds:g} s")
    if child.returncode in FROM_OUTSIDE:
        raise Killed(_last_words(text, child.returncode))
    if child.returncode:
        raise Broken(_last_words(text, child.returncode))
    return text


def environment() -> dict:
    """What a child may know: no passwords and keys of this site."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "XDG_RUNTIME_DIR", "VK_ICD_FILENAMES")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _listen(child, watch, whole):
    said: deque[str] = deque(maxlen=None if whole else KEPT_ROWS)
    frames, asked_at = 0, time.monotonic()
    for row in _rows(child, ASKED_EVERY if watch else None):
        progress = row.startswith(("frame=", "progress="))
        if watch and (progress or time.monotonic() - asked_at >= ASKED_EVERY):
            with contextlib.suppress(ValueError):  # where there is only sound no row names frames
                frames = int(row[6:].split()[0]) if row.startswith("frame=") else frames
            watch(frames)
            asked_at = time.monotonic()
        if row and not (watch and (progress or re.match(r"\w+=", row))):
            said.append(row)
    return "".join(said)


def _rows(child, patience):
    """What a child says, row by row, long ones in parts; "" for each `patience` seconds of silence until it has ended."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=True)
    left, said = "", b"-"
    with selectors.DefaultSelector() as ears:
        ears.register(child.stdout, selectors.EVENT_READ)
        while said:
            if not ears.select(patience):
                yield ""
                continue
            said = child.stdout.read(io.DEFAULT_BUFFER_SIZE)
            *rows, left = (left + decoder.decode(said, final=not said)).split("\n")
            rows = [f"{row}\n" for row in rows]
            if not said or len(left) >= LONGEST_ROW:
                rows, left = [*rows, left], ""
            for row in rows:
                yield from (row[at : at + LONGEST_ROW] for at in range(0, len(row), LONGEST_ROW))
    while patience and child.poll() is None:  # it may close its mouth and go on
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
            return
        yield ""


def _last_words(text, status):
    rows = [row.strip() for row in text.strip().splitlines() if row.strip()]
    if status < 0:
        with contextlib.suppress(ValueError):
            return f"ended by {signal.Signals(-status).name}"
    return rows[-1][:300] if rows else f"status {status}"


def _too_late(child, late):
    late.set()
    end(child)


def _signal_group(pid, number=signal.SIGKILL):
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def end(child) -> None:
    """Ask the child with everything that it started to end; what is still there after GRACE seconds is killed."""
    if child.poll() is None and _signal_group(child.pid, signal.SIGTERM):
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
    _signal_group(child.pid)


def kill(child) -> None:
    """End the child with everything that it started, and wait until it is gone."""
    end(child)
    child.wait()


# --- what a killed worker leaves behind ---------------------------------------------------------------------------
def notes() -> Path:
    """Where the process ids of running children lie, on this host."""
    from django.conf import settings

    found = Path(settings.VAR_DIR) / "children"
    found.mkdir(parents=True, exist_ok=True)
    return found


def place() -> str:
    """This kernel's boot and process namespace: a process id means nothing elsewhere."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return os.uname().nodename


def born(pid) -> str:
    """When a process began, as the kernel tells it; "" when there is none: the same id later is somebody else."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


@contextlib.contextmanager
def _noted(child):
    note = None
    with contextlib.suppress(OSError):  # a full disk must not keep a child from running; it dies with us anyway
        note = notes() / f"{child.pid}-{time.time_ns()}.json"
        owner = os.getpid()
        note.write_text(
            json.dumps(
                {
                    "place": place(),
                    "pid": child.pid,
                    "born": born(child.pid),
                    "owner": owner,
                    "owner_born": born(owner),
                }
            )
        )
    try:
        yield
    finally:
        if note:
            note.unlink(missing_ok=True)


_reaped = threading.Event()


def _reap_once():
    if not _reaped.is_set():
        _reaped.set()
        reap()


def reap() -> int:
    """End the children of workers that are gone, on this host; returns how many were still there."""
    ended = 0
    here = place()
    for note in notes().glob("*.json"):
        try:
            row = json.loads(note.read_text())
            if row["place"] != here:
                stale = time.time() - note.stat().st_mtime > 86_400
            else:
                stale = not row["owner_born"] or born(row["owner"]) != row["owner_born"]
                # While a member of its group lives nobody else gets the number, even when the leader is gone.
                if stale and born(row["pid"]) in (row["born"], "") and _signal_group(row["pid"]):
                    ended += 1
        except (OSError, ValueError, KeyError, TypeError):
            stale = time.time() - _age_of(note) > 60  # half written by a worker that was killed just then
        if stale:
            note.unlink(missing_ok=True)
    return ended


def _age_of(note):
    try:
        return note.stat().st_mtime
    except OSError:
        return 0.0
