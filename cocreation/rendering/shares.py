"""Stretches of a film of ours as a GIF, or as a vertical film over a blurred fill.

The AI label that is on the film's frames is too small to be read in these: `mark(width, height)` draws a larger one and
returns `(its file, (x, y))`; it is laid over that.
"""

from cocreation.media.ffmpeg import Broken, call
from cocreation.rendering.pieces import frames_in
from cocreation.rendering.recipe import LABEL, ONE_THREAD, SAYS, Canvas, x264

FPS = 30
TALL = Canvas(720, 1280, "veryfast", 23)
GIF_WIDTH, GIF_HEIGHT, GIF_FPS, GIF_SECONDS = 400, 226, 10, 8


def gif(film, spans, out, *, mark, watch) -> None:
    """At most eight seconds, 400 pixels wide, ten pictures a second, colours of its own; raises Broken when some are missing.

    Where the stretches are longer, each gives of its beginning what its length is of them all.
    """
    spans = shared_out(spans)
    label, (x, y) = mark(GIF_WIDTH, GIF_HEIGHT)
    graph = (
        f"{_cut(spans, sound=False)};[v]fps={GIF_FPS},"
        f"scale={GIF_WIDTH}:{GIF_HEIGHT}:flags=lanczos[k];[k][1:v]overlay={x}:{y},"
        "split[a][b];[a]palettegen=max_colors=128:stats_mode=full[p];[b][p]paletteuse=dither=bayer:bayer_scale=4[g]"
    )
    call(
        [
            *("-loglevel", "error", "-nostdin", *ONE_THREAD, "-i", f"file:{film}", "-i", f"file:{label}"),
            *("-filter_complex", graph, "-map", "[g]", "-loop", "0", "-y", f"file:{out}"),
        ],
        watch=watch,
        seconds=300,
    )
    pictures = max(1, round(sum(length for _start, length in spans) / FPS * GIF_FPS))
    if frames_in(out) != pictures:
        raise Broken(f"{frames_in(out)} frames instead of {pictures}")
    out.write_bytes(commented(out.read_bytes(), LABEL))


def shared_out(spans) -> list[tuple[int, int]]:
    """The stretches cut so that together they fill a GIF, in whole pictures of it."""
    most, whole, step = GIF_SECONDS * FPS, sum(length for _start, length in spans), FPS // GIF_FPS
    if whole <= most:
        return spans
    return [(start, max(step, most * length // whole // step * step)) for start, length in spans]


def commented(gif, words) -> bytes:
    """The GIF with a comment before its first picture, where readers look for it: ffmpeg writes none. At most 255 bytes."""
    colours = 3 << ((gif[10] & 7) + 1) if gif[10] & 0x80 else 0  # the palette that all pictures share
    head, said = 13 + colours, words.encode()
    return gif[:head] + b"\x21\xfe" + bytes([len(said)]) + said + b"\x00" + gif[head:]


def vertical(film, spans, out, *, mark, watch) -> None:
    """720 × 1280 with sound; raises Broken when it holds other frames than the stretches."""
    label, (x, y) = mark(TALL.width, TALL.height)
    graph = (
        f"{_cut(spans, sound=True)};[v]split[a][b];"
        "[a]scale=90:160:force_original_aspect_ratio=increase,crop=90:160,boxblur=5:2,eq=brightness=-0.1,"
        f"scale={TALL.width}:{TALL.height}:flags=bilinear,setsar=1[f];[b]scale={TALL.width}:-2:flags=lanczos[s];"
        f"[f][s]overlay=0:(H-h)/2:format=yuv420[m];[m][1:v]overlay={x}:{y}:format=yuv420,format=yuv420p[w]"
    )
    frames = sum(length for _start, length in spans)
    call(
        [
            *("-loglevel", "error", "-nostdin", *ONE_THREAD, "-i", f"file:{film}", "-i", f"file:{label}"),
            *("-filter_complex", graph, "-map", "[w]", "-map", "[s0]", "-frames:v", str(frames), *x264(TALL)),
            *("-c:a", "aac", "-b:a", "128k"),
            *SAYS,
            *("-movflags", "+faststart", "-y", f"file:{out}"),
        ],
        watch=watch,
        seconds=300,
    )
    if frames_in(out) != frames:
        raise Broken(f"{frames_in(out)} frames instead of {frames}")


def _cut(spans, *, sound) -> str:
    """The stretches one after the other as [v], and as [s0]."""
    graph, ends = [f"[0:v]split={len(spans)}{''.join(f'[i{n}]' for n in range(len(spans)))}"], ""
    if sound:
        graph.append(f"[0:a]asplit={len(spans)}{''.join(f'[j{n}]' for n in range(len(spans)))}")
    for n, (start, frames) in enumerate(spans):
        graph.append(f"[i{n}]trim=start_frame={start}:end_frame={start + frames},setpts=PTS-STARTPTS[v{n}]")
        ends += f"[v{n}]"
        if sound:
            a, b = start / FPS, (start + frames) / FPS
            soft = f"afade=in:d=0.04,afade=out:st={max(0, frames / FPS - 0.04):.4f}:d=0.04"
            graph.append(f"[j{n}]atrim={a:.5f}:{b:.5f},asetpts=PTS-STARTPTS,{soft}[a{n}]")
            ends += f"[a{n}]"
    graph.append(f"{ends}concat=n={len(spans)}:v=1:a={int(sound)}[v]{'[s0]' if sound else ''}")
    return ";".join(graph)
