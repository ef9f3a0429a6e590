"""A shot for an editor: whole, at 30 even frames a second, with its own sound and nothing written on it."""

import uuid
from pathlib import Path

from cocreation.media.children import STRANGERS
from cocreation.media.ffmpeg import Broken, call
from cocreation.rendering.pictures import Source, shown, stranger, stretch
from cocreation.rendering.pieces import frames_in, key, path_of, settle
from cocreation.rendering.recipe import SAYS, Canvas, x264
from cocreation.rendering.sound import RATE, voice_of


def mezzanine(store, source: Source, voice: Source | None, frames: int, canvas: Canvas, *, watch) -> Path:
    """The mezzanine from the store, made when it is not there. Raises Broken."""
    words = [*canvas.words, "mezzanine/2", source.digest, source.facts, frames, voice.digest if voice else ""]
    path = path_of(store, key(*words))
    if path.exists():
        watch(frames)
        return path
    part = path_of(store, f"{path.stem}.{uuid.uuid4().hex[:8]}.part")
    raw = part.with_suffix(".s16")
    graph = f"{shown(source, canvas, '0:V:0', 's')};[s]{stretch(0, frames)}[v]"
    inputs, sound = stranger(source.path), ["-an"]
    try:
        if voice:
            heard = voice_of(store, voice.path, voice.digest, frames, lambda: watch(0))
            heard[: round(frames * RATE / 30)].tofile(raw)
            inputs += ["-f", "s16le", "-ar", str(RATE), "-ac", "2", "-i", f"file:{raw}"]
            sound = ["-map", "1:a:0", "-c:a", "aac", "-b:a", "192k", "-t", f"{frames / 30:.6f}"]
        call(
            [
                *("-loglevel", "error", *inputs, "-filter_complex", graph, "-map", "[v]", "-frames:v", str(frames)),
                *(*sound, *x264(canvas), *SAYS, "-movflags", "+faststart", "-y", f"file:{part}"),
            ],
            watch=watch,
            seconds=120 + frames,
            limits=STRANGERS,
        )
        if frames_in(part) != frames:
            raise Broken(f"{frames_in(part)} frames instead of {frames}")
        settle(part, path)
    finally:
        part.unlink(missing_ok=True)
        raw.unlink(missing_ok=True)
    return path
