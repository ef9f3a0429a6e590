"""A picture of ours, drawn in the measures of 1920 × 1080 whatever its size; edges are soft, as Pillow's own are not."""

import unicodedata

from PIL import Image, ImageColor, ImageDraw

from cocreation.rendering.recipe import Canvas
from events import fonts
from events.text import graphemes

SMOOTH = 4  # shapes are drawn so many times larger and made small again
FLAP_HIGH, FLAP_LOW, FLAP_SEAM = "#2a322d", "#1a201d", "#040605"


class Sheet:
    """Lengths and places are pixels of 1080 lines; colours are `#rrggbb` or `(red, green, blue, alpha)`."""

    def __init__(self, canvas: Canvas, width: float = 1920, height: float = 1080, colour=(0, 0, 0, 0)):
        self.factor = canvas.height / 1080
        mode = "RGBA" if isinstance(colour, tuple) else "RGB"
        self.image = Image.new(mode, (self.px(width), self.px(height)), colour)
        self.pen = ImageDraw.Draw(self.image)

    def px(self, length) -> int:
        return max(1, round(length * self.factor))

    # --- shapes -------------------------------------------------------------------------------------------------------
    def paint(self, left, top, right, bottom, draw, fill) -> None:
        """`draw(pen, at)` on a mask of this stretch, filled with a colour or a picture; `at(x, y)` gives its places."""
        x, y = round(left * self.factor), round(top * self.factor)
        size = max(1, round(right * self.factor) - x), max(1, round(bottom * self.factor) - y)
        mask = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH))
        k = self.factor * SMOOTH
        draw(ImageDraw.Draw(mask), lambda px, py: ((px - left) * k, (py - top) * k))
        mask = mask.resize(size, Image.Resampling.BOX)
        if isinstance(fill, Image.Image):
            self.image.paste(fill.resize(size), (x, y), mask)
        else:
            self.image.paste(self._colour(fill), (x, y, x + size[0], y + size[1]), mask)

    def _colour(self, fill):
        return ImageColor.getcolor(fill, self.image.mode) if isinstance(fill, str) else fill

    def box(self, x, y, right, bottom, fill, radius=0, corners=None) -> None:
        """A rectangle; `fill` may be a picture, which is stretched over it."""
        if not radius and not isinstance(fill, Image.Image):
            left, top = round(x * self.factor), round(y * self.factor)
            far = max(left, round(right * self.factor) - 1), max(top, round(bottom * self.factor) - 1)
            self.pen.rectangle((left, top, *far), fill=fill)
            return
        left, top = round(x * self.factor), round(y * self.factor)
        size = max(1, round(right * self.factor) - left), max(1, round(bottom * self.factor) - top)
        mask = Image.new("L", size, 255)
        r = min(round(radius * self.factor), *(side // 2 for side in size))
        if r:  # only the corners are drawn larger: a long box would need memory for nothing
            corner = Image.new("L", (2 * r * SMOOTH, 2 * r * SMOOTH))
            ImageDraw.Draw(corner).ellipse((0, 0, 2 * r * SMOOTH - 1, 2 * r * SMOOTH - 1), fill=255)
            corner = corner.resize((2 * r, 2 * r), Image.Resampling.BOX)
            far = (size[0] - r, size[1] - r)
            spots = ((0, 0, 0, 0), (far[0], 0, r, 0), (far[0], far[1], r, r), (0, far[1], 0, r))
            for (mx, my, cx, cy), rounded in zip(spots, corners or (True,) * 4, strict=True):
                if rounded:
                    mask.paste(corner.crop((cx, cy, cx + r, cy + r)), (mx, my))
        if isinstance(fill, Image.Image):
            self.image.paste(fill.resize(size), (left, top), mask)
        else:
            self.image.paste(self._colour(fill), (left, top, left + size[0], top + size[1]), mask)

    def disc(self, x, y, radius, fill) -> None:
        reach = (x - radius, y - radius, x + radius, y + radius)
        self.paint(*reach, lambda pen, at: pen.ellipse((*at(*reach[:2]), *at(*reach[2:])), fill=255), fill)

    def ring(self, x, y, radius, width, fill) -> None:
        reach, k = (x - radius, y - radius, x + radius, y + radius), self.factor * SMOOTH
        self.paint(
            *reach,
            lambda pen, at: pen.ellipse(
                (*at(*reach[:2]), *at(*reach[2:])), outline=255, width=max(1, round(width * k))
            ),
            fill,
        )

    def polygon(self, points, fill) -> None:
        xs, ys = [x for x, _y in points], [y for _x, y in points]
        reach = (min(xs), min(ys), max(xs), max(ys))
        self.paint(*reach, lambda pen, at: pen.polygon([at(x, y) for x, y in points], fill=255), fill)

    def dashes(self, x, y, right, bottom, fill, dash=14, gap=12, width=4) -> None:
        """A tear line, upright or level."""
        upright, at = right == x, y if right == x else x
        while at < (bottom if upright else right):
            if upright:
                self.box(x - width / 2, at, x + width / 2, min(at + dash, bottom), fill)
            else:
                self.box(at, y - width / 2, min(at + dash, right), y + width / 2, fill)
            at += dash + gap

    def lay(self, picture, x, y) -> None:
        """Another picture on this one, through its own alpha."""
        place = (round(x * self.factor), round(y * self.factor))
        if self.image.mode == "RGBA":
            self.image.alpha_composite(picture, place)
        else:
            self.image.paste(picture, place, picture)

    # --- words --------------------------------------------------------------------------------------------------------
    def write(self, at, text, size, fill, *, room, bold=False, anchor="l") -> float:
        """One line, shrunk and at last cut to fit the room; returns its width."""
        place = (at[0] * self.factor, at[1] * self.factor)
        wide = fonts.write(
            self.pen, place, text, self.px(size), fill, bold=bold, anchor=anchor, room=room * self.factor
        )
        return wide / self.factor

    def width(self, text, size) -> float:
        return fonts.width(text, self.px(size)) / self.factor

    def wrapped(self, text, size, room, most=3) -> list[str]:
        return fonts.wrap(text, self.px(size), room * self.factor, most)

    def paragraph(self, at, text, sizes, fill, *, room, step=1.3, bold=False, anchor="l") -> float:
        """The text from `at` down, in the first of `sizes`, `(size, lines)`, in which it stands whole; returns its end."""
        for size, most in sizes:
            lines = self.wrapped(text, size, room, most)
            if not lines[-1].endswith("…"):
                break
        x, y = at
        for line in lines:
            self.write((x, y + size * 0.94), line, size, fill, room=room + 8, bold=bold, anchor=anchor)
            y += size * step
        return y

    # --- the house's objects ------------------------------------------------------------------------------------------
    def mark(self, x, y, size, ink) -> None:
        """The house's sign: a stop on a line that goes on; `y` is its middle."""
        thick = size * 0.11
        self.box(x, y - thick / 2, x + size * 0.24, y + thick / 2, ink, thick / 2)
        self.ring(x + size * 0.46, y, size * 0.25, thick, ink)
        self.box(x + size * 0.7, y - thick / 2, x + size * 0.99, y + thick / 2, ink, thick / 2)
        tip = x + size
        for way in (-1, 1):
            end = (tip - size * 0.17, y + way * size * 0.17)
            self.polygon(
                [
                    (tip, y),
                    (end[0], end[1]),
                    (end[0] - thick * 0.7, end[1] - way * thick * 0.7),
                    (tip - thick * 1.4, y),
                ],
                ink,
            )

    def flaps(self, x, y, text, size, ink, quiet=None) -> float:
        """The text on split flaps, their top at `y`; brackets, dots and spaces stand between them. Returns the width."""
        at = x
        for char in graphemes(text):
            wide = cell(char, size)
            middle = (at + wide / 2, y + size * 0.71 + size * 0.365)
            if char in BETWEEN:
                place, anchor = (
                    ((at + wide, "r") if char in "《「" else (at, "l")) if wide > size / 2 else (middle[0], "m")
                )
                self.write((place, middle[1]), char, size, quiet or ink, room=size * 1.2, anchor=anchor)
            elif not char.isspace():
                self.flap(at, y, wide, size * 1.42)
                self.write(middle, char, size, ink, room=wide * 0.96, bold=True, anchor="m")
                seam = max(1.0, size * 0.025)
                self.box(at, y + size * 0.71 - seam / 2, at + wide, y + size * 0.71 + seam / 2, FLAP_SEAM)
            at += wide + size * GAP
        return at - x - size * GAP

    def flap(self, x, y, wide, high) -> None:
        """One empty flap."""
        radius = high * 0.075
        self.box(x, y + 2, x + wide, y + high + high * 0.03, "#000000", radius)
        self.box(x, y, x + wide, y + high, FLAP_LOW, radius)
        self.box(x, y, x + wide, y + high / 2, FLAP_HIGH, radius, (True, True, False, False))


BETWEEN = "《》「」:：.·，,"
GAP = 0.06  # of the size, between flaps


def cell(char, size) -> float:
    """How wide the flap of a character is."""
    if char.isspace():
        return size * 0.3
    if char in BETWEEN:
        return size * (0.62 if char in "《》「」" else 0.28)
    wide = len(char) > 1 or unicodedata.east_asian_width(char) in "WF" or not char.isascii()
    return size * (1.16 if wide else 0.84)


def flaps_wide(text, size) -> float:
    """How wide the text is on flaps."""
    return sum(cell(char, size) + size * GAP for char in graphemes(text)) - size * GAP


def flap_rows(text, room, sizes) -> tuple[list[str], int] | None:
    """The text in rows of flaps and their size: the first of `sizes`, `(size, rows)`, in which it fits; else None."""
    for size, most in sizes:
        rows = [""]
        for word in words(text):
            if rows[-1] and flaps_wide((rows[-1] + word).rstrip(), size) > room:
                rows.append("")
            rows[-1] += word
        if len(rows) <= most and all(flaps_wide(row.rstrip(), size) <= room for row in rows):
            return [row.rstrip() for row in rows], size
    return None


def words(text) -> list[str]:
    """What may not be torn apart: a Latin word with its space, a character with the bracket beside it."""
    found: list[str] = []
    for char in graphemes(text):
        clings = bool(found) and (char.isspace() or char in "》」，。！？、；：,.!?" or found[-1][-1] in "《「")
        word = bool(found) and char.isascii() and found[-1][-1:].isascii() and not found[-1][-1:].isspace()
        if clings or word:
            found[-1] += char
        else:
            found.append(char)
    return found


def shade(top, bottom, *, level=False, steps=64) -> Image.Image:
    """A picture that goes from one colour to another, downwards or, `level`, from left to right."""
    ends = [ImageColor.getcolor(c, "RGBA") if isinstance(c, str) else c for c in (top, bottom)]
    rows = [tuple(round(a + (b - a) * n / (steps - 1)) for a, b in zip(*ends, strict=True)) for n in range(steps)]
    picture = Image.new("RGBA", (steps, 1) if level else (1, steps))
    picture.putdata(rows)
    return picture
