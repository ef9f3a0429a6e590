"""How ffmpeg opens a file that somebody sent: with few demuxers, from the disk only, within ceilings."""

from cocreation.media.children import STRANGERS, THREADS
from cocreation.media.ffmpeg import call

DEMUXERS = "mov,matroska,gif"  # "webm" is matroska; a playlist or a list of files is none of them
MOST_PIXELS = 16_777_216
SAFE = [
    *("-nostdin", "-hide_banner", "-protocol_whitelist", "file", "-format_whitelist", DEMUXERS),
    *("-max_pixels", str(MOST_PIXELS), "-threads", str(THREADS)),
]


def read(path) -> list[str]:
    """The input arguments for a stranger's file."""
    return [*SAFE, "-i", f"file:{path}"]


def convert(path, arguments, *, watch=None, seconds=120) -> str:
    """Run ffmpeg on a stranger's file as its first input."""
    return call(
        ["-loglevel", "error", *read(path), *arguments],
        watch=watch,
        seconds=seconds,
        limits=STRANGERS,
    )
