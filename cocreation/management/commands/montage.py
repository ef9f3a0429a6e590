"""`manage.py montage CLIP... --music M --title T --out film.mp4`: the same pipeline on files, without an event."""

import hashlib
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cocreation import music, planner, synthesis
from cocreation.beats import FASTEST_BY_HAND as FASTEST
from cocreation.beats import SLOWEST_BY_HAND as SLOWEST
from cocreation.beats import moved, steady
from cocreation.media import flow, looking
from cocreation.media.ffmpeg import Broken
from cocreation.rendering import film, sound, styles
from cocreation.rendering.pictures import Source
from cocreation.rendering.pieces import Pace
from cocreation.rendering.recipe import lines

FPS = planner.FPS
ENDINGS = {".mp4", ".mov", ".m4v", ".webm", ".mkv", ".gif"}
LONGEST = 60.0
ORDERS = ("hand", "flow")  # likes and teams stand in the database
EARLIEST, LATEST = -10, 60  # seconds, of the first beat
FEWEST_LINES, MOST_LINES = 90, 2160


class Command(BaseCommand):
    help = "Cut clips (files, or folders of them) to one film: title, on the beat, end roll, one loudness."

    def add_arguments(self, parser):
        parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="a file, or a folder")
        parser.add_argument("--out", type=Path, required=True, help="where the film goes (.mp4)")
        parser.add_argument("--title", default="", help="words of the opening")
        parser.add_argument("--music", default="", help=f"a file, or one of ours: {', '.join(synthesis.PIECES)}")
        parser.add_argument("--bpm", type=float, help="beats a minute, instead of listening for them")
        parser.add_argument("--offset", type=float, help="second at which a bar begins, of the beats heard or of --bpm")
        parser.add_argument("--style", choices=styles.STYLES, default=styles.DEFAULT)
        parser.add_argument("--order", default="hand", metavar="|".join(ORDERS), help="hand: as given")
        parser.add_argument("--length", choices=["30", "60", "180", "all"], default="all", help="seconds")
        parser.add_argument("--sound", choices=["over", "under", "off"], default="over", help="the clips' own sound")
        parser.add_argument("--lines", type=int, default=1080, help="height of the film")
        parser.add_argument(
            "--credit", action="append", default=[], metavar="LINE", help="a line of the end roll; may be repeated"
        )
        parser.add_argument("--work", type=Path, help="keeps pieces here: a second run makes only what changed")

    def handle(self, *args, **wishes):
        self.agreed(wishes)
        files = [path for path in clips_of(wishes["clips"]) if path.resolve() != wishes["out"].resolve()]
        if not files:
            raise CommandError("no clips")
        with tempfile.TemporaryDirectory() as folder:
            store = wishes["work"] or Path(folder) / "pieces"
            store.mkdir(parents=True, exist_ok=True)
            sources, shots = self.looked_at(files, wishes["order"])
            track = heard = beats = None
            if wishes["music"]:
                track, heard, beats = self.listened(store, wishes, shots)
            whole = None if wishes["length"] == "all" else int(wishes["length"]) * FPS
            timeline = planner.plan(
                shots,
                planner.Wishes(wishes["order"], whole, wishes["sound"]),
                styles.style(wishes["style"]),
                planner.Card(wishes["title"]),
                roll(wishes, heard),
                music=heard,
                beats=beats,
            )
            self.make(timeline, sources, Path(folder), store, track, wishes)

    def agreed(self, wishes):
        """Ends the command with a sentence for numbers that no film can have."""
        if wishes["lines"] % 2 or not FEWEST_LINES <= wishes["lines"] <= MOST_LINES:
            raise CommandError(f"--lines {wishes['lines']}: an even number from {FEWEST_LINES} to {MOST_LINES}")
        if wishes["bpm"] is not None and not SLOWEST <= wishes["bpm"] <= FASTEST:
            raise CommandError(f"--bpm {wishes['bpm']:g}: from {SLOWEST} to {FASTEST}")
        if wishes["offset"] is not None and not EARLIEST <= wishes["offset"] <= LATEST:
            raise CommandError(f"--offset {wishes['offset']:g}: from {EARLIEST} to {LATEST}")
        if wishes["order"] not in ORDERS:
            raise CommandError(f"--order {wishes['order']}: {' or '.join(ORDERS)}; files have no likes and no teams")
        if wishes["out"].is_dir():
            raise CommandError(f"--out {wishes['out']}: a folder; name the film in it")

    def looked_at(self, files, order):
        """Each clip as the prober and the planner know it; one that cannot be used ends the command with its name."""
        sources, shots = {}, []
        for number, path in enumerate(files):
            seen = looking.look(path, longest=LONGEST)
            if seen.refusal:
                raise CommandError(f"{path}: {seen.refusal['code'].replace('_', ' ')}")
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            name = f"{number:04}"
            sources[name] = Source(path.resolve(), digest, seen.facts, words=path.name)
            frames = max(1, int(seen.facts["seconds"] * FPS + 1e-6))
            energy, hue, light = flow.seen(path, seen.facts) if order == "flow" else flow.UNKNOWN
            shots.append(
                planner.Shot(name, name, frames, energy=energy, hue=hue, light=light, sound=bool(seen.facts["sound"]))
            )
        return sources, shots

    def listened(self, store, wishes, shots):
        """The file of the music, its name in the plan, its beats."""
        name, first, most = wishes["music"], wishes["offset"], sum(shot.frames for shot in shots) + 120 * FPS
        if name in synthesis.PIECES:
            piece = synthesis.PIECES[name]
            path, seconds = music.piece_file(store, name), piece.seconds
            pulse = steady(piece.bpm, first or 0, seconds)
            words = planner.Music(f"piece:{name}", f"{piece.title} · Nextstop")
        else:
            path = Path(name).resolve()
            if not path.is_file():
                raise CommandError(f"{name}: no such file")
            digest = music.sha256_of(path)
            try:
                found = music.listen(store, path, digest)
            except Broken as reason:
                raise CommandError(f"{name}: {reason}") from None
            seconds, pulse = found["seconds"], music.Pulse(found["bpm"], tuple(found["times"]), found["first"])
            pulse = pulse if first is None else moved(pulse, first)
            words = planner.Music(digest, path.stem)
        if wishes["bpm"]:
            pulse = steady(wishes["bpm"], first or 0, seconds)
        heard, beats = music.repeated(words, pulse, seconds, most)
        said = f"{pulse.bpm:g} beats a minute" if pulse.found else "no beat found"
        self.stdout.write(f"music: {seconds:.1f} s, {said}")
        return path, heard, beats

    def make(self, timeline, sources, folder, store, track, wishes):
        canvas = lines(wishes["lines"])
        pace = Pace()
        tell = self.told if self.stdout.isatty() else lambda *_said: None
        notes = {(key,): source.words for key, source in sources.items()}
        try:
            made = film.make(
                timeline, sources, folder, store, music=track, canvas=canvas, pace=pace, tell=tell, notes=notes
            )
        except Broken as reason:
            named = ", ".join(str(sources[key].path) for key in getattr(reason, "clips", ()))
            raise CommandError(f"{named or 'film'}: {reason}") from None
        out = wishes["out"]
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(f".{out.name}.part")
        part.write_bytes(made.path.read_bytes())
        part.replace(out)
        shots = len(timeline.shots)
        if wishes["verbosity"] > 1:
            for item in timeline.shots:
                self.stdout.write(f"{sources[item.key].path.name} at {item.start / FPS:.2f} s")
        if sound.off(made.sound):
            self.stderr.write(f"the sound could not be brought to {sound.LUFS:.0f} LUFS: {sound.off(made.sound)}")
        unread = set(sound.unread(made.sound))
        if deaf := [source.path.name for source in sources.values() if source.digest in unread]:
            self.stderr.write(f"the sound of {', '.join(deaf)} cannot be read: the film is without it")
        self.stdout.write(f"{out}: {shots} shots, {timeline.frames} frames, {timeline.frames / FPS:.2f} s")

    def told(self, done, total, note):
        self.stdout.write(f"\r{done} of {total} frames  {note:40}", ending="")
        self.stdout.flush()


def clips_of(names) -> list[Path]:
    """The files, those of a folder in the order of their names."""
    found = []
    for path in names:
        if path.is_dir():
            found += sorted(inner for inner in path.iterdir() if inner.suffix.lower() in ENDINGS)
        elif path.is_file():
            found.append(path)
        else:
            raise CommandError(f"{path}: no such file")
    if not found:
        raise CommandError("no clips")
    return found


def roll(wishes, heard) -> planner.Credits:
    sections = []
    if wishes["credit"]:
        sections.append((wishes["title"], tuple((line,) for line in wishes["credit"])))
    if heard and heard.credit:
        sections.append(("Music", ((heard.credit,),)))
    return planner.Credits(tuple(sections))
