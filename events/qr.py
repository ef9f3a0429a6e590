"""QR codes as SVG for pages and as pictures for cards, tickets and badges: dark on white, quiet zone included; and read."""

from functools import lru_cache
from itertools import groupby
from typing import Any

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString
from PIL import Image, ImageDraw

DARK = "#14100f"
BORDER = 2  # modules of quiet around it
LEVELS = "lmqh"  # how much of it may be spoilt: 7, 15, 25, 30 of a hundred
MOST_PIXELS = 40_000_000


@lru_cache(maxsize=512)  # phones open their ticket again
def svg(text: str, *, label: str = "QR", error: str = "m") -> SafeString:
    """Inline SVG that scales with its box."""
    rows = _modules(text, error)
    side = len(rows) + 2 * BORDER
    lines = [_line(cells, BORDER + number) for number, cells in enumerate(rows)]
    return format_html(
        '<svg viewBox="0 0 {side} {side}" class="qr"><title>{label}</title>'
        '<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path stroke="{dark}" d="{path}"/></svg>',
        side=side,
        label=label,
        dark=DARK,
        path="".join(lines),
    )


def _modules(text: str, error: str) -> list[list[int]]:
    """Rows of modules, 0 is dark: as small as `error` allows, and as hard to spoil as that size allows.

    A page draws them for everybody who has just got a seat, and zxing does it twenty times as fast as segno.
    """
    import zxingcpp

    found: list[list[int]] = []
    for level in LEVELS[LEVELS.index(error) :]:
        try:
            code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level.upper())
        except ValueError:
            if not found:
                raise
            break  # too long for so much protection
        picture = code.to_image(scale=1, add_quiet_zones=False)
        rows: Any = memoryview(picture).tolist()  # type: ignore[arg-type]
        if found and len(rows) > len(found):
            break
        found = rows
    return found


def _line(cells: list[int], y: int) -> str:
    """A row as the moves of a pen: over what is light, along what is dark."""
    runs = ((light, len(list(run))) for light, run in groupby(cells))
    return f"M{BORDER} {y}.5" + "".join(f"m{length} 0" if light else f"h{length}" for light, length in runs)


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
