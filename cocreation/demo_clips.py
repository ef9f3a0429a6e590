"""The demo's own shots, drawn by our own code: small moving scenes, so that the wall and the film are alive anywhere."""

import math
from pathlib import Path

from PIL import Image, ImageDraw

from cocreation.media import ffmpeg

SIZE, FPS, FRAMES = (512, 288), 8, 21


def _gradient(top, bottom):
    strip = Image.linear_gradient("L").resize(SIZE)
    return Image.composite(Image.new("RGB", SIZE, bottom), Image.new("RGB", SIZE, top), strip)


def earth(t):
    """The earth rises, its lights on."""
    image = _gradient("#0b1a24", "#1d4b53")
    pen = ImageDraw.Draw(image)
    for i in range(40):
        x, y = (i * 97) % 512, (i * 53) % 170
        pen.point((x, y), fill="#f5eddc")
    y = 330 - 60 * t
    pen.ellipse((106, y - 150, 406, y + 150), fill="#1f6f63")
    for i in range(5):
        x = 130 + ((i * 60 + t * 90) % 240)
        pen.ellipse((x, y - 110 + (i % 3) * 40, x + 52, y - 80 + (i % 3) * 40), fill="#e9c46a")
    return image


def whale(t):
    """A whale crosses the evening sea."""
    image = _gradient("#e9d9b6", "#17515a")
    pen = ImageDraw.Draw(image)
    pen.ellipse((360, 50, 420, 110), fill="#fbf0cf")
    x, y = -160 + 620 * t, 150 + 14 * math.sin(t * 9)
    pen.ellipse((x, y, x + 180, y + 66), fill="#12343d")
    pen.polygon([(x + 6, y + 34), (x - 46, y + 4), (x - 40, y + 62)], fill="#12343d")
    pen.ellipse((x + 150, y + 22, x + 156, y + 28), fill="#fbf0cf")
    for i in range(3):
        points = [(px, 210 + 24 * i + 6 * math.sin(px / 28 + t * 6 + i)) for px in range(0, 513, 8)]
        pen.polygon([*points, (512, 288), (0, 288)], fill=("#2e7079", "#1f5f69", "#123f49")[i])
    return image


def city(t):
    """The city wakes up, window by window."""
    image = _gradient("#16324a", "#f6c667")
    pen = ImageDraw.Draw(image)
    pen.ellipse((330, 190 - 70 * t, 400, 260 - 70 * t), fill="#ffe9b0")
    for i in range(14):
        x, top = i * 38, 110 + (i * 47) % 90
        pen.rectangle((x, top, x + 34, 288), fill="#10222f")
        for j in range(6):
            if (i * 7 + j * 5) % 17 < 17 * t:
                pen.rectangle(
                    (x + 6 + (j % 2) * 14, top + 12 + (j // 2) * 22, x + 14 + (j % 2) * 14, top + 22 + (j // 2) * 22),
                    fill="#ffd98a",
                )
    return image


def train(t):
    """A green train through the snow."""
    image = _gradient("#7d93a8", "#e6e3da")
    pen = ImageDraw.Draw(image)
    for i in range(5):
        x = i * 140 - 60 - 40 * t
        pen.polygon([(x, 220), (x + 90, 90 + (i % 2) * 40), (x + 190, 220)], fill="#5f7486")
    pen.rectangle((0, 220, 512, 288), fill="#d9d6cb")
    x = -420 + 520 * t
    pen.rounded_rectangle((x, 176, x + 460, 216), 14, fill="#0c4a3a")
    pen.rectangle((x, 202, x + 456, 207), fill="#f4b92f")
    for i in range(14):
        pen.rounded_rectangle((x + 14 + i * 31, 184, x + 34 + i * 31, 197), 4, fill="#ffdf94")
    return image


def astronaut(t):
    """Somebody waves from a red planet."""
    image = _gradient("#3c1a1a", "#b5532f")
    pen = ImageDraw.Draw(image)
    pen.ellipse((360, 40, 450, 130), fill="#f0b27a")
    pen.polygon([(0, 240), (150, 214), (330, 236), (512, 216), (512, 288), (0, 288)], fill="#2a1210")
    y = 130 + 8 * math.sin(t * 12)
    pen.rounded_rectangle((190, y + 40, 250, y + 110), 22, fill="#f5eddc")
    pen.ellipse((186, y - 10, 254, y + 54), fill="#f5eddc")
    pen.rounded_rectangle((196, y + 6, 244, y + 36), 14, fill="#16324a")
    hand = y + 20 - 30 * abs(math.sin(t * 10))
    pen.line([(246, y + 60), (286, hand)], fill="#f5eddc", width=14)
    return image


def field(t):
    """A day passes over a field."""
    image = _gradient("#f3d9a4" if t < 0.6 else "#d79a6a", "#f7e7c4")
    pen = ImageDraw.Draw(image)
    x = 40 + 400 * t
    y = 150 - 100 * math.sin(math.pi * t)
    pen.ellipse((x, y, x + 56, y + 56), fill="#e98d4d")
    for i, colour in enumerate(("#7c8f4e", "#5f7a42", "#4a6637")):
        points = [(px, 180 + 30 * i + 18 * math.sin(px / 80 + i * 2 + t)) for px in range(0, 513, 8)]
        pen.polygon([*points, (512, 288), (0, 288)], fill=colour)
    return image


SCENES = {"earth": earth, "whale": whale, "city": city, "train": train, "astronaut": astronaut, "field": field}


def draw(name: str, out: Path, folder: Path) -> None:
    """Draw a scene as an mp4 of 2.6 s at `out`; the frames lie in `folder` meanwhile."""
    for number in range(FRAMES):
        SCENES[name](number / (FRAMES - 1)).save(folder / f"{number:03d}.png")
    ffmpeg.call(
        [
            "-loglevel",
            "error",
            "-y",
            "-nostdin",
            "-framerate",
            str(FPS),
            "-i",
            str(folder / "%03d.png"),
            "-c:v",
            "libx264",
            "-pix_fmt",
            "yuv420p",
            "-movflags",
            "+faststart",
            f"file:{out}",
        ],
        seconds=60,
    )
