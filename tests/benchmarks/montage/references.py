"""What a film is measured against: x264 alone, MoviePy, and the same film encoded in one pass."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.montage.setting import spent


def limit(path, lines, frames) -> float:
    """Processor seconds of x264 alone on the frames of a film, decoded by somebody else.

    Two encoders of one thread side by side, half of the film each, as our pieces are made: where two cores share what is
    inside them, a lonely encoder would look cheaper than it is.
    """
    from concurrent.futures import ThreadPoolExecutor

    half = frames // 2
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda part: _bare(path, lines, *part), [(0, half), (half, frames)]))


def _bare(path, lines, first, last) -> float:
    from cocreation.media.ffmpeg import program
    from cocreation.rendering import recipe

    canvas = recipe.lines(lines)
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p"]
    reading = ["-ss", f"{first / 30:.4f}", "-threads", "1", "-i", str(path), "-frames:v", str(last - first), "-an"]
    reader = subprocess.Popen([program(), "-v", "error", *reading, *raw, "-"], stdout=subprocess.PIPE)
    size = ["-s", f"{canvas.width}x{canvas.height}", "-r", "30"]
    line = [program(), "-v", "error", *raw, *size, "-i", "-", *recipe.x264(canvas), "-f", "null", "-"]
    coder = subprocess.Popen(line, stdin=reader.stdout)
    reader.stdout.close()
    _pid, status, used = os.wait4(coder.pid, 0)
    coder.returncode = status
    reader.wait()
    assert status == 0
    return used.ru_utime + used.ru_stime


MOVIEPY = """
import json, sys
from moviepy import VideoFileClip, CompositeVideoClip, concatenate_videoclips
rows, H, out = json.loads(sys.argv[1])
W = 2 * round(H * 8 / 9)
parts = []
for path, seconds in rows:
    clip = VideoFileClip(path, audio=False)
    seconds = min(seconds, clip.duration)
    clip = clip.subclipped(0, seconds)
    clip = clip.resized(height=H) if clip.w / clip.h <= W / H else clip.resized(width=W)
    parts.append(CompositeVideoClip([clip.with_position("center")], size=(W, H)).with_duration(seconds))
concatenate_videoclips(parts).write_videofile(out, fps=30, codec="libx264", preset="veryfast", threads=1,
    ffmpeg_params=["-crf", "20"], audio=False, logger=None)
"""


def moviepy_there() -> bool:
    """Whether MoviePy can be asked: installed, or in the folder that MOVIEPY names (it wants an older Pillow)."""
    return subprocess.run([sys.executable, "-c", "import moviepy"], env=_moviepy(), capture_output=True).returncode == 0


def _moviepy():
    from cocreation.media.ffmpeg import program

    path = os.pathsep.join(filter(None, [os.environ.get("MOVIEPY", ""), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, "IMAGEIO_FFMPEG_EXE": program()}


def moviepy(sources, shots, lines, out) -> float:
    """Processor seconds of MoviePy on the same shots, cut one after the other with the same encoder settings."""
    rows = [[str(sources[shot.key].path), shot.length / 30] for shot in shots]
    before = spent()
    subprocess.run([sys.executable, "-c", MOVIEPY, json.dumps([rows, lines, str(out)])], check=True, env=_moviepy())
    return spent() - before


def drawn(sources, timeline, work, lines) -> Path:
    """A list of the film's pieces as they are drawn, before any loss, for ffmpeg's `concat`."""
    from cocreation.media.ffmpeg import call
    from cocreation.rendering import film as filming
    from cocreation.rendering import recipe

    work, listing = Path(work), Path(work) / "drawn.txt"
    rows = []
    for number, piece in enumerate(filming.pieces_of(timeline, sources, work, recipe.lines(lines))):
        name = work / f"raw-{number:04}.mkv"
        lossless = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-pix_fmt", "yuv420p"]
        frames = ["-frames:v", str(piece.frames), "-an"]
        call(["-loglevel", "error", *piece.arguments, *frames, *lossless, "-y", f"file:{name}"])
        rows.append(f"file 'file:{name}'\nduration {piece.frames / 30:.6f}\n")
    listing.write_text("".join(rows))
    return listing


def one_pass(listing, work, lines) -> Path:
    """The same frames through one encoder from the first to the last."""
    from cocreation.media.ffmpeg import call
    from cocreation.rendering import recipe

    out = Path(work) / "one-pass.mp4"
    coder = ["-map", "0:v:0", "-vf", "settb=1/30,setpts=N", "-r", "30", *recipe.x264(recipe.lines(lines))]
    call(["-loglevel", "error", *joined(listing), *coder, "-y", f"file:{out}"])
    return out


def joined(listing) -> list[str]:
    """A list of pieces as one input."""
    return ["-f", "concat", "-safe", "0", "-i", str(listing)]


def likeness(one, two, work) -> list[float]:
    """PSNR of each frame of two films in dB; equal frames are 100. A film may be a list of pieces."""
    from cocreation.media.ffmpeg import call

    table = Path(work) / "psnr.txt"
    graph = f"[0:v]settb=1/30,setpts=N[a];[1:v]settb=1/30,setpts=N[b];[a][b]psnr=stats_file={table}"
    inputs = [joined(film) if film.suffix == ".txt" else ["-i", f"file:{film}"] for film in (one, two)]
    call(["-v", "error", *inputs[0], *inputs[1], "-lavfi", graph, "-f", "null", "-"])
    found = re.findall(r"psnr_avg:(\S+)", table.read_text())
    return [100.0 if word == "inf" else float(word) for word in found]
