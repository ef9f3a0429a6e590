"""What the measurements are made on: the clips of a folder over and over, or the demo's own where there is none."""

import hashlib
import os
import resource
import time
from dataclasses import replace
from pathlib import Path

REAL = Path(os.environ.get("CLIPS") or Path(__file__).resolve().parents[4] / "shared" / "media" / "clips")
TEAMS = 20
STRIDE = 3  # so that ten clips are as mixed as all of them: the one of 2160 lines is among them


def spent() -> float:
    """Processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(function, *arguments, **more):
    """`(what it returned, processor seconds of its children, seconds on the clock)`."""
    before, began = spent(), time.perf_counter()
    found = function(*arguments, **more)
    return found, spent() - before, time.perf_counter() - began


def clips(folder, work) -> Path:
    """The folder with clips; the demo's own scenes are drawn where it does not exist."""
    if Path(folder).is_dir():
        return Path(folder)
    from cocreation import demo_clips

    drawn = Path(work) / "drawn"
    drawn.mkdir(exist_ok=True)
    for number, scene in enumerate(demo_clips.SCENES):
        if not (drawn / f"{number}.mp4").exists():
            demo_clips.draw(scene, drawn / f"{number}.mp4", drawn)
    return drawn


def setting(folder, count):
    """`(sources, shots)`: each time the same file is used it counts as another one."""
    from cocreation import planner
    from cocreation.media import looking
    from cocreation.rendering.pictures import Source

    files = sorted(path for path in Path(folder).iterdir() if path.suffix in {".mp4", ".gif"})
    seen = [(path, looking.look(path, longest=10).facts) for path in files]
    seen = [(path, facts) for path, facts in seen if facts]
    sources, shots = {}, []
    for number in range(count):
        path, facts = seen[number * STRIDE % len(seen)]
        key = f"{number:03}"
        digest = hashlib.sha256(f"{path.name}{number}".encode()).hexdigest()
        sources[key] = Source(path, digest, facts, f"T{number:03}", f"小队 {number}", "#10766b")
        frames = int(facts["seconds"] * 30)
        sound = bool(facts.get("sound"))
        shots.append(planner.Shot(key, str(number % TEAMS), frames, length=min(75, max(20, frames - 20)), sound=sound))
    return sources, shots


def other(sources, key):
    """The same sources, one of them replaced by another take."""
    return {**sources, key: replace(sources[key], digest="another take")}


def timeline_of(shots, style="express", *, music=None, order="hand", seconds=None):
    """A film of these shots with title and end roll; `music` is the name of one of our own pieces, None for `seconds` all."""
    from cocreation import planner
    from cocreation.beats import steady
    from cocreation.music import repeated
    from cocreation.rendering import styles
    from cocreation.synthesis import PIECES

    credits = planner.Credits((("制作", tuple((f"T{n:03}", "小队") for n in range(TEAMS))),))
    card = planner.Card("《地球Online 2024》", ("诚邀玩家们新系统更新",))
    heard = beats = None
    if music:
        piece = PIECES[music]
        most = sum(shot.frames for shot in shots) + 3600
        words = planner.Music(f"piece:{music}", piece.title)
        heard, beats = repeated(words, steady(piece.bpm, 0, piece.seconds), piece.seconds, most)
    wishes = planner.Wishes(order, seconds and seconds * planner.FPS)
    return planner.plan(shots, wishes, styles.style(style), card, credits, music=heard, beats=beats)


def film(work, sources, timeline, lines, *, store=None, music=None, canvas=None, tell=None, voices=None):
    """Make the film; `voices` are the sources of sound where they are other files. Returns what `rendering.film.make` returns."""
    from cocreation.music import piece_file
    from cocreation.rendering import film as filming
    from cocreation.rendering import recipe

    store = Path(store or work)
    store.mkdir(parents=True, exist_ok=True)
    track = piece_file(store, music) if music else None
    canvas = canvas or recipe.lines(lines)
    return filming.make(timeline, sources, Path(work), store, music=track, canvas=canvas, tell=tell, voices=voices)
