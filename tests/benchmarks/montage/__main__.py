"""The goals of the film, each with its figure: `python -m tests.benchmarks.montage [--lines 1080] [--clips 10 40 160]`.

Processor seconds of children, so that other load on the machine does not count; threads are fixed. The limit is a bare
x264 encode of the very same frames, already decoded, with the same arguments. MoviePy is asked where it is there (the
folder that MOVIEPY names, from `pip install --target FOLDER moviepy`: it wants an older Pillow than we do). The clips are
those of --folder or CLIPS; without any the demo's own are drawn. Each row: what, the figure, the goal, kept or not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

from tests.benchmarks.montage import references
from tests.benchmarks.montage.cases import CASES
from tests.benchmarks.montage.setting import REAL, clips

missed = []


def apart(name, said, count):
    """A case in a process of its own."""
    with tempfile.TemporaryDirectory() as work:
        line = [sys.executable, "-m", "tests.benchmarks.montage", "--case", name, "--folder", str(said.folder)]
        line += ["--lines", str(said.lines), "--clips", str(count), "--work", work]
        answer = subprocess.run(line, stdout=subprocess.PIPE, text=True)
        if answer.returncode:
            missed.append(name)
            print(f"{name}: ended with {answer.returncode}", flush=True)
            return None
        return json.loads(answer.stdout.strip().splitlines()[-1])


def row(what, value, goal, *, note="", least=False):
    good = value >= goal if least else value <= goal
    if not good:
        missed.append(what)
    sign = ">=" if least else "<="
    print(f"{what:52} {value:9.3f}   goal {sign} {goal:<7g} {'kept' if good else 'MISSED'}   {note}", flush=True)


def unmeasured(what, why):
    """A goal that nobody could look at is not kept."""
    missed.append(what)
    print(f"{what:52} not measured: {why}", flush=True)


def films(said):
    """Cost and memory at each number of clips."""
    peaks: dict[str, dict[int, float]] = {"cuts": {}, "dissolves": {}}
    for count in said.clips:
        cut = apart("cuts", said, count)
        if cut is None:
            continue
        note = f"{count} clips, {cut['frames']} frames, {cut['cpu']:.1f} s cpu, {cut['wall']:.1f} s"
        row("film with cuts / x264 alone", cut["cpu"] / cut["limit"], 1.05, note=note)
        row("nothing changed: pieces encoded", cut["encoded"], 0, note=f"{cut['again']:.2f} s cpu")
        row("another order, cuts / whole", cut["reordered"] / cut["cpu"], 0.015, note=note)
        if count >= 40:
            row("one of the clips replaced / whole", cut["replaced"] / cut["cpu"], 0.06, note=note)
        memory(peaks, "cuts", count, cut, note)
        soft = apart("dissolves", said, count)
        if soft:
            name, note = "film with dissolves, title, roll / x264 alone", f"{count} clips, {soft['cpu']:.1f} s cpu"
            row(name, soft["cpu"] / soft["limit"], 1.25, note=note)
            memory(peaks, "dissolves", count, soft, note)
        if count == min(said.clips):
            against_moviepy(said, count, cut)
    for kind, found in peaks.items():
        if len(found) > 1:
            row(f"peak memory with {kind}, most clips / fewest", found[max(found)] / found[min(found)], 1.1)


def memory(peaks, kind, count, found, note):
    """What the largest child took, kept beside that of other numbers of clips."""
    peaks[kind][count] = found["peak"]
    row(f"peak memory of a child with {kind} in MiB", found["peak"], 350, note=note)


def against_moviepy(said, count, cut):
    if not references.moviepy_there():
        unmeasured("MoviePy / ours", "MoviePy is not there; MOVIEPY names the folder that it is in")
        return
    theirs = apart("moviepy", said, count)
    if theirs:
        row("MoviePy / ours", theirs["cpu"] / cut["cpu"], 3.0, note=f"{theirs['cpu']:.1f} s cpu", least=True)


def promises(said):
    """What does not depend on the number of clips."""
    few = min(said.clips)
    if found := apart("joins", said, few):
        note = f"mean {found['mean']:.1f}; away from joins the worst is {found['all']:.1f}"
        row("joins: worst PSNR to one pass in dB", found["worst"], 40, note=note, least=True)
        note = f"the film's worst against the drawn frames: {found['least']:.1f}"
        row("joins: dB lost that one pass does not lose", found["below"], 1, note=note)
        row("frames and gaps equal to one pass", int(found["even"]), 1, note=f"{found['frames']} frames", least=True)
    if found := apart("promises", said, few):
        row("different sums of two films of the same", found["sums"], 1)
        row("cut to beat in s", round(found["off"], 5), round(1 / 60, 5))
        row("cuts that stand on a beat / all", found["on"], 0.9, note=f"{found['cuts']} cuts", least=True)
        row("loudness off -16 LUFS", abs(found["loud"] + 16), 0.5, note=f"{found['loud']:.1f} LUFS")
        row("true peak in dBTP", found["high"], -1)
    if found := apart("tempos", said, min(40, max(said.clips))):
        for tempo, share in found.items():
            row(f"another order at {tempo} beats a minute / whole", share, 0.015, note="frames encoded again")
    if found := apart("cancel", said, few):
        slowest = max(value for name, value in found.items() if not name.endswith("left"))
        row("cancel until the process is gone in s", slowest, 2.5, note=str(found))
        row("processes left after a cancel", sum(v for n, v in found.items() if n.endswith("left")), 0)
    if found := apart("killed", said, few):
        row(
            "kill -9: whole pieces made again", found["again"], 0, note=f"{found['whole']} of {found['all']} were whole"
        )
        row("kill -9: half-made pieces of a hand", found["hands"] / 2, 1, note="two hands")
    if found := apart("hostile", said, few):
        row("slowest answer to a hostile file in s cpu", found["cpu"], 2, note=f"{found['slowest']}; {found['files']}")
        row("hostile files that were answered wrongly", len(found["wrong"]), 0, note=", ".join(found["wrong"]))
        row("hostile files that had another file opened", len(found["touched"]), 0, note=", ".join(found["touched"]))
        row("hostile files that had a socket opened", len(found["called"]), 0, note=", ".join(found["called"]))
    if found := apart("preview", said, min(40, max(said.clips))):
        first = f"the first took {found.pop('first'):.1f} s"
        for name, seconds in found.items():
            row(f"preview without queue and storing in s: {name}", seconds, 5, note=first)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--lines", type=int, default=1080)
    words.add_argument("--clips", type=int, nargs="+", default=[10, 40, 160])
    words.add_argument("--folder", default=REAL)
    words.add_argument("--only", choices=["films", "promises"])
    words.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    words.add_argument("--work", help=argparse.SUPPRESS)
    said = words.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    if said.case:
        print(json.dumps(CASES[said.case](said.folder, said.clips[0], said.lines, said.work)))
        return 0
    with tempfile.TemporaryDirectory() as drawn:
        wanted, said.folder = said.folder, clips(said.folder, drawn)
        print(f"{said.lines} lines, {os.cpu_count()} cores, clips: {said.folder.name}", flush=True)
        if str(said.folder) != str(wanted):
            print(f"no clips in {wanted}: the demo's own are drawn, so no figure below is of real clips", flush=True)
        for name, part in (("films", films), ("promises", promises)):
            if said.only in (None, name):
                part(said)
    print(f"{len(missed)} missed" if missed else "all kept")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
