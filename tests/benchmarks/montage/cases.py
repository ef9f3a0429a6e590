"""One measurement each, run in a process of its own so that its peak memory is its own. Each returns a dict of numbers."""

import contextlib
import ctypes
import hashlib
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.benchmarks.montage import references
from tests.benchmarks.montage.setting import film, measured, other, setting, timeline_of


def peak() -> float:
    """MiB of the largest child so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def whole(folder, count, lines, work, style) -> dict:
    """A film from nothing, and x264 alone on its frames."""
    sources, shots = setting(folder, count)
    timeline = timeline_of(shots, style)
    made, cpu, wall = measured(film, work, sources, timeline, lines)
    found = {"cpu": cpu, "wall": wall, "frames": timeline.frames, "peak": peak()}
    return found | {"limit": references.limit(made.path, lines, timeline.frames)}


def dissolves(folder, count, lines, work) -> dict:
    return whole(folder, count, lines, work, "window")


def cuts(folder, count, lines, work) -> dict:
    """Hard cuts, then the same again, in another order, with one shot replaced."""
    found = whole(folder, count, lines, work, "express")
    sources, shots = setting(folder, count)
    pieces = set(Path(work).glob("*.mp4"))
    _made, found["again"], _wall = measured(film, work, sources, timeline_of(shots), lines)
    found["encoded"] = len(set(Path(work).glob("*.mp4")) - pieces)
    _made, found["reordered"], _wall = measured(film, work, sources, timeline_of(shots[::-1]), lines)
    take = other(sources, shots[count // 2].key)
    _made, found["replaced"], _wall = measured(film, work, take, timeline_of(shots), lines)
    return found


def moviepy(folder, count, lines, work) -> dict:
    sources, shots = setting(folder, count)
    return {"cpu": references.moviepy(sources, shots, lines, Path(work) / "moviepy.mp4")}


def joins(folder, count, lines, work) -> dict:
    """The film beside the same film in one pass: at each join, in frames and in their distances.

    Two encodings of grain differ wherever one looks; `below` is by how much more the film loses at a join than one pass
    does, each held against the frames before any loss.
    """
    from cocreation.rendering import pieces

    sources, shots = setting(folder, count)
    timeline = timeline_of(shots, "window")
    made = film(work, sources, timeline, lines)
    before = references.drawn(sources, timeline, work, lines)
    once = references.one_pass(before, work, lines)
    like, ours, theirs = (
        references.likeness(*pair, work) for pair in ((made.path, once), (made.path, before), (once, before))
    )
    at, near = 0, []
    for piece in made.pieces[:-1]:
        at += piece.shown
        near += range(at - 2, at + 2)
    even = pieces.even_gaps(made.path, timeline.frames) and pieces.even_gaps(once, timeline.frames)
    at_joins = [like[n] for n in near]
    return {
        "worst": min(at_joins),
        "mean": sum(at_joins) / len(at_joins),
        "all": min(like),
        "below": max(theirs[n] - ours[n] for n in near),
        "least": min(ours[n] for n in near),
        "even": even,
        "frames": len(like),
    }


def promises(folder, count, lines, work) -> dict:
    """Loudness, peak, the distance of cuts from beats, and the same bytes twice."""
    from cocreation.rendering import sound
    from cocreation.synthesis import PIECES

    sources, shots = setting(folder, count)
    free = [type(shot)(**{**shot.__dict__, "length": None}) for shot in shots]
    timeline = timeline_of(free, "express", music="departure")
    sums = set()
    for number in (1, 2):
        place = Path(work) / f"once{number}"
        place.mkdir()
        made = film(place, sources, timeline, lines, music="departure")
        sums.add(hashlib.sha256(made.path.read_bytes()).hexdigest())
    loud, high = sound.measured(["-i", f"file:{made.path}"])
    beat = 60 / PIECES["departure"].bpm
    cut = [abs(item.start / 30 - round(item.start / 30 / beat) * beat) for item in timeline.items[1:]]
    on = [off for off in cut if off <= 1 / 60 + 1e-9]  # by the music itself: the plan is not asked what it says of them
    said = [off for item, off in zip(timeline.items[1:], cut, strict=True) if item.on_beat]
    found = {"off": max(said, default=1.0), "on": len(on) / len(cut), "cuts": len(cut)}
    return found | {"loud": loud, "high": high, "sums": len(sums)}


def preview(folder, count, lines, work) -> dict:
    """A small film, then one change after the other: seconds until it is planned, made and has its poster.

    Pieces and decoded sound of before are there, as they are on a worker. What comes before and after in the job is not in
    it: the queue, the database, the storage; nor is listening to music that somebody uploads.
    """
    from dataclasses import replace

    from cocreation.films import poster_second
    from cocreation.media import copies, looking
    from cocreation.rendering import film as filming
    from cocreation.rendering.recipe import DRAFT

    sources, shots = setting(folder, count)
    small = {}
    for key, source in sources.items():  # previews are made from the small copies that every shot has
        path = Path(work) / f"proxy-{source.path.stem}.mp4"
        if not path.exists():
            copies.proxy(source.path, path, source.facts)
        small[key] = replace(source, path=path, facts=looking.look(path, longest=20).facts)
    free = [replace(shot, length=None) for shot in shots]

    def made(rows, style="express", music="departure", seconds=None):
        timeline = timeline_of(rows, style, music=music, seconds=seconds)
        done = film(work, small, timeline, 360, music=music, canvas=DRAFT, voices=sources)
        filming.poster(done.path, Path(work) / "poster.jpg", poster_second(timeline))
        return timeline.frames

    lasts, _cpu, first = measured(made, free)
    swapped = [free[1], free[0], *free[2:]]
    middle = count // 2
    trimmed = [
        replace(shot, start=6, length=45, locked=True) if n == middle else shot for n, shot in enumerate(swapped)
    ]
    worded = [replace(shot, caption="鲸鱼") if n == middle else shot for n, shot in enumerate(trimmed)]
    shorter = next((seconds for seconds in (180, 60) if seconds * 30 < lasts), 30)
    changes = {
        "swapped": (swapped,),
        "trimmed": (trimmed,),
        "caption": (worded,),
        "style": (trimmed, "ticket"),
        "music": (trimmed, "express", "window"),
        "length": (trimmed, "express", "departure", shorter),
    }
    return {"first": first} | {name: measured(made, *change)[2] for name, change in changes.items()}


def tempos(folder, count, lines, work) -> dict:
    """By tempo, the share of a film's frames that another order of its shots encodes again; nothing is encoded here."""
    from dataclasses import replace

    from cocreation.rendering import film as filming
    from cocreation.rendering.recipe import DRAFT
    from cocreation.synthesis import PIECES

    sources, shots = setting(folder, count)
    free = [replace(shot, length=None) for shot in shots]
    found = {}
    for name, piece in PIECES.items():
        first, second = (
            filming.pieces_of(timeline_of(rows, music=name), sources, work, DRAFT) for rows in (free, free[::-1])
        )
        known = {made.name for made in first}
        again = sum(made.frames for made in second if made.name not in known)
        found[f"{piece.bpm:g}"] = again / sum(made.frames for made in second)
    return found


class Enough(Exception):
    """Somebody asked to stop."""


def cancel(folder, count, lines, work) -> dict:
    """From the wish to stop until no child is left: in the middle of the pieces, and while the sound is made."""
    sources, shots = setting(folder, count)
    found = {}
    for name, after in (("early", 0.7), ("later", 4.0)):
        place = Path(work) / name
        place.mkdir()
        asked: list[float] = []
        timer = threading.Timer(after, lambda asked=asked: asked.append(time.perf_counter()))
        timer.start()

        def tell(_done, _all, _note, asked=asked):
            if asked:
                raise Enough

        try:
            film(place, sources, timeline_of(shots, "window", music="departure"), lines, music="departure", tell=tell)
        except Enough:
            found[name] = time.perf_counter() - asked[0]
        finally:
            timer.cancel()
        found[f"{name}_left"] = len(children())
    return found


def children(pid=None) -> list[int]:
    """Processes that this one has started and that are still there."""
    return [
        int(word) for word in Path(f"/proc/{pid or os.getpid()}/task/{pid or os.getpid()}/children").read_text().split()
    ]


def killed(folder, count, lines, work) -> dict:
    """kill -9 in the middle: how many pieces were whole, how many were in somebody's hands, how many are made again."""
    line = [sys.executable, "-m", "tests.benchmarks.montage", "--case", "dissolves", "--folder", str(folder)]
    line += ["--lines", str(lines), "--clips", str(count), "--work", str(work)]
    worker = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    store = Path(work)
    while len(named(store)) < 4:
        time.sleep(0.1)
        assert worker.poll() is None
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    time.sleep(1)  # the kernel ends its children
    before = {path: path.stat().st_ino for path in named(store)}
    hands = len(list(store.glob("*.part.mp4")))
    sources, shots = setting(folder, count)
    timeline = timeline_of(shots, "window")
    made = film(work, sources, timeline, lines)
    again = sum(path.stat().st_ino != ino for path, ino in before.items())
    return {"whole": len(before), "hands": hands, "again": again, "all": len(made.pieces)}


def named(store):
    """Pieces of picture that are whole."""
    return [path for path in store.glob("*.mp4") if len(path.stem) == 32]


def hostile(folder, count, lines, work) -> dict:
    """Seconds of the processor until each hostile file has its answer; canaries that were read, listeners that were called."""
    from cocreation.acceptance import refusal
    from cocreation.media import looking
    from tests.cocreation.test_clips_hostile import HOSTILE

    rows, wrong, touched, called = {}, [], [], []
    for number, (name, (draw, code)) in enumerate(HOSTILE.items()):
        place = Path(work) / str(number)
        place.mkdir()
        path, canary = draw(place), place / "secret.mp4"
        if not canary.exists():
            canary.write_bytes(b"canary")
        with listening() as calls:
            if b":9/" in (head := path.read_bytes()[:4096]):  # the address in it is that of the listener
                path.write_bytes(head.replace(b":9/", b":%d/" % calls.port))
            with watched(canary) as reads:
                seen, rows[name], _wall = measured(looking.look, path, longest=13)
        touched += [name] * reads.any
        called += [name] * calls.any
        if (refusal(seen.facts, seen.refusal, least=2, most=8, shape="any") or {}).get("code") != code:
            wrong.append(name)
    slowest = max(rows, key=rows.get)
    found = {"files": len(rows), "slowest": slowest, "cpu": rows[slowest], "wrong": wrong}
    return found | {"touched": touched, "called": called}


class Seen:
    """Whether anything was seen, once the `with` is over."""

    any, port = False, 0


@contextlib.contextmanager
def watched(path):
    """Sees each opening of a file by anybody, as the kernel tells it (inotify); on other systems it sees nothing."""
    seen, libc, opened = Seen(), ctypes.CDLL(None, use_errno=True), 0x20
    if not hasattr(libc, "inotify_init1"):
        yield seen
        return
    ears = libc.inotify_init1(os.O_NONBLOCK)
    libc.inotify_add_watch(ears, os.fsencode(path), opened)
    try:
        yield seen
        with contextlib.suppress(BlockingIOError):
            seen.any = bool(os.read(ears, 4096))
    finally:
        os.close(ears)


@contextlib.contextmanager
def listening():
    """A listener of this machine; sees whether somebody called."""
    seen = Seen()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        seen.port = server.getsockname()[1]
        yield seen
        with contextlib.suppress(BlockingIOError):
            server.accept()[0].close()
            seen.any = True


CASES = {
    case.__name__: case
    for case in (cuts, dissolves, moviepy, joins, promises, tempos, preview, cancel, killed, hostile)
}
