"""What a film costs: `python -m tests.benchmarks.montage [--lines 1080] [--clips 10 40 160] [--folder CLIPS] [--moviepy]`.

Processor seconds of children, so that other load on the machine does not count. The limit is a bare x264 encode of the
very same frames, already decoded, with the same arguments. MoviePy is measured in the same run where it is installed
(`pip install moviepy`); it is no requirement of ours. Each row: what, processor seconds, ratio, the goal, kept or not.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "media" / "clips"


def spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def setting(folder, count):
    """Sources and shots: the real clips over and over, each time another stretch, as if they were others."""
    import hashlib

    from cocreation import planner
    from cocreation.media import looking
    from cocreation.rendering.pictures import Source

    files = sorted(path for path in Path(folder).iterdir() if path.suffix in {".mp4", ".gif"})
    seen = [(path, looking.look(path, longest=10).facts) for path in files]
    seen = [(path, facts) for path, facts in seen if facts]
    sources, shots = {}, []
    for number in range(count):
        path, facts = seen[number % len(seen)]
        key = f"{number:03}"
        digest = hashlib.sha256(f"{path.name}{number}".encode()).hexdigest()
        sources[key] = Source(path, digest, facts, f"T{number:03}", f"小队 {number}", "#10766b")
        frames = int(facts["seconds"] * 30)
        shots.append(planner.Shot(key, str(number % 20), frames, length=min(75, max(20, frames - 20)), sound=False))
    return sources, shots


def film(folder, store, sources, shots, style, lines, order="hand"):
    from cocreation import planner
    from cocreation.rendering import film as filming
    from cocreation.rendering import recipe, styles

    credits = planner.Credits((("制作", tuple((f"T{n:03}", "小队") for n in range(20))),))
    card = planner.Card("《地球Online 2024》", ("诚邀玩家们新系统更新",))
    timeline = planner.plan(shots, planner.Wishes(order), styles.style(style), card, credits)
    before, began = spent(), time.perf_counter()
    made = filming.make(timeline, sources, folder, store, canvas=recipe.lines(lines))
    return made, timeline, spent() - before, time.perf_counter() - began


def limit(path, lines):
    """Processor seconds of x264 alone on the frames of a film."""
    from cocreation.media.ffmpeg import program
    from cocreation.rendering import recipe

    canvas = recipe.lines(lines)
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p"]
    reader = subprocess.Popen(
        [program(), "-v", "error", "-threads", "1", "-i", str(path), "-an", *raw, "-"], stdout=subprocess.PIPE
    )
    size = ["-s", f"{canvas.width}x{canvas.height}", "-r", "30"]
    line = [program(), "-v", "error", *raw, *size, "-i", "-", *recipe.x264(canvas), "-f", "null", "-"]
    coder = subprocess.Popen(line, stdin=reader.stdout)
    reader.stdout.close()
    _pid, status, used = os.wait4(coder.pid, 0)
    coder.returncode = status
    reader.wait()
    assert status == 0
    return used.ru_utime + used.ru_stime


def case(name, folder, count, lines, work):
    """One measurement in a process of its own, so that its peak memory is its own. Returns a dict."""
    work = Path(work)
    sources, shots = setting(folder, count)
    if name in ("cuts", "dissolves"):
        style = {"cuts": "express", "dissolves": "window"}[name]
        made, timeline, cpu, wall = film(work, work, sources, shots, style, lines)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        found = {"cpu": cpu, "wall": wall, "frames": timeline.frames, "peak": peak}
        if count <= 40:
            found["limit"] = limit(made.path, lines)
        if name == "cuts":
            pieces = len(list(work.glob("*.mp4")))
            again = film(work, work, sources, shots, "express", lines)[2]
            found |= {"again": again, "encoded": len(list(work.glob("*.mp4"))) - pieces}
            found["reordered"] = film(work, work, sources, shots[::-1], "express", lines)[2]
            from dataclasses import replace

            other = {**sources, shots[0].key: replace(sources[shots[0].key], digest="other")}
            found["replaced"] = film(work, work, other, shots, "express", lines)[2]
        return found
    return {"cpu": moviepy(sources, shots, lines, work / "moviepy.mp4")}


def moviepy(sources, shots, lines, out):
    """The same shots, cut one after the other by MoviePy with the same encoder settings; in a child of its own."""
    rows = [[str(sources[shot.key].path), shot.length / 30] for shot in shots]
    program = f"""
import json, sys
from moviepy import VideoFileClip, CompositeVideoClip, concatenate_videoclips
W, H = {2 * round(lines * 8 / 9)}, {lines}
parts = []
for path, seconds in json.loads(sys.argv[1]):
    clip = VideoFileClip(path, audio=False)
    clip = clip.subclipped(0, min(seconds, clip.duration)).resized(height=H) if clip.w / clip.h <= W / H else clip.resized(width=W)
    parts.append(CompositeVideoClip([clip.with_position("center")], size=(W, H)).with_duration(min(seconds, clip.duration)))
concatenate_videoclips(parts).write_videofile({str(out)!r}, fps=30, codec="libx264", preset="veryfast", threads=1,
    ffmpeg_params=["-crf", "20"], audio=False, logger=None)
"""
    before = spent()
    subprocess.run([sys.executable, "-c", program, json.dumps(rows)], check=True)
    return spent() - before


def apart(name, folder, count, lines):
    with tempfile.TemporaryDirectory() as work:
        line = [sys.executable, "-m", "tests.benchmarks.montage", "--case", name, "--folder", str(folder)]
        line += ["--lines", str(lines), "--clips", str(count), "--work", work]
        said = subprocess.run(line, check=True, capture_output=True, text=True)
        return json.loads(said.stdout.strip().splitlines()[-1])


def row(what, value, goal, *, note="", least=False):
    good = value >= goal if least else value <= goal
    print(f"{what:58} {value:8.3f}   goal {goal:<6} {'kept' if good else 'MISSED'}  {note}", flush=True)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--lines", type=int, default=1080)
    words.add_argument("--clips", type=int, nargs="+", default=[10, 40, 160])
    words.add_argument("--folder", type=Path, default=REAL)
    words.add_argument("--moviepy", action="store_true")
    words.add_argument("--case")
    words.add_argument("--work")
    said = words.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    if said.case:
        print(json.dumps(case(said.case, said.folder, said.clips[0], said.lines, said.work)))
        return
    peaks = {}
    for count in said.clips:
        cuts = apart("cuts", said.folder, count, said.lines)
        peaks[count] = cuts["peak"]
        note = f"{count} clips, {cuts['frames']} frames, {cuts['cpu']:.1f} s cpu, {cuts['wall']:.1f} s"
        if "limit" in cuts:
            row("film with cuts / limit", cuts["cpu"] / cuts["limit"], 1.05, note=note)
        row("nothing changed: pieces encoded", cuts["encoded"], 0, note=f"{cuts['again']:.2f} s cpu")
        row("reordered with cuts / whole", cuts["reordered"] / cuts["cpu"], 0.015, note=note)
        if count >= 40:
            row("one of the clips replaced / whole", cuts["replaced"] / cuts["cpu"], 0.06, note=note)
        row("peak memory of a child in MiB", cuts["peak"], 350, note=note)
        if count <= 40:
            soft = apart("dissolves", said.folder, count, said.lines)
            row(
                "film with dissolves, title, roll / limit",
                soft["cpu"] / soft["limit"],
                1.25,
                note=f"{soft['cpu']:.1f} s cpu",
            )
        if said.moviepy and count == min(said.clips):
            theirs = apart("moviepy", said.folder, count, said.lines)
            row("MoviePy / ours", theirs["cpu"] / cuts["cpu"], 3.0, note=f"{theirs['cpu']:.1f} s cpu", least=True)
    if len(peaks) > 1:
        row("peak memory, most clips / fewest", peaks[max(peaks)] / peaks[min(peaks)], 1.1)


if __name__ == "__main__":
    main()
