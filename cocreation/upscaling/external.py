"""A machine of the organiser's own: a command on this host, or an address that takes a chunk and answers with it.

Both receive the chunk as FFV1 in Matroska (no loss) and give back any video with as many frames, `scale` times as
large. The command is UPSCALE_COMMAND with the words {in}, {out} and {scale}; the address is UPSCALE_URL: the body of the
POST is the chunk, `Upscale-Factor` and `Upscale-Frames` stand in its headers, UPSCALE_TOKEN goes along as a bearer.
"""

import asyncio
import contextlib
import hashlib
import shlex
import threading

import httpx
from django.conf import settings

from cocreation.media import children, ffmpeg
from cocreation.upscaling.chunks import pack, unpack

LOSSLESS = ("-c:v", "ffv1", "-pix_fmt", "gbrp", "-f", "matroska")
ANSWERS = ("-format_whitelist", "mov,matroska,avi")  # the hook is the operator's, its answer still only a video
LARGEST_ANSWER = 2_000_000_000
BLOCK = 1 << 20


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Command:
    chunk_frames = 32
    seconds_a_megapixel = 2.0

    @property
    def name(self) -> str:
        return f"command/{_digest(settings.UPSCALE_COMMAND)}"

    def available(self) -> str:
        """ "" when it can run here, else why not."""
        if not settings.UPSCALE_COMMAND:
            return "no command: UPSCALE_COMMAND is empty"
        if not ("{in}" in settings.UPSCALE_COMMAND and "{out}" in settings.UPSCALE_COMMAND):
            return "UPSCALE_COMMAND must name {in} and {out}"
        try:
            ffmpeg.absolute(shlex.split(settings.UPSCALE_COMMAND)[0])
        except (children.Broken, ValueError, IndexError) as reason:
            return str(reason)
        return ""

    def run(self, chunk) -> None:
        before = unpack(chunk, "before.mkv", *LOSSLESS)
        after = chunk.folder / "after.mkv"
        values = {"{in}": str(before), "{out}": str(after), "{scale}": str(chunk.scale)}
        line = shlex.split(settings.UPSCALE_COMMAND)
        for mark, value in values.items():
            line = [word.replace(mark, value) for word in line]
        line[0] = ffmpeg.absolute(line[0])
        children.run(line, watch=chunk.watch, seconds=chunk.patience or settings.UPSCALE_TIMEOUT, limits=children.HOOKS)
        if not after.exists():
            raise ffmpeg.Broken("the command wrote no file")
        pack(chunk, after, *ANSWERS)


class Hook:
    chunk_frames = 32
    seconds_a_megapixel = 1.0

    @property
    def name(self) -> str:
        return f"http/{_digest(settings.UPSCALE_URL)}"

    def available(self) -> str:
        """ "" when it can run here, else why not."""
        return "" if settings.UPSCALE_URL else "no address: UPSCALE_URL is empty"

    def run(self, chunk) -> None:
        before = unpack(chunk, "before.mkv", *LOSSLESS)
        after = chunk.folder / "after.video"
        headers = {"Content-Type": "video/x-matroska", "Upscale-Factor": str(chunk.scale)}
        headers |= {"Upscale-Frames": str(chunk.count)}
        if settings.UPSCALE_TOKEN:
            headers["Authorization"] = f"Bearer {settings.UPSCALE_TOKEN}"
        patience = httpx.Timeout(10, read=chunk.patience or settings.UPSCALE_TIMEOUT, write=120)
        try:
            watched(self._exchange(before, after, headers, patience), chunk.watch)
        except httpx.HTTPError as error:
            raise ffmpeg.Broken(f"the upscaler's address does not answer ({type(error).__name__})") from None
        pack(chunk, after, *ANSWERS)

    async def _exchange(self, before, after, headers, patience):
        size = 0
        with open(after, "wb") as out:
            async with httpx.AsyncClient(timeout=patience) as client:
                asked = client.stream("POST", settings.UPSCALE_URL, content=blocks(before), headers=headers)
                async with asked as answer:
                    if answer.status_code != 200:
                        raise ffmpeg.Broken(f"the upscaler's address answered {answer.status_code}")
                    async for block in answer.aiter_bytes(BLOCK):
                        size += len(block)
                        if size > LARGEST_ANSWER:
                            raise ffmpeg.Broken("the upscaler's answer is too large")
                        out.write(block)


async def blocks(path):
    """A file as the body of a request."""
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            yield block


def watched(talk, watch) -> None:
    """Wait for `talk`, a coroutine, in a thread of its own; `watch(0)` is called here meanwhile and may raise to end it.

    An answer may take a quarter of an hour, and nobody who waits for a socket hears that the shot was taken back.
    """
    ears: dict = {}
    begun, over = threading.Event(), threading.Event()

    async def listen():
        ears["loop"], ears["task"] = asyncio.get_running_loop(), asyncio.current_task()
        begun.set()
        await talk

    def run():
        try:
            asyncio.run(listen())
        except BaseException as reason:  # told to whoever waits
            ears["reason"] = reason
        finally:
            begun.set()
            over.set()

    thread = threading.Thread(target=run, daemon=True, name="upscaler")
    thread.start()
    begun.wait()
    try:
        while not over.wait(children.ASKED_EVERY):
            watch(0)
    finally:
        with contextlib.suppress(RuntimeError):  # it has just ended by itself
            if not over.is_set():
                ears["loop"].call_soon_threadsafe(ears["task"].cancel)
        thread.join()
    if "reason" in ears:
        raise ears["reason"]
