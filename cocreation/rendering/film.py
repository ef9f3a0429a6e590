"""One film from a timeline: its pieces in parallel, joined by stream copy, checked frame by frame."""

import os
import uuid
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocreation.media import copies
from cocreation.media.ffmpeg import Broken, call
from cocreation.planner import FPS, Timeline, spans
from cocreation.rendering import pieces, sound
from cocreation.rendering.pictures import Easel, Source, piece_of
from cocreation.rendering.pieces import Pace, Piece
from cocreation.rendering.recipe import DRAFT, EXACT, FULL, SAYS, Canvas, x264

WORKERS = max(1, min(2, os.cpu_count() or 1))
TELL_EVERY = 0.5


@dataclass(frozen=True)
class Film:
    """What was made: the file, its pieces in order, where the sound lies in the store."""

    path: Path
    pieces: tuple[Piece, ...]
    sound: Path
    again: bool = False  # the joined pieces were not even, so it was encoded once more in full


def pieces_of(timeline: Timeline, sources: dict[str, Source], folder, canvas: Canvas = FULL) -> list[Piece]:
    """How to make each stretch of the film, in order."""
    easel = Easel(timeline, sources, canvas, Path(folder))
    return [piece_of(easel, span) for span in spans(timeline)]


def missing(store, made: list[Piece]) -> list[Piece]:
    """Those that are not in the store."""
    return [piece for piece in made if not pieces.path_of(store, piece.name).exists()]


def make_all(store, wanted: list[Piece], pace: Pace, tell, notes=None, beside=None) -> tuple[list[Path], Any]:
    """All pieces, two at a time, and what `beside(check)` returns, which is done in the same hands.

    `tell(done, total, note)` is called twice a second here and may raise to stop; `check()` raises then too. Raises
    Unmakeable for the first piece that cannot be made, and whatever `tell` raises, after the children are gone.
    """
    notes, absent = notes or {}, {piece.name for piece in missing(store, wanted)}

    def one(place, piece):
        pace.check()
        name = f"{piece.name}-{place}"
        new = piece.shown if piece.name in absent else 0  # what was made before says nothing of the pace
        return pieces.make(store, piece, pace.watch(name, new, notes.get(piece.clips, "")))

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="piece") as pool:
        jobs: list[Future] = [pool.submit(beside, pace.check)] if beside else []
        jobs += [pool.submit(one, place, piece) for place, piece in enumerate(wanted)]
        try:
            open_jobs = set(jobs)
            while open_jobs:
                done, open_jobs = wait(open_jobs, timeout=TELL_EVERY, return_when=FIRST_EXCEPTION)
                for job in done:
                    job.result()
                tell(pace.done, pace.total, pace.note)
        except BaseException:
            pace.stop.set()
            for job in jobs:
                job.cancel()
            raise
    found = [job.result() for job in jobs]
    return (found[1:], found[0]) if beside else (found, None)


def score_of(timeline: Timeline, sources, music=None) -> sound.Score:
    """What is heard in the film; `music` is the file of the timeline's music."""
    voices = tuple(
        sound.Voice(sources[item.key].path, sources[item.key].digest, item.start, item.frames, item.source)
        for item in timeline.shots
        if not item.mute and item.key in sources
    )
    heard = timeline.music if music else None
    return sound.Score(
        timeline.frames,
        voices,
        Path(music) if heard else None,
        heard.key if heard else "",
        heard.loop if heard else 0,
        timeline.own_sound,
    )


def make(
    timeline,
    sources,
    folder,
    store,
    *,
    music=None,
    canvas=FULL,
    pace=None,
    tell=None,
    notes=None,
    voices=None,
    phone=None,
) -> Film:
    """The film in `folder`, its pieces in `store`; `voices` are the sources of sound where they are other files.

    `phone`: the canvas of the copy that is made of it afterwards, for which `pace` counts two copies. Raises Broken,
    Unmakeable, Stopped, or what `tell` raises.
    """
    tell = tell or (lambda *_said: None)
    wanted = pieces_of(timeline, sources, folder, canvas)
    if sum(piece.shown for piece in wanted) != timeline.frames:
        raise Broken("The plan does not name every frame once.")
    pace, small = pace or Pace(), [pieces.smaller(store, piece, phone) for piece in wanted] if phone else []
    pace.to_make = sum(piece.shown for piece in missing(store, [*wanted, *small]))
    score = score_of(timeline, voices or sources, music)
    paths, heard = make_all(
        store,
        wanted,
        pace,
        tell,
        notes,
        lambda check: sound.make(store, score, folder, check=check, quick=canvas == DRAFT),
    )
    out = Path(folder) / f"film-{canvas.height}.mp4"
    again = assemble(paths, wanted, heard, out, folder, canvas, watch=told(pace, tell))
    return Film(out, tuple(wanted), heard, again)


def told(pace, tell):
    """What watches the last step, in which no piece is made: it can be stopped like the others."""
    return lambda _frames: tell(pace.done, pace.total, pace.note)


def assemble(paths, wanted, heard, out, folder, canvas, *, watch=None) -> bool:
    """Pieces and sound as one file. Returns whether it had to be encoded again; raises Broken when it is not even."""
    lengths = [piece.shown for piece in wanted]
    paths = [
        path if piece.shown == piece.frames else pieces.shortened(path, piece.shown, folder)
        for path, piece in zip(paths, wanted, strict=True)
    ]
    frames = sum(lengths)
    part = Path(folder) / f"joined-{uuid.uuid4().hex[:8]}.mp4"
    join(paths, lengths, heard, part, folder, ["-c:v", "copy"], watch=watch)
    again = not pieces.even_gaps(part, frames)
    if again:
        whole = ["-vf", f"fps={FPS}", "-frames:v", str(frames), *x264(canvas)]
        join(paths, lengths, heard, part, folder, whole, watch=watch)
        if not pieces.even_gaps(part, frames):
            raise Broken("The joined film has other frames than its plan.")
    pieces.settle(part, out)
    return again


def join(paths, lengths, heard, out, folder, coder, *, watch=None) -> None:
    """Pieces one after the other under one sound, marked as AI-generated."""
    listing = Path(folder) / f"pieces-{uuid.uuid4().hex[:8]}.txt"
    rows = zip(paths, lengths, strict=True)
    # Named lengths: without them the joined stream drifts by a fraction of a frame at a join.
    listing.write_text("".join(f"file 'file:{path}'\nduration {frames / FPS:.6f}\n" for path, frames in rows))
    inputs = ["-protocol_whitelist", "file", "-f", "concat", "-safe", "0", "-i", f"file:{listing}"]
    call(
        [
            *("-loglevel", "error", "-nostdin", *inputs, "-i", f"file:{heard}", "-map", "0:v:0", "-map", "1:a:0"),
            *(*coder, "-c:a", "copy", "-movflags", "+faststart", *EXACT, *SAYS, "-y", f"file:{out}"),
        ],
        watch=watch,
        seconds=600 + sum(lengths),
    )


def for_phones(film: Film, folder, store, canvas: Canvas, *, pace, tell) -> Path:
    """The same film smaller, piece by piece, so that a change costs no more than what it changed."""
    small = [pieces.smaller(store, piece, canvas) for piece in film.pieces]
    paths, _nothing = make_all(store, small, pace, tell)
    out = Path(folder) / "phone.mp4"
    assemble(paths, small, film.sound, out, folder, canvas, watch=told(pace, tell))
    return out


def poster(film_path, out, second) -> None:
    """A JPEG of 1280 pixels' width from the film."""
    call(
        [
            *("-loglevel", "error", "-nostdin", "-ss", f"{second:.3f}", "-i", f"file:{film_path}", "-map", "0:v:0"),
            *("-frames:v", "1", "-vf", "scale='min(1280,iw)':-2", "-q:v", "4", *EXACT, "-f", "image2", "-update", "1"),
            *("-y", f"file:{out}"),
        ],
        seconds=60,
    )
    copies.say(out)
