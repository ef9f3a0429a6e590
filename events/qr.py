"""QR codes as SVG for pages and as pictures for cards, tickets and badges: dark on white, quiet zone included; and read."""

from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe
from PIL import Image, ImageDraw

DARK = "#14100f"
MOST_PIXELS = 40_000_000


@lru_cache(maxsize=512)  # choosing among eight masks is most of what a ticket page costs, and phones open it again
def svg(text: str, *, label: str = "QR", error: str = "m") -> SafeString:
    """Inline SVG that scales with its box."""
    code = segno.make(text, error=error, micro=False)
    drawn = code.svg_inline(
        border=2, omitsize=True, svgclass="qr", lineclass=None, dark=DARK, light="#ffffff", title=label
    )
    return mark_safe(drawn)


def picture(text: str, side: int, *, border: int = 2, error: str = "m") -> Image.Image:
    """A square of `side` pixels; every module has the same whole number of pixels."""
    matrix = segno.make(text, error=error, micro=False).matrix
    scale = side // (len(matrix) + 2 * border)
    margin = (side - scale * len(matrix)) // 2
    image = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(image)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                x, y = margin + column * scale, margin + row * scale
                pen.rectangle((x, y, x + scale - 1, y + scale - 1), fill=DARK)
    return image


def read(photo) -> str | None:
    """What the first QR on a photo or a frame says, for browsers without a detector. Raises ValueError for no picture."""
    import zxingcpp

    try:
        image = Image.open(photo, formats=("JPEG", "PNG", "WEBP"))
        if image.width * image.height > MOST_PIXELS:
            raise ValueError
        seen = zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)  # type: ignore[arg-type]
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("no picture") from error
    return seen[0].text if seen else None
