"""What pages show of a shot: a poster, a small copy that starts at once, two stills to compare."""

from pathlib import Path

from cocreation.media import picture
from cocreation.media.ffmpeg import Broken
from cocreation.media.strangers import convert

LABEL = "AI 生成内容  AI-generated"  # also inside every file that leaves the house
EXACT = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
SAYS = ["-metadata", f"comment={LABEL}"]
PROXY_LINES = 360


def poster(path, out, facts, *, at=0.5, mark=None) -> None:
    """A JPEG of 640 pixels' width from near the beginning. `mark(width, height)` gives a picture and its place to lay over it."""
    wide, high = picture.fitting(facts["width"], facts["height"], 640, 640)
    still(path, out, facts, wide, high, at=at)
    if mark:
        from PIL import Image

        name, place = mark(wide, high)
        with Image.open(out, formats=("JPEG",)) as found, Image.open(name) as over:
            marked = found.convert("RGB")
            marked.paste(over, place, over)
        marked.save(out, "JPEG", quality=88)


def still(path, out, facts, width, height, *, at=0.5, quality=4) -> None:
    """One frame as a JPEG."""
    for second in (min(at, facts["seconds"] / 2), 0):
        chain = picture.chain(facts, width, height, still=True)
        arguments = ["-map", "0:V:0", "-frames:v", "1", "-vf", chain, "-q:v", str(quality), *EXACT]
        if second:  # as an output option: it decodes up to there and hits the frame
            arguments += ["-ss", f"{second:.3f}"]
        convert(path, [*arguments, "-f", "image2", "-update", "1", "-y", f"file:{out}"], seconds=30)
        if Path(out).exists() and Path(out).stat().st_size:
            return
    raise Broken("no picture")


def proxy(path, out, facts, *, mark=None) -> None:
    """360 lines at the shot's own rate, ready to start at once, marked as AI-generated; `mark` as in `poster`."""
    wide, high = picture.fitting(facts["width"], facts["height"], 16 * PROXY_LINES, PROXY_LINES)
    coder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-threads", "1", "-fpsmax", "60"]
    chain, over = f"[0:V:0]{picture.chain(facts, wide, high)}", []
    if mark:
        name, (x, y) = mark(wide, high)
        over = ["-f", "image2", "-i", f"file:{name}"]
        chain += (
            f"[p];[1:v]scale=out_color_matrix=bt709:out_range=tv,format=yuva420p[l];[p][l]overlay={x}:{y}:format=yuv420"
        )
    chain += ",format=yuv420p[v]"
    convert(
        path,
        [
            *(*over, "-filter_complex", chain, "-map", "[v]", "-map", "0:a:0?", *coder, *picture.OUT),
            *("-c:a", "aac", "-b:a", "96k", "-ac", "2", "-movflags", "+faststart", *EXACT, *SAYS, "-y", f"file:{out}"),
        ],
        seconds=120,
    )
