"""Pictures of words: the opening title, names of teams, captions, the AI label, the end roll. Pillow, never ffmpeg's text.

Every text goes through `events.fonts`: glyph by glyph from a font that has it, so that there is never an empty box.
"""

import math

from PIL import Image, ImageDraw

from cocreation.rendering.recipe import LABEL, Canvas
from cocreation.rendering.styles import look
from events import fonts

VERSION = "cards/3"


class Sheet:
    """A picture that is drawn in the measures of 1920 × 1080 and comes out at the canvas's size."""

    def __init__(self, canvas: Canvas, width=1920, height=1080, colour=(0, 0, 0, 0)):
        self.factor = canvas.height / 1080
        mode = "RGBA" if isinstance(colour, tuple) else "RGB"
        self.image = Image.new(mode, (self.px(width), self.px(height)), colour)
        self.pen = ImageDraw.Draw(self.image)

    def px(self, length):
        return max(1, round(length * self.factor))

    def box(self, x, y, right, bottom, fill, radius=0):
        shape = [round(v * self.factor) for v in (x, y, right, bottom)]
        if shape[2] > shape[0] and shape[3] > shape[1]:
            self.pen.rounded_rectangle(shape, round(radius * self.factor), fill=fill)

    def line(self, points, fill, width=2):
        self.pen.line([(x * self.factor, y * self.factor) for x, y in points], fill=fill, width=self.px(width))

    def write(self, at, text, size, fill, *, room, bold=False, anchor="l"):
        """One line, shrunk and at last cut to fit the room; returns its width."""
        place = (at[0] * self.factor, at[1] * self.factor)
        wide = fonts.write(
            self.pen, place, text, self.px(size), fill, bold=bold, anchor=anchor, room=room * self.factor
        )
        return wide / self.factor

    def width(self, text, size):
        return fonts.width(text, self.px(size)) / self.factor


def title(canvas, style, words, out) -> None:
    """The opening: the theme as the name of a stop."""
    chosen = look(style)
    sheet = Sheet(canvas, colour=chosen.ground)
    ORNAMENTS[chosen.ornament](sheet, chosen)
    lines = fonts.wrap(words.title, sheet.px(128), sheet.px(1560), 2)
    y = 500 - 84 * (len(lines) - 1) - 34 * len(words.lines)
    for line in lines:
        sheet.write((960, y), line, 128, chosen.ink, room=1600, bold=True, anchor="m")
        y += 168
    y -= 50
    for line in words.lines:
        sheet.write((960, y), line, 50, chosen.quiet, room=1560, anchor="m")
        y += 76
    sheet.write((960, 1010), LABEL, 28, chosen.quiet, room=900, anchor="m")
    sheet.image.save(out)


def name_strip(canvas, style, colour, code, name, caption, out) -> tuple[int, int]:
    """A team's lower third (and the shot's caption); returns where its top left corner stands."""
    chosen = look(style)
    body = min(1200, max(300, sheet_width(canvas, code, 44, True) + 30 + sheet_width(canvas, name, 42)))
    if caption:
        body = max(body, min(1200, sheet_width(canvas, caption, 34)))
    high = 104 if not caption else 162
    sheet = Sheet(canvas, body + 90, high)
    sheet.box(0, 0, body + 88, high - 1, chosen.plate)
    sheet.box(0, 0, 12, high - 1, colour)
    ink = chosen.plate_ink
    flap = sheet_width(canvas, code, 44, True)
    sheet.write((40, 68), code, 44, chosen.accent, room=400, bold=True)
    sheet.write((40 + flap + 30, 68), name, 42, ink, room=body - flap - 30)
    if caption:
        sheet.write((40, 130), caption, 34, ink, room=body)
    sheet.image.save(out)
    return canvas.scaled(90), canvas.height - canvas.scaled(90) - sheet.image.height


def sheet_width(canvas, text, size, bold=False) -> float:
    """How wide a text is, in the measures of 1080 lines."""
    return fonts.width(text, canvas.scaled(size)) * 1080 / canvas.height + (4 if bold else 0)


def label(canvas, out) -> tuple[int, int]:
    """The AI label that stands on every frame; returns where its top left corner stands."""
    wide = sheet_width(canvas, LABEL, 28)
    sheet = Sheet(canvas, wide + 32, 46)
    sheet.box(0, 0, wide + 31, 45, (0, 0, 0, 165), 4)
    sheet.write((16, 33), LABEL, 28, "#ffffff", room=wide + 8)
    sheet.image.save(out)
    return canvas.width - canvas.scaled(60) - sheet.image.width, canvas.scaled(48)


def roll(canvas, style, credits, out) -> int:
    """The end roll as one tall picture, beginning and ending empty; returns its height in pixels."""
    chosen = look(style)
    rows = []
    for heading, lines in credits.sections:
        rows += [("head", heading, ()), *(("line", "", line) for line in lines)]
    size, step, gap = 44, 74, 130
    tall = 1080 + sum(gap if kind == "head" else step for kind, _h, _l in rows) + 660
    sheet = Sheet(canvas, 1920, tall, chosen.ground)
    y = 1080
    for kind, heading, line in rows:
        if kind == "head":
            y += gap - 40
            sheet.write((960, y), heading, 34, chosen.accent, room=1500, anchor="m")
            y += 40
        else:
            y += step
            _credit(sheet, chosen, line, y, size)
    sheet.write((960, tall - 500), LABEL, 30, chosen.quiet, room=900, anchor="m")
    sheet.image.save(out)
    return sheet.image.height


def _credit(sheet, chosen, line, y, size):
    """One column in the middle, or a right-aligned one and a left-aligned one beside the axis."""
    if len(line) == 1:
        sheet.write((960, y), line[0], size, chosen.ink, room=1600, anchor="m")
    else:
        sheet.write((790, y), line[0], size, chosen.quiet, room=640, anchor="r")
        sheet.write(
            (830, y),
            "、".join(line[1:]) if any("\u4e00" <= c <= "\u9fff" for c in "".join(line)) else ", ".join(line[1:]),
            size,
            chosen.ink,
            room=980,
        )


def _carriage(sheet, chosen):
    """Green ribbed steel with the yellow band."""
    for y in range(0, 1080, 18):
        sheet.line([(0, y), (1920, y)], "#0a4234", 2)
    sheet.box(0, 868, 1920, 884, chosen.accent)
    sheet.box(0, 892, 1920, 896, chosen.accent)


def _windows(sheet, chosen):
    """A train by night: a row of lit windows under the words."""
    for place in range(15):
        x = 44 + place * 124
        lit = place % 5 != 3
        sheet.box(x, 800, x + 92, 900, "#ffc23d" if lit else "#14303a", 12)
        if lit:
            sheet.box(x + 8, 808, x + 84, 850, "#ffdf94", 8)
    sheet.box(0, 930, 1920, 936, "#1d4b53")
    for place in range(60):
        x, y = (place * 331) % 1920, (place * 149) % 420
        sheet.box(x, y, x + 3, y + 3, "#375867")


def _guilloche(sheet, chosen):
    """Safety paper: fine waves, a tear line, notches, a number in red."""
    for row in range(28):
        points = [(x, 40 * row + 16 * math.sin(x / 70 + row * 0.7)) for x in range(0, 1921, 12)]
        sheet.line(points, "#ebc9c1", 2)
    for x in range(0, 1920, 36):
        sheet.box(x, 884, x + 18, 887, chosen.quiet)
    for x in (0, 1920):
        sheet.pen.ellipse([round(v * sheet.factor) for v in (x - 46, 840, x + 46, 932)], fill="#2a1713")


ORNAMENTS = {"carriage": _carriage, "windows": _windows, "guilloche": _guilloche}
