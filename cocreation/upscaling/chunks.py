"""A chunk of a shot: the frames that one run of a backend enlarges, and the files around it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cocreation.media import ffmpeg, picture
from cocreation.media.children import STRANGERS
from cocreation.media.strangers import read

QUIET = ["-loglevel", "error", "-nostdin"]
TICK = 30  # chunks run at a made-up rate; the engine gives each frame its own time again
CODER = [
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-bf", "0", "-g", "60", "-threads", "1"),
    *("-pix_fmt", "yuv420p", "-fps_mode", "passthrough", "-video_track_timescale", "90000", "-an"),
    *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
    *picture.OUT,
]


@dataclass(frozen=True)
class Chunk:
    """Frames `first` to `first + count - 1` of `source`, to be `size` large in `out` (an mp4, exactly `count` frames).

    `facts` is what the prober found; `folder` takes intermediate files; `watch(frames)` hears of progress and may raise.
    """

    source: Path
    facts: dict
    first: int
    count: int
    size: tuple[int, int]
    folder: Path
    out: Path
    watch: Callable = lambda frames: None
    patience: float = 0  # seconds that a backend may take; 0: what it thinks right

    @property
    def factor(self) -> float:
        return self.size[0] / self.facts["width"]

    @property
    def scale(self) -> int:
        """The whole number of times that is at least as large: 2, 3 or 4, what models offer."""
        return min(4, max(2, -int(-(self.factor - 0.02) // 1)))

    def picked(self) -> str:
        """The filter that keeps these frames, at a made-up even rate."""
        last = self.first + self.count - 1
        return f"select=between(n\\,{self.first}\\,{last}),settb=1/{TICK},setpts=N,fps={TICK}"


def straight(chunk, filters) -> None:
    """Make the chunk in one run of ffmpeg: its frames, these filters, done."""
    base = picture.chain(chunk.facts)
    line = ["-map", "0:V:0", "-vf", f"{chunk.picked()},{base},{filters}", "-frames:v", str(chunk.count), *CODER]
    ffmpeg.call(
        ["-loglevel", "error", *read(chunk.source), *line, "-y", f"file:{chunk.out}"],
        watch=chunk.watch,
        limits=STRANGERS,
        seconds=patience(chunk),
    )


def patience(chunk) -> float:
    """Seconds that ffmpeg may take for a chunk: it may have to decode everything before it."""
    return 60 + 0.5 * (chunk.first + chunk.count)


def unpack(chunk, name, *coder) -> Path:
    """The chunk's own frames without loss, at their own size."""
    path = chunk.folder / name
    chain = f"{chunk.picked()},{picture.chain(chunk.facts)},scale=in_color_matrix=bt709:in_range=tv"
    line = ["-map", "0:V:0", "-vf", chain, "-frames:v", str(chunk.count), "-fps_mode", "passthrough", "-an", *coder]
    ffmpeg.call(
        ["-loglevel", "error", *read(chunk.source), *line, "-y", f"file:{path}"],
        limits=STRANGERS,
        seconds=patience(chunk),
    )
    return path


def pack(chunk, source, *given, limits=STRANGERS) -> None:
    """Encode a backend's frames as the chunk, at exactly its size. `given` says how to read `source`."""
    wide, high = chunk.size
    chain = f"settb=1/{TICK},setpts=N,scale={wide}:{high}:flags=lanczos:out_color_matrix=bt709:out_range=tv,setsar=1"
    line = ["-map", "0:v:0", "-vf", f"{chain},format=yuv420p", "-frames:v", str(chunk.count), *CODER]
    ffmpeg.call(
        [*QUIET, "-protocol_whitelist", "file", *given, "-i", f"file:{source}", *line, "-y", f"file:{chunk.out}"],
        limits=limits,
        seconds=600,
    )
