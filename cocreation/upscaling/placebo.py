"""libplacebo with a shader that the operator chose (Anime4K and the like): UPSCALE_SHADER is its path. Needs Vulkan."""

import hashlib
from pathlib import Path

from django.conf import settings

from cocreation.media import children, ffmpeg, picture
from cocreation.media.strangers import read
from cocreation.upscaling.chunks import CODER, patience


class Placebo:
    chunk_frames = 64
    seconds_a_megapixel = 1.0

    @property
    def name(self) -> str:
        path = Path(settings.UPSCALE_SHADER)
        return f"libplacebo/{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"

    def available(self) -> str:
        """ "" when it can run here, else why not."""
        if not settings.UPSCALE_SHADER:
            return "no shader: UPSCALE_SHADER is empty"
        if not Path(settings.UPSCALE_SHADER).is_file():
            return f"no file {settings.UPSCALE_SHADER}"
        if "libplacebo" not in ffmpeg.call(["-hide_banner", "-filters"], limits=children.HOOKS):
            return "this ffmpeg has no libplacebo"
        return ""

    def run(self, chunk) -> None:
        wide, high = chunk.size
        # The operator's own path; the two characters that a filter would read otherwise are refused, not quoted.
        shader = str(Path(settings.UPSCALE_SHADER).absolute())
        if set(shader) & set("\\':,;[]"):
            raise ffmpeg.Broken("the path of the shader has a character that ffmpeg cannot take")
        upscale = f"libplacebo=w={wide}:h={high}:upscaler=ewa_lanczos:custom_shader_path={shader}:format=yuv420p"
        chain = f"{chunk.picked()},{picture.chain(chunk.facts)},{upscale}"
        line = ["-map", "0:V:0", "-vf", chain, "-frames:v", str(chunk.count), *CODER, "-y", f"file:{chunk.out}"]
        ffmpeg.call(
            ["-loglevel", "error", *read(chunk.source), *line],
            watch=chunk.watch,
            limits=children.MODELS,
            seconds=chunk.patience or 10 * patience(chunk),
        )
