"""Pieces of picture: a shot's body, two shots that dissolve, a title, the end roll. They only say how; pieces.py makes them."""

import hashlib
import math
from dataclasses import dataclass, field
from pathlib import Path

from cocreation.media import picture
from cocreation.media.strangers import SAFE
from cocreation.planner import Body, Join, Timeline
from cocreation.rendering import cards
from cocreation.rendering.pieces import Piece, key
from cocreation.rendering.recipe import Canvas

FPS = 30
NAME_FRAMES, NAME_FADE, NAME_WAY = 84, 8, 48
LAST_STANDS = 45  # frames for which the end of the roll is still
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
    labelled: bool = False  # the AI label is in its picture already


@dataclass(frozen=True)
class Easel:
    """What all pieces of one film share."""

    timeline: Timeline
    sources: dict[str, Source]
    canvas: Canvas
    folder: Path  # for pictures of words, of this attempt
    drawn: dict = field(default_factory=dict)

    def picture(self, name, draw):
        """A picture of words, drawn once; returns `(path, hash of it, what drawing returned)`."""
        if name not in self.drawn:
            path = Path(self.folder) / f"{name}.png"
            told = draw(path)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:24] if path.exists() else ""
            self.drawn[name] = path, digest, told
        return self.drawn[name]

    def ground(self, colour):
        """`(path, hash)` of the plain picture that dips go through."""
        path, digest, _none = self.picture(
            f"ground-{colour.lstrip('#')}", lambda out: cards.ground(self.canvas, colour, out)
        )
        return path, digest


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


def dipped(span: Body, pad: str, number: int) -> tuple[str, str]:
    """`(graph, pad)`: the stretch on `pad` that comes out of and goes into the ground, the picture of input `number`.

    The ground lies over these frames alone and lets less or more of them through: in the colour planes as they are.
    `fade` to a colour that is not black turns every frame of the stretch into RGB and back, `xfade` mixes in 4:4:4.
    """
    ends = [(name, frames) for name, frames in (("in", span.fade_in), ("out", span.fade_out)) if frames]
    if not ends:
        return "", pad
    graph = f";[{number}:v]{CARD_COLOUR},format=yuva420p,split={len(ends)}" + "".join(f"[g{name}]" for name, _n in ends)
    for name, frames in ends:
        begins = 0 if name == "in" else span.frames - frames
        way = "out" if name == "in" else "in"  # of the ground: it goes when the picture comes
        graph += f";[g{name}]{still(frames)},fade={way}:0:{frames}:alpha=1,setpts=PTS+{begins}/({FPS}*TB)[k{name}]"
        graph += f";[{pad}][k{name}]overlay=format=yuv420:eof_action=pass[d{name}]"
        pad = f"d{name}"
    return graph, pad


def shown(source: Source, canvas: Canvas, pad: str, out: str, first: int = 0) -> str:
    """A graph from a shot's stream to full frames; a shape that differs by more than a sliver lies over a blurred fill.

    Nothing is done to pictures that are over before frame `first`.
    """
    facts = source.facts
    # Its sound may begin earlier than its first picture.
    seen = f"[{pad}]setpts=PTS-STARTPTS,{not_before(facts, first)}"
    wide, high = picture.fitting(facts["width"], facts["height"], canvas.width, canvas.height)
    off = abs(facts["width"] / facts["height"] / (canvas.width / canvas.height) - 1)
    if off <= 0.01:
        return f"{seen}{picture.chain(facts, canvas.width, canvas.height)}[{out}]"
    if off <= SLIVER:
        factor = max(canvas.width / facts["width"], canvas.height / facts["height"])
        wide, high = picture.even(facts["width"] * factor), picture.even(facts["height"] * factor)
        return f"{seen}{picture.chain(facts, wide, high)},crop={canvas.width}:{canvas.height}[{out}]"
    small = (  # blurred while it is small: that is what keeps it cheap
        "scale=192:108:force_original_aspect_ratio=increase,crop=192:108,boxblur=6:2,eq=brightness=-0.06,"
        f"scale={canvas.width}:{canvas.height}:flags=bilinear,setsar=1"
    )
    return (
        f"{seen}{picture.chain(facts, wide, high)},split[{out}a][{out}b];[{out}a]{small}[{out}f];"
        f"[{out}f][{out}b]overlay=(W-w)/2:(H-h)/2:format=yuv420[{out}]"
    )


def not_before(facts, first) -> str:
    """Drops pictures that are not seen at frame `first` or after it, with a margin; where the rate varies it drops none."""
    rate = facts.get("fps") or 0
    since = first / FPS - 2 / rate - 2 / FPS if rate and not facts.get("varies") else 0
    return f"trim=start={since:.4f}," if since > 0 else ""


def stretch(first, frames) -> str:
    """Frames `first` to `first + frames` at 30 a second; the last picture stands where the shot is a frame short."""
    cut = f"trim=start_frame={first}:end_frame={first + frames},setpts=PTS-STARTPTS"
    return f"fps={FPS}:start_time=0,tpad=stop_mode=clone:stop_duration=2,{cut}"


def stranger(path) -> list[str]:
    return [*SAFE, "-threads", "1", "-i", f"file:{path}"]


def overlaid(number, x, y, out) -> str:
    """What lays the AI label, input `number`, over the pad that stands before this."""
    return f"null[{out}m];[{number}:v]{CARD_COLOUR},format=yuva420p[l];[{out}m][l]overlay={x}:{y}:format=yuv420[{out}]"


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
    ground, ground_key = easel.ground(style.colour)
    inputs = [*stranger(source.path), *image(mark), *image(ground)]
    # Between cuts the label is laid on before pictures are repeated: at 8 a second that is a quarter of the work.
    dips = bool(span.fade_in or span.fade_out)
    before = "" if source.labelled or dips else f"[s]{overlaid(1, lx, ly, 't')};"
    graph = f"{shown(source, canvas, '0:V:0', 's', span.source)};{before}[{'t' if before else 's'}]{stretch(span.source, span.coded)}[p]"
    dip, pad = dipped(span, "p", 2)
    graph += dip
    if dips and not source.labelled:
        graph, pad = f"{graph};[{pad}]{overlaid(1, lx, ly, 'o')}", "o"
    graph += f";[{pad}]null"
    has_name = bool(source.code or source.name or span.item.caption)
    if has_name:
        inputs += image(strip)
        stands = min(NAME_FRAMES, span.coded)
        graph += (
            f"[q];[3:v]{CARD_COLOUR},format=yuva420p,{still(stands)},fade=in:0:{min(NAME_FADE, stands // 3)}:alpha=1,"
            f"fade=out:{stands - min(NAME_FADE, stands // 3)}:{min(NAME_FADE, stands // 3)}:alpha=1[n];"
            f"[q][n]overlay=x='{sx}-{canvas.scaled(NAME_WAY)}*pow(max(0,1-n/{NAME_FADE}),2)':y={sy}"
            ":format=yuv420:eof_action=pass"
        )
    words = [*canvas.words, "shot", source.digest, source.facts, span.source, span.coded, span.fade_in, span.fade_out]
    words += [ground_key if dips else "", mark_key, strip_key if has_name else "", source.labelled, span.loose]
    arguments = (*inputs, "-filter_complex", graph + ",format=yuv420p[v]", "-map", "[v]")
    return Piece(key(*words), arguments, span.coded, canvas, (span.item.key,), span.frames if span.loose else None)


def _join(easel, span):
    left, right, canvas = easel.sources[span.left.key], easel.sources[span.right.key], easel.canvas
    mark, mark_key, (lx, ly) = easel.picture("label", lambda out: cards.label(canvas, out))
    frames = span.frames
    label = "null[v]" if left.labelled and right.labelled else f"{overlaid(2, lx, ly, 'o')};[o]format=yuv420p[v]"
    graph = (
        f"{shown(left, canvas, '0:V:0', 'x', span.left_source)};[x]{stretch(span.left_source, frames)},settb=1/{FPS}[a];"
        f"{shown(right, canvas, '1:V:0', 'y', span.right_source)};[y]{stretch(span.right_source, frames)},settb=1/{FPS},"
        f"format=yuva420p,fade=in:0:{frames}:alpha=1[b];[a][b]overlay=format=yuv420[j];[j]{label}"
    )
    words = [*canvas.words, "join", left.digest, left.facts, span.left_source, right.digest, right.facts]
    words += [span.right_source, frames, mark_key, left.labelled, right.labelled]
    inputs = [*stranger(left.path), *stranger(right.path), *image(mark)]
    arguments = (*inputs, "-filter_complex", graph, "-map", "[v]")
    return Piece(key(*words), arguments, frames, canvas, (span.left.key, span.right.key))


def _title(easel, span):
    canvas, timeline = easel.canvas, easel.timeline
    mark, mark_key, at = easel.picture("label", lambda out: cards.label(canvas, out))
    path, digest, _none = easel.picture(
        "title", lambda out: cards.title(canvas, timeline.style.name, timeline.title, out)
    )
    train, train_key, moving = easel.picture("train", lambda out: cards.train(canvas, timeline.style.name, out))
    ground, ground_key = easel.ground(timeline.style.colour)
    inputs = ["-nostdin", *image(path), *image(mark), *image(ground)]
    graph = f"[0:v]{CARD_COLOUR},format=yuv420p,{still(span.frames)}[t];"
    if moving:
        x, y, way = moving
        inputs += image(train)
        graph += (
            f"[3:v]{CARD_COLOUR},format=yuva420p[m];"
            f"[t][m]overlay=x='{x}-{way}*n/{span.frames}':y={y}:format=yuv420[u];[u]"
        )
    else:
        graph += "[t]"
    dip, pad = dipped(span, "p", 2)
    graph += f"fade=in:0:10[p]{dip};[{pad}]{overlaid(1, *at, 'o')};[o]format=yuv420p[v]"
    words = [*canvas.words, "title", digest, mark_key, train_key if moving else "", span.frames, span.fade_in]
    words += [span.fade_out, ground_key]
    return Piece(key(*words), (*inputs, "-filter_complex", graph, "-map", "[v]"), span.frames, canvas)


def _roll(easel, span):
    canvas, timeline = easel.canvas, easel.timeline
    mark, mark_key, at = easel.picture("label", lambda out: cards.label(canvas, out))
    path, digest, tall = easel.picture(
        "roll", lambda out: cards.roll(canvas, timeline.style.name, timeline.credits, out)
    )
    # Whole steps, even as the colour planes are: text that moves by 5 lines and then by 6 trembles. It ends standing.
    ground, ground_key = easel.ground(timeline.style.colour)
    dip, pad = dipped(span, "p", 2)
    way = max(0, tall - canvas.height)
    step = max(2, 2 * math.ceil(way / max(1, span.frames - LAST_STANDS) / 2))
    graph = (
        f"[0:v]{CARD_COLOUR},format=yuv420p,{still(span.frames)},"
        f"crop={canvas.width}:{canvas.height}:0:'min({way},{step}*n)'"
        f",fade=out:{span.frames - 20}:20[p]{dip};[{pad}]{overlaid(1, *at, 'o')};[o]format=yuv420p[v]"
    )
    words = [*canvas.words, "roll", digest, mark_key, span.frames, span.fade_in, ground_key]
    inputs = ("-nostdin", *image(path), *image(mark), *image(ground))
    return Piece(key(*words), (*inputs, "-filter_complex", graph, "-map", "[v]"), span.frames, canvas)
