"""Enlarges a shot chunk by chunk: each is kept under the hash of what it is made from, so a kill costs at most one.

The frames keep their own times: a backend sees an even rate, the joined file is given the source's rhythm again.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from cocreation.media import copies, ffmpeg, looking, picture
from cocreation.media.strangers import read
from cocreation.upscaling.chunks import QUIET, Chunk

RECIPE = "upscale/2"
CHUNK_SECONDS = 15 * 60  # what a kill may cost, by the backend's own pace: a large model takes minutes a frame
CLOCK = 90_000  # ticks a second in the joined file


def upscale(source, out, *, seen, digest, size, backend, store, watch=lambda frames: None) -> None:
    """Write `source` at `size` to `out` (mp4, native frame rate, the source's sound), its frames counted.

    `seen` is the prober's Look at it, `digest` its sha256, `store` keeps chunks (cocreation/pieces.py), `watch(frames)`
    is told how many frames are done and may raise to stop.
    """
    facts, total = seen.facts, seen.facts["frames"]
    with tempfile.TemporaryDirectory(dir=store.folder, prefix="upscale-") as name:
        folder = Path(name)
        made = []
        step = frames_a_chunk(backend, facts)
        for first in range(0, total, step):
            count = min(step, total - first)
            key = key_of(digest, backend.name, size, first, count)
            path = store.get(key)
            if path is None:
                path = _make(source, facts, first, count, size, backend, folder, store, key, watch)
            made.append(path)
            watch(first + count)
        picture_only = folder / "picture.mp4"
        join(made, picture_only, seen)
        sounding = folder / "sounding.mp4"
        add_sound(picture_only, source, sounding, facts)
        again = looking.look(sounding, longest=facts["seconds"] + 5)
        if (again.facts.get("frames"), again.facts.get("width"), again.facts.get("height")) != (total, *size):
            raise ffmpeg.Broken(f"{again.facts.get('frames')} frames instead of {total}")
        os.replace(sounding, out)


def frames_a_chunk(backend, facts) -> int:
    """How many frames a chunk has: the backend's number, of large or slow pictures fewer. The same on every host."""
    seconds = facts["width"] * facts["height"] / 1e6 * backend.seconds_a_megapixel
    return max(1, min(backend.chunk_frames, int(CHUNK_SECONDS / seconds)))


def key_of(digest, backend, size, first, count) -> str:
    """The name of a chunk: the hash of everything that it is made from."""
    parts = [RECIPE, looking.VERSION, digest, backend, *size, first, count]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _make(source, facts, first, count, size, backend, folder, store, key, watch):
    part = folder / f"{key}.mp4"
    backend.run(
        Chunk(Path(source), facts, first, count, size, folder, part, lambda done: watch(first + min(done, count)))
    )
    have = copies.frames_in(part)
    if have != count:
        raise ffmpeg.Broken(f"{have} frames instead of {count}")
    return store.keep(key, part)


def join(chunks, out, seen) -> None:
    """The chunks one after the other, each frame at its own time."""
    import av

    times = seen.times
    ends = [*times[1:], seen.facts["seconds"]]
    number = 0
    with av.open(str(out), "w", options={"video_track_timescale": str(CLOCK)}) as target:
        stream = None
        for path in chunks:
            with av.open(str(path)) as source:
                if stream is None:
                    stream = target.add_stream_from_template(source.streams.video[0])
                for packet in source.demux(video=0):
                    if not packet.size:
                        continue
                    packet.stream, packet.time_base = stream, _tick()
                    packet.pts = packet.dts = round(times[number] * CLOCK)
                    packet.duration = max(1, round((ends[number] - times[number]) * CLOCK))
                    target.mux(packet)
                    number += 1


def _tick():
    from fractions import Fraction

    return Fraction(1, CLOCK)


def add_sound(film, source, out, facts) -> None:
    """The source's sound under the new picture, and in the file the words that a machine made it.

    Sound that begins before the first picture or after it, or has a gap, keeps its moments.
    """
    moments = f"asetpts=PTS-{facts.get('begins', 0):.6f}/TB,aresample=async=1:first_pts=0"
    sound = [*read(source), "-map", "0:v:0", "-map", "1:a:0?", "-af", moments, "-c:a", "aac", "-b:a", "160k"]
    tail = [*copies.EXACT, *copies.SAYS, *picture.OUT, "-movflags", "+faststart", "-y", f"file:{out}"]
    ends = [
        "-c:v",
        "copy",
        "-frames:v",
        str(facts["frames"]),
        *copies.until(facts["seconds"]),
    ]  # sound may go on and on
    ffmpeg.call(
        [*QUIET, "-i", f"file:{film}", *(sound if facts["sound"] else ["-map", "0:v:0"]), *ends, *tail],
        seconds=120,
    )
