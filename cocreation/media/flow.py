"""How much a shot moves and what colour it is: what the order by energy and colour goes by."""

import colorsys
import tempfile
from pathlib import Path

from cocreation.media import copies

UNKNOWN = (0.5, 0.0, 0.5)
BUSY = 1_500_000  # bits a second of a preview that moves as much as can be


def seen(path, facts) -> tuple[float, float, float]:
    """`(energy, hue, light)`, each 0..1, of a file that was looked at. Makes its small copy and throws it away."""
    with tempfile.TemporaryDirectory() as folder:
        proxy, poster = Path(folder) / "proxy.mp4", Path(folder) / "poster.jpg"
        copies.proxy(path, proxy, facts)
        copies.poster(path, poster, facts)
        return (energy(proxy.stat().st_size, facts["seconds"]), *colour(poster))


def energy(size, seconds) -> float:
    """From the bytes of the small copy, which has a constant quality: what moves cannot be compressed."""
    return min(1.0, size * 8 / max(0.1, seconds) / BUSY)


def colour(poster) -> tuple[float, float]:
    """`(hue, light)` of a JPEG, a path or an open file."""
    from PIL import Image

    with Image.open(poster, formats=("JPEG",)) as image:
        image.draft("RGB", (32, 18))
        red, green, blue = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    hue, light, _saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    return hue, light
