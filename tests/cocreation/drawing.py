"""Shots that ffmpeg and Pillow draw for the tests, the ordinary and the strange ones."""

import struct
import subprocess
import zipfile

from PIL import Image

from cocreation.media import ffmpeg


def run(*arguments):
    subprocess.run(
        [ffmpeg.program(), "-loglevel", "error", "-nostdin", *arguments], check=True, timeout=60, capture_output=True
    )


def film(folder, name="clip.mp4", *, seconds=3.0, size="320x180", rate=5, more=(), source="testsrc2"):
    """A moving picture of this kind: the ending names the container, `more` are ffmpeg's words for the output."""
    path = folder / name
    pattern = f"{source}=size={size}:rate={rate}:duration={seconds}"
    run("-f", "lavfi", "-i", pattern, *more, "-y", str(path))
    return path


def gif(folder, delays=(100, 400, 1200, 500, 300), name="delays.gif"):
    """A GIF whose pictures stand so many milliseconds each."""
    path = folder / name
    frames = [Image.new("RGB", (200, 150), (40 * n, 90, 200 - 30 * n)) for n in range(len(delays))]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=list(delays), loop=0)
    return path


def turned(folder, degrees=90):
    """Filmed wide, held upright: the file says by how much to turn it."""
    plain = film(folder, "plain.mp4", more=("-c:v", "libx264", "-pix_fmt", "yuv420p"))
    path = folder / "turned.mp4"
    run("-display_rotation", str(degrees), "-i", str(plain), "-c", "copy", "-y", str(path))
    return path


def uneven(folder):
    """Pictures at an uneven rate, as phones film in the dark: a dense second, then a sparse one."""
    keep = "select='lt(t,1)+not(mod(n,10))'"
    return film(folder, "uneven.mp4", rate=30, more=("-vf", keep, "-fps_mode", "vfr", "-c:v", "libx264"))


def sounding(folder, name="sound.mp4"):
    """A picture with a tone."""
    path = folder / name
    picture, tone = "testsrc2=size=320x180:rate=5:duration=3", "sine=frequency=440:duration=3"
    run("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, "-pix_fmt", "yuv420p", "-shortest", "-y", str(path))
    return path


def tone(folder, name="tone.mp4"):
    """Sound alone."""
    path = folder / name
    run("-f", "lavfi", "-i", "sine=frequency=440:duration=3", "-c:a", "aac", "-y", str(path))
    return path


def covered(folder):
    """Sound with a cover picture, which pretends to be a film."""
    sound, cover, path = tone(folder, "t.m4a"), folder / "cover.png", folder / "covered.mp4"
    Image.new("RGB", (300, 300), "red").save(cover)
    run(
        *("-i", str(sound), "-i", str(cover), "-map", "0", "-map", "1", "-c", "copy"),
        "-disposition:v:0",
        "attached_pic",
        str(path),
    )
    return path


def ten_hours(folder):
    """Three pictures of which the last comes after ten hours: a small file with an endless duration."""
    plain = film(folder, "short.mp4", seconds=0.3, rate=10, more=("-c:v", "libx264", "-bf", "0"))
    path = folder / "endless.mp4"
    run("-i", str(plain), "-c", "copy", "-bsf:v", "setts=ts=if(eq(N\\,2)\\,36000/TB\\,N/10/TB)", "-y", str(path))
    return path


def bomb(folder):
    """A zip that unpacks to 300 MB, called a film."""
    path = folder / "bomb.mp4"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("big.mp4", b"\0" * 300_000_000)
    return path


def giant_gif():
    """A GIF of 60000 × 60000 pixels in 40 bytes."""
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", 60000, 60000, 0x80, 0, 0)
        + b"\0\0\0\xff\xff\xff"
        + b"\x2c"
        + struct.pack("<HHHHB", 0, 0, 60000, 60000, 0)
        + b"\x02\x02\x4c\x01\x00\x3b"
    )
