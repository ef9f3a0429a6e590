"""Pieces of picture: a shot's body, two shots that dissolve, a title, the end roll. They only say how; pieces.py makes them."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from cocreation.media import picture
from cocreation.media.strangers import SAFE
from cocreation.planner import Body, Join, Timeline
from cocreation.rendering import cards
from cocreation.rendering.pieces import Piece, key
from cocreation.rendering.recipe import Canvas

FPS = 30
NAME_FRAMES, NAME_FADE = 84, 8
SLIVER = 0.04  # 832 × 480 is no 16:9: two bars of 20 pixels would look like a mistake, so the edge is cut instead
CARD_COLOUR = "scale=out_color_matrix=bt709:out_range=tv"


@dataclass(frozen=True)
class Source:
    """The file of a shot: where it lies, the hash of its bytes, what the prober found, how the film names its team."""

    path: Path
    digest: str
    facts: dict
    code: str = ""
    name: str = ""
    colour: str = "#10766b"
    words: str = ""  # what people know it by: "KITE 2"
    size: tuple[int, int] = field(default=(0, 0))


@dataclass(frozen=True)
class Easel:
    """What all pieces of one film share."""

    timeline: Timeline
    sources: dict[str, Source]
    canvas: Canvas
    folder: Path  # for pictures of words, of this attempt

    def picture(self, name, draw):
        """A picture of words, drawn once; returns `(path, hash of it, what drawing returned)`."""
        path = Path(self.folder) / f"{name}.png"
        told = draw(path)
        return path, hashlib.sha256(path.read_bytes()).hexdigest()[:24], told


def piece_of(easel: Easel, span: Body | Join) -> Piece:
    """How to make this span."""
    if isinstance(span, Join):
        return _join(easel, span)
    if span.item.kind == "title":
        return _title(easel, span)
    return _roll(easel, span) if span.item.kind == "roll" else _shot(easel, span)


def image(path) -> list[str]:
    """A picture of ours as an input of one frame."""
    return ["-f", "image2", "-framerate", str(FPS), "-i", f"file:{path}"]


def still(frames) -> str:
    """That frame, as often as needed; decoded once."""
    return f"loop=loop={max(0, frames - 1)}:size=1:start=0,setpts=N/({FPS}*TB)"


def fades(span: Body, colour: str) -> str:
    found = ""
    if span.fade_in:
        found += f",fade=in:0:{span.fade_in}:color={ffcolour(colour)}"
    if span.fade_out:
        found += f",fade=out:{span.frames - span.fade_out}:{span.fade_out}:color={ffcolour(colour)}"
    return found


def ffcolour(colour) -> str:
    """#rrggbb as ffmpeg writes it."""
    return "0x" + colour.lstrip("#")


def shown(source: Source, canvas: Canvas, pad: str, out: str) -> str:
    """A graph from a shot's stream to full frames; a shape that differs by more than a sliver lies over a blurred fill."""
    facts = source.facts
    wide, high = picture.fitting(facts["width"], facts["height"], canvas.width, canvas.height)
    off = abs(facts["width"] / facts["height"] / (canvas.width / canvas.height) - 1)
    if off <= 0.01:
        return f"[{pad}]{picture.chain(facts, canvas.width, canvas.height)}[{out}]"
    if off <= SLIVER:
        factor = max(canvas.width / facts["width"], canvas.height / facts["height"])
        wide, high = picture.even(facts["width"] * factor), picture.even(facts["height"] * factor)
        return f"[{pad}]{picture.chain(facts, wide, high)},crop={canvas.width}:{canvas.height}[{out}]"
    small = (  # blurred while it is small: that is what keeps it cheap
        "scale=192:108:force_original_aspect_ratio=increase,crop=192:108,boxblur=6:2,eq=brightness=-0.06,"
        f"scale={canvas.width}:{canvas.height}:flags=bilinear,setsar=1"
    )
    return (
        f"[{pad}]{picture.chain(facts, wide, high)},split[{out}a][{out}b];[{out}a]{small}[{out}f];"
        f"[{out}f][{out}b]overlay=(W-w)/2:(H-h)/2:format=yuv420[{out}]"
    )


def stretch(first, frames) -> str:
    """Frames `first` to `first + frames` at 30 a second; the last picture stands where the shot is a frame short."""
    cut = f"trim=start_frame={first}:end_frame={first + frames},setpts=PTS-STARTPTS"
    return f"fps={FPS}:start_time=0,tpad=stop_mode=clone:stop_duration=2,{cut}"


def stranger(path) -> list[str]:
    return [*SAFE, "-threads", "1", "-i", f"file:{path}"]


def _shot(easel, span):
    source, canvas, style = easel.sources[span.item.key], easel.canvas, easel.timeline.style
    mark, mark_key, (lx, ly) = easel.picture("label", lambda out: cards.label(canvas, out))
    name = f"name-{key(source.code, source.name, span.item.caption, style.name)[:16]}"
    strip, strip_key, (sx, sy) = easel.picture(
        name,
        lambda out: cards.name_strip(
            canvas, style.name, source.colour, source.code, source.name, span.item.caption, out
        ),
    )
    inputs = [*stranger(source.path), *image(mark)]
    graph = (
        f"{shown(source, canvas, '0:V:0', 's')};[s]{stretch(span.source, span.frames)}{fades(span, style.colour)}[p];"
        f"[1:v]{CARD_COLOUR},format=yuva420p[l];[p][l]overlay={lx}:{ly}:format=yuv420"
    )
    has_name = bool(source.code or source.name or span.item.caption)
    if has_name:
        inputs += image(strip)
        stands = min(NAME_FRAMES, span.frames)
        graph += (
            f"[q];[2:v]{CARD_COLOUR},format=yuva420p,{still(stands)},fade=in:0:{min(NAME_FADE, stands // 3)}:alpha=1,"
            f"fade=out:{stands - min(NAME_FADE, stands // 3)}:{min(NAME_FADE, stands // 3)}:alpha=1[n];"
            f"[q][n]overlay={sx}:{sy}:format=yuv420:eof_action=pass"
        )
    words = [*canvas.words, "shot", source.digest, source.facts, span.source, span.frames, span.fade_in, span.fade_out]
    words += [style.colour, mark_key, strip_key if has_name else ""]
    arguments = (*inputs, "-filter_complex", graph + ",format=yuv420p[v]", "-map", "[v]")
    return Piece(key(*words), arguments, span.frames, canvas, (span.item.key,))


def _join(easel, span):
    left, right, canvas = easel.sources[span.left.key], easel.sources[span.right.key], easel.canvas
    mark, mark_key, (lx, ly) = easel.picture("label", lambda out: cards.label(canvas, out))
    frames = span.frames
    graph = (
        f"{shown(left, canvas, '0:V:0', 'x')};[x]{stretch(span.left_source, frames)},settb=1/{FPS}[a];"
        f"{shown(right, canvas, '1:V:0', 'y')};[y]{stretch(span.right_source, frames)},settb=1/{FPS}[b];"
        f"[a][b]xfade=transition=fade:duration={frames / FPS:.6f}:offset=0[j];"
        f"[2:v]{CARD_COLOUR},format=yuva420p[l];[j][l]overlay={lx}:{ly}:format=yuv420,format=yuv420p[v]"
    )
    words = [*canvas.words, "join", left.digest, left.facts, span.left_source, right.digest, right.facts]
    words += [span.right_source, frames, mark_key]
    inputs = [*stranger(left.path), *stranger(right.path), *image(mark)]
    arguments = (*inputs, "-filter_complex", graph, "-map", "[v]")
    return Piece(key(*words), arguments, frames, canvas, (span.left.key, span.right.key))


def _title(easel, span):
    canvas, timeline = easel.canvas, easel.timeline
    path, digest, _none = easel.picture(
        "title", lambda out: cards.title(canvas, timeline.style.name, timeline.title, out)
    )
    graph = f"{CARD_COLOUR},format=yuv420p,{still(span.frames)},fade=in:0:10{fades(span, timeline.style.colour)}"
    words = [*canvas.words, "title", digest, span.frames, span.fade_in, span.fade_out, timeline.style.colour]
    return Piece(key(*words), ("-nostdin", *image(path), "-vf", graph), span.frames, canvas)


def _roll(easel, span):
    canvas, timeline = easel.canvas, easel.timeline
    path, digest, tall = easel.picture(
        "roll", lambda out: cards.roll(canvas, timeline.style.name, timeline.credits, out)
    )
    way = max(1, tall - canvas.height)
    graph = (
        f"{CARD_COLOUR},format=yuv420p,{still(span.frames)},"
        f"crop={canvas.width}:{canvas.height}:0:'{way}*n/{max(1, span.frames - 1)}'"
        f"{fades(span, timeline.style.colour)},fade=out:{span.frames - 20}:20"
    )
    words = [*canvas.words, "roll", digest, span.frames, span.fade_in, timeline.style.colour]
    return Piece(key(*words), ("-nostdin", *image(path), "-vf", graph), span.frames, canvas)
