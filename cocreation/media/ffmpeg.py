"""ffmpeg: which one, and the one function that runs it."""

from cocreation.media import children
from cocreation.media.children import Broken, Stopped, TooSlow

__all__ = ["Broken", "Stopped", "TooSlow", "call", "program"]


def program() -> str:
    """The ffmpeg of this installation: the operator's, else the one of the wheel."""
    from django.conf import settings

    if settings.FFMPEG:
        return settings.FFMPEG
    import imageio_ffmpeg

    return imageio_ffmpeg.get_ffmpeg_exe()


def call(arguments, *, watch=None, seconds=600, limits=children.OURS) -> str:
    """Run ffmpeg and return what it said; `watch(frames)` is told how far it is and may raise to stop it."""
    # Filters take a thread for each core, and pictures for each thread, unless `arguments` say otherwise.
    few = [word for name in ("-filter_threads", "-filter_complex_threads") for word in (name, str(children.THREADS))]
    line = [absolute(program()), *few, *arguments]
    if watch:
        line[1:1] = ["-progress", "pipe:1", "-stats_period", "0.5"]
    return children.run(line, watch=watch, seconds=seconds, limits=limits)


def absolute(name) -> str:
    """The path of a program that may be named without one."""
    import shutil

    found = shutil.which(name)
    if found is None:
        raise Broken(f"{name} is not installed")
    return found
