"""What pages show of a shot: a poster, a small copy that starts at once, two stills to compare."""

from pathlib import Path

from cocreation.media import picture
from cocreation.media.ffmpeg import Broken
from cocreation.media.strangers import convert

LABEL = "AI 生成内容  AI-generated"  # also inside every file that leaves the house
EXACT = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
SAYS = ["-metadata", f"comment={LABEL}"]
PROXY_LINES, MOST_RATE = 360, 60
WHOLE = 0.9  # of the frames of a varying rate: two that are shown at nearly the same moment become one


def poster(path, out, facts, *, at=0.5, mark=None) -> None:
    """A JPEG of 640 pixels' width from near the beginning. `mark(width, height)` gives a picture and its place to lay over it."""
    wide, high = picture.fitting(facts["width"], facts["height"], 640, 640)
    still(path, out, facts, wide, high, at=at, mark=mark)


def still(path, out, facts, width, height, *, at=0.5, quality=4, mark=None) -> None:
    """One frame as a JPEG; `mark` as in `poster`."""
    for second in (min(at, facts["seconds"] / 2), 0):
        chain = picture.chain(facts, width, height, still=True)
        arguments = ["-map", "0:V:0", "-frames:v", "1", "-vf", chain, "-q:v", str(quality), *EXACT]
        if second:  # as an output option: it decodes up to there and hits the frame
            arguments += ["-ss", f"{second:.3f}"]
        convert(path, [*arguments, "-f", "image2", "-update", "1", "-y", f"file:{out}"], seconds=30)
        if Path(out).exists() and Path(out).stat().st_size:
            break
    else:
        raise Broken("no picture")
    if mark:
        _marked(out, *mark(width, height), quality=95 if quality < 4 else 88)
    say(out)


def say(out) -> None:
    """Write into a JPEG that a machine made it, after its first segment, where readers look: ffmpeg writes no comment."""
    found, words = Path(out).read_bytes(), LABEL.encode()
    head = 4 + int.from_bytes(found[4:6], "big") if found[2:4] == b"\xff\xe0" else 2
    Path(out).write_bytes(found[:head] + b"\xff\xfe" + (2 + len(words)).to_bytes(2, "big") + words + found[head:])


def _marked(out, name, place, *, quality) -> None:
    """Lay a picture over a JPEG."""
    from PIL import Image

    with Image.open(out, formats=("JPEG",)) as found, Image.open(name) as over:
        marked = found.convert("RGB")
        marked.paste(over, place, over)
    marked.save(out, "JPEG", quality=quality)


def proxy(path, out, facts, *, mark=None) -> None:
    """360 lines at the shot's own rate, ready to start at once, marked as AI-generated; `mark` as in `poster`."""
    wide, high = picture.fitting(facts["width"], facts["height"], 16 * PROXY_LINES, PROXY_LINES)
    coder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-threads", "1", "-fpsmax", str(MOST_RATE)]
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
            # Its sound may go on for half an hour after it; the picture may begin after the sound.
            *until(facts.get("begins", 0) + facts["seconds"]),
            *("-c:a", "aac", "-b:a", "96k", "-ac", "2", "-movflags", "+faststart", *EXACT, *SAYS, "-y", f"file:{out}"),
        ],
        seconds=10 + 20 * facts["seconds"],
    )
    made = frames_in(out)
    if made < (WHOLE if facts.get("varies") else 1) * min(facts["frames"], int(MOST_RATE * facts["seconds"])):
        raise Broken(f"{made} frames of {facts['frames']}")


def until(seconds) -> list[str]:
    """Where a copy ends. A hair later: seconds are rounded, and a last frame may stand for less than what is lost there."""
    return ["-t", f"{seconds + 0.01:.6f}"]


def frames_in(path) -> int:
    """How many coded frames one of our own files has."""
    import av

    with av.open(f"file:{path}") as container:
        return sum(bool(packet.size) for packet in container.demux(video=0))
