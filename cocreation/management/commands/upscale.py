"""`manage.py upscale IN OUT --scale 2 --backend realesrgan`: the product's own upscaler on a file, without an event."""

import hashlib
import math
import sys
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cocreation import pieces, refusals, upscaling
from cocreation.media import children, looking, picture
from cocreation.media.strangers import MOST_PIXELS
from cocreation.upscaling import choice


class Command(BaseCommand):
    help = "Enlarge a video at its own frame rate. Killed and started again it goes on where it was."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("source", nargs="?", metavar="IN", help="MP4, MOV, WebM, MKV or GIF")
        parser.add_argument("out", nargs="?", metavar="OUT", help="an .mp4 file")
        parser.add_argument("--scale", type=float, default=2, help="how many times as large, 1.1 to 4; 2 by default")
        names = ", ".join(upscaling.BACKENDS)
        parser.add_argument("--backend", default="better", help=f"fast, better or best chooses; or one of {names}")
        parser.add_argument(
            "--list", action="store_true", help="try every backend on the test picture and say what it did"
        )
        parser.add_argument("--work", help="folder for the pieces; the installation's own by default")

    def handle(self, *, source, out, scale, backend, list, work, **options):
        if list:
            return self.tell()
        if not source or not out:
            raise CommandError("Name the video and the file to write: manage.py upscale IN OUT")
        if not 1.1 <= scale <= 4:
            raise CommandError(f"--scale is {scale:g}; 1.1 to 4 makes sense.")
        source, out = Path(source).absolute(), Path(out).absolute()
        if not source.is_file():
            raise CommandError(f"There is no file {source}.")
        if not out.parent.is_dir():
            raise CommandError(f"There is no folder {out.parent}.")
        if out == source:
            raise CommandError("OUT must be another file than IN.")
        seen = looking.look(source, longest=600)
        if seen.refusal:
            raise CommandError(f"{source.name}: {refusals.sentence(seen.refusal)}")
        self.check_size(seen.facts, scale)
        chosen = self.chosen(backend)
        self.run(source, out, seen, scale, *chosen, pieces.Store(work) if work else pieces.Store())
        return None

    def check_size(self, facts, scale):
        """What comes out is looked at as what came in was, and an encoder's child has its ceiling of memory."""
        wide, high = (picture.even(facts[side] * scale) for side in ("width", "height"))
        if wide * high > MOST_PIXELS:
            most = math.sqrt(MOST_PIXELS / facts["width"] / facts["height"])
            words = (
                f"it can be enlarged at most {math.floor(10 * most) / 10:g} times"
                if most >= 1.1
                else "it is large enough"
            )
            raise CommandError(f"{wide} x {high} is too large a picture to encode; {words}.")

    def chosen(self, name):
        try:
            return upscaling.choose(name) if name in choice.QUALITIES else choice.named(name)
        except upscaling.Unfit as reason:
            raise CommandError(f"This backend cannot be used here. {reason}") from None

    def run(self, source, out, seen, scale, backend, verdict, store):
        facts = seen.facts
        size = picture.even(facts["width"] * scale), picture.even(facts["height"] * scale)
        megapixels = facts["width"] * facts["height"] * facts["frames"] / 1e6
        expected = megapixels * verdict.seconds_a_megapixel
        self.stderr.write(
            f"{facts['width']} x {facts['height']}, {facts['frames']} frames at {facts['fps']:g} a second "
            f"-> {size[0]} x {size[1]} by {backend.name}, about {expected / 60:.1f} min"
        )
        began, last = time.monotonic(), 0.0

        def watch(done):
            nonlocal last
            if sys.stderr.isatty() and time.monotonic() - last > 0.5:
                last = time.monotonic()
                self.stderr.write(f"\r{done} of {facts['frames']} frames", ending="")

        with open(source, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        part = out.with_name(out.name + ".part.mp4")
        try:
            upscaling.upscale(
                source, part, seen=seen, digest=digest, size=size, backend=backend, store=store, watch=watch
            )
            pieces.settle(part, out)
        except children.Broken as reason:
            raise CommandError(f"It did not work: {reason}") from None
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"{out} ({time.monotonic() - began:.1f} s)")

    def tell(self):
        for name in upscaling.BACKENDS:
            found = upscaling.verdict(name, fresh=True)
            pace = f"{found.seconds_a_megapixel:.2f} s a megapixel, {found.psnr:.1f} dB against lanczos"
            self.stdout.write(f"{name:20} {found.trouble or pace}")
