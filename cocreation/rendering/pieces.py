"""The store of pieces: each under the hash of what it is made from, named only after its frames were counted."""

import contextlib
import hashlib
import json
import os
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from cocreation.media.children import OURS, STRANGERS, Killed
from cocreation.media.ffmpeg import Broken, Stopped, call
from cocreation.pieces import Store, settle
from cocreation.rendering.recipe import EXACT, ONE_THREAD, Canvas, x264

try:
    import fcntl
except ImportError:  # Windows: the worst is that a piece is made twice
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Piece:
    """A stretch of the film: how to make it and what it may be called.

    Of one that is `cut` so many of its `frames` are in the film: all, or all but the last.
    """

    name: str
    arguments: tuple[str, ...]
    frames: int
    canvas: Canvas
    clips: tuple[str, ...] = ()  # shots that are in it: they are named when it cannot be made
    cut: int | None = None

    @property
    def limits(self):
        """The ceilings under which it is made: what is made from shots decodes what strangers sent."""
        return STRANGERS if self.clips else OURS

    @property
    def shown(self) -> int:
        return self.frames if self.cut is None else self.cut

    @property
    def coder(self) -> list[str]:
        """How it is encoded; the last picture of one that is cut stands alone, so that it can be left away."""
        alone = [] if self.cut is None else ["-force_key_frames", f"expr:eq(n,{self.frames - 1})"]
        return [*x264(self.canvas), *alone]


class Unmakeable(Broken):
    """A piece cannot be made; `clips` names the shots that are in it."""

    def __init__(self, piece: Piece, reason):
        super().__init__(str(reason))
        self.clips = piece.clips


def key(*words) -> str:
    """The name of a piece: the hash of everything that it is made from."""
    return hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]


def path_of(store, name, ending=".mp4") -> Path:
    return Path(store) / f"{name}{ending}"


def make(store, piece: Piece, watch) -> Path:
    """The piece from the store, made when it is not there. `watch(frames)` may raise to stop."""
    shelf = Store(store)
    with alone(path_of(store, piece.name, ".lock"), lambda: watch(0)):
        path = shelf.get(piece.name)
        if path:
            watch(piece.frames)
            return path
        return encoded(shelf, store, piece, watch)


def encoded(shelf, store, piece: Piece, watch) -> Path:
    """Encode it, count its frames, and only then give it its name."""
    part = path_of(store, f"{piece.name}.{uuid.uuid4().hex[:8]}.part")
    coder = ["-frames:v", str(piece.frames), "-an", *piece.coder, "-y", f"file:{part}"]
    try:
        line = ["-loglevel", "error", *ONE_THREAD, *piece.arguments, *coder]
        call(line, watch=watch, seconds=patience(piece), limits=piece.limits)
        counted = frames_in(part)
        if counted != piece.frames:
            raise Broken(f"{counted} frames instead of {piece.frames}")
        return shelf.keep(piece.name, part)
    except Killed:  # the machine was short of memory: no shot is to blame, and trying again may help
        raise
    except Broken as reason:
        raise Unmakeable(piece, reason) from None
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def alone(path, waiting):
    """Nobody else on this host makes the same piece; `waiting()` is called while somebody does, and may raise.

    The kernel holds the lock for the open file: that of a worker that was killed is free at once.
    """
    if fcntl is None:
        yield
        return
    while True:
        with open(path, "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                waiting()
                time.sleep(0.2)
                continue
            if _still(file, path):  # else its last owner has just removed it
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return


def _still(file, path) -> bool:
    """Whether the open file is the one that has this name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def patience(piece) -> float:
    """Seconds after which a child is given up: ten and twenty times the piece's own length, on a slow host more."""
    return 60 + 20 * piece.frames / 30


def frames_in(path) -> int:
    """How many pictures a file of ours holds, counted packet by packet."""
    return len(stamps(path))


def shortened(path, frames, folder) -> Path:
    """The first pictures of a piece that can be cut there, as they are."""
    out = Path(folder) / f"{Path(path).stem}-{frames}.mp4"
    if not out.exists():
        copied = ["-map", "0:v:0", "-c", "copy", "-frames:v", str(frames), "-video_track_timescale", "15360", *EXACT]
        call(["-loglevel", "error", "-nostdin", "-i", f"file:{path}", *copied, "-y", f"file:{out}"], seconds=60)
    return out


def stamps(path) -> list[tuple[int, int]]:
    """`(pts, dts)` of every picture of a file of ours, in the file's order and time base."""
    import av

    with av.open(f"file:{path}") as container:
        stream = container.streams.video[0]
        return [(packet.pts, packet.dts) for packet in container.demux(stream) if packet.pts is not None]  # type: ignore[misc]


def even_gaps(path, frames) -> bool:
    """Whether so many pictures follow one another at equal distances, and are stored in order."""
    rows = stamps(path)
    shown = sorted(pts for pts, _dts in rows)
    gaps = {b - a for a, b in zip(shown, shown[1:])}
    stored = [dts for _pts, dts in rows if dts is not None]
    return len(rows) == frames and len(gaps) <= 1 and stored == sorted(set(stored))


def smaller(store, piece: Piece, canvas: Canvas) -> Piece:
    """The same stretch for a smaller screen, made from the piece."""
    source = path_of(store, piece.name)
    shape = f"scale={canvas.width}:{canvas.height}:flags=bicubic"
    arguments = ("-nostdin", "-threads", "1", "-i", f"file:{source}", "-map", "0:v:0", "-vf", shape)
    return Piece(key(*canvas.words, "from", piece.name), arguments, piece.frames, canvas, piece.clips, piece.cut)


class Pace:
    """Frames of the film done over those that have to be made, told by several threads; read by the one that writes them down.

    `copies`: as how many files each frame is made. `to_make`: frames of pieces that are not in the store, of all copies.
    """

    def __init__(self, copies: int = 1):
        self.copies, self.to_make, self.note = copies, 0, ""
        self._done: dict[str, int] = {}
        self._lock = threading.Lock()
        self.stop = threading.Event()

    @property
    def done(self) -> int:
        with self._lock:
            return min(self.total, sum(self._done.values()) // self.copies)

    @property
    def total(self) -> int:
        return self.to_make // self.copies

    def check(self) -> None:
        """Raise Stopped once somebody has asked to stop."""
        if self.stop.is_set():
            raise Stopped

    def watch(self, name, frames, note=""):
        """What watches the making of a piece; raises Stopped once somebody has asked to stop."""

        def told(done):
            with self._lock:
                self._done[name] = min(done, frames)
                self.note = note or self.note
            self.check()

        return told


__all__ = ["EXACT", "Pace", "Piece", "Unmakeable", "even_gaps", "frames_in", "key", "make", "settle", "smaller"]
