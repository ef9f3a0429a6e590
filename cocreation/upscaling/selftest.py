"""A picture that tells whether an upscaler can be trusted here: some drivers answer in wrong colours, at great length."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy
from PIL import Image, ImageDraw

from cocreation.media import ffmpeg, looking
from cocreation.media.copies import frames_in
from cocreation.upscaling.chunks import Chunk
from cocreation.upscaling.lanczos import Lanczos

SIZE, FRAMES = (192, 128), 2
LEAST = 24.0  # dB against lanczos
PATIENCE = 45.0  # seconds for two small frames: a driver that needs more is none to wait for


@dataclass(frozen=True)
class Verdict:
    """`trouble` is "" for a backend that may be used. `psnr` in dB, `seconds_a_megapixel` of input, measured here."""

    trouble: str
    psnr: float = 0.0
    seconds_a_megapixel: float = 0.0


def test_picture() -> Image.Image:
    """Solid blue, a ramp, edges."""
    image = Image.new("RGB", SIZE, (20, 60, 230))
    wide, high = SIZE
    ramp = Image.linear_gradient("L").rotate(90, expand=True).resize((wide // 3, high))
    image.paste(Image.merge("RGB", (ramp, ramp, ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT))), (wide // 3, 0))
    pen = ImageDraw.Draw(image)
    pen.rectangle((2 * wide // 3, 0, wide, high), fill="white")
    for place in range(0, high, 16):
        pen.rectangle((2 * wide // 3, place, wide, place + 7), fill=(200, 30, 30))
    pen.ellipse((2 * wide // 3 + 12, 40, wide - 12, 88), fill="black")
    return image


def examine(backend, folder) -> Verdict:
    """Run the backend on the picture and compare."""
    trouble = backend.available()
    if trouble:
        return Verdict(trouble)
    with tempfile.TemporaryDirectory(dir=folder, prefix="selftest-") as name:
        place = Path(name)
        source = place / "test.mkv"
        test_picture().save(place / "test.png")
        loop = ["-f", "image2", "-loop", "1", "-framerate", "10", "-i", f"file:{place / 'test.png'}"]
        ffmpeg.call(
            ["-loglevel", "error", "-nostdin", *loop, "-frames:v", str(FRAMES), "-c:v", "ffv1", f"file:{source}"]
        )
        facts = looking.look(source).facts
        try:
            mine, seconds = _run(backend, source, facts, place, "mine")
        except Exception as error:  # whatever an operator's command, a driver or a network can do
            return Verdict(f"{type(error).__name__}: {error}"[:200])
        yardstick, _seconds = _run(Lanczos(), source, facts, place, "yardstick")
        quality = psnr(mine, yardstick)
        pace = seconds / (FRAMES * SIZE[0] * SIZE[1] / 1e6)
        if quality < LEAST:
            return Verdict(f"its picture is wrong: {quality:.1f} dB, at least {LEAST:g}", quality, pace)
        return Verdict("", quality, pace)


def _run(backend, source, facts, place, name):
    folder = place / name
    folder.mkdir()
    chunk = Chunk(source, facts, 0, FRAMES, (2 * SIZE[0], 2 * SIZE[1]), folder, folder / "out.mp4", patience=PATIENCE)
    began = time.monotonic()
    backend.run(chunk)
    seconds = time.monotonic() - began
    if (made := frames_in(chunk.out)) != FRAMES:
        raise ffmpeg.Broken(f"{made} frames instead of {FRAMES}")
    picture = folder / "out.png"
    ffmpeg.call(["-loglevel", "error", "-nostdin", "-i", f"file:{chunk.out}", "-frames:v", "1", f"file:{picture}"])
    return numpy.asarray(Image.open(picture).convert("RGB"), dtype=float), seconds


def psnr(one, other) -> float:
    """Peak signal-to-noise ratio of two pictures of 8 bits, in dB; 99 for equal ones."""
    if one.shape != other.shape:
        return 0.0
    error = float(((one - other) ** 2).mean())
    return 99.0 if error == 0 else round(float(10 * numpy.log10(255**2 / error)), 2)
