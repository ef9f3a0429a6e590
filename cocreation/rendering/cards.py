"""Pictures of words: the opening title, names of teams, captions, the AI label, the end roll. Pillow, never ffmpeg's text.

Every text goes through `events.fonts`: glyph by glyph from a font that has it, so that there is never an empty box.
"""

from dataclasses import dataclass

from cocreation.rendering.looks import board, night, paper
from cocreation.rendering.recipe import LABEL, Canvas
from cocreation.rendering.sheet import Sheet

VERSION = "cards/5"
LOOKS = {"express": board, "window": night, "ticket": paper}
FIRST, LAST = 1080, 1080  # the roll begins on an empty page and ends on one with the house's sign
TRAIN_TRAVEL = 480


@dataclass(frozen=True)
class Name:
    """What a lower third says: the team's letters, its name, the shot's caption; any may be empty."""

    code: str
    name: str
    caption: str
    colour: str


def look(style):
    """The module that draws a style; versions from before there were any are boards."""
    return LOOKS.get(style, board)


def title(canvas, style, words, out) -> None:
    """The opening: the theme as the name of a stop."""
    chosen = look(style)
    sheet = Sheet(canvas, colour=chosen.GROUND)
    chosen.title(sheet, words)
    sheet.image.save(out, compress_level=1)


def ground(canvas, colour, out) -> None:
    """A plain picture: what dips go through."""
    Sheet(canvas, colour=colour).image.save(out, compress_level=1)


def train(canvas, style, out) -> tuple[int, int, int] | None:
    """What moves through the title: `(x, y, how far it goes)` in pixels, None where nothing does."""
    if look(style) is not night:
        return None
    sheet = night.train(canvas, TRAIN_TRAVEL)
    sheet.image.save(out, compress_level=1)
    return 0, canvas.scaled(1036) - sheet.image.height, canvas.scaled(TRAIN_TRAVEL)


def name_strip(canvas, style, colour, code, name, caption, out) -> tuple[int, int]:
    """A team's lower third (and the shot's caption); returns where its top left corner stands."""
    chosen = look(style)
    sheet = chosen.strip(canvas, Name(code, name, caption, colour))
    sheet.image.save(out)
    left = 0 if chosen is night else canvas.scaled(90)  # the night line comes in from the edge
    return left, canvas.height - canvas.scaled(84) - sheet.image.height


def label(canvas, out) -> tuple[int, int]:
    """The AI label that stands on every frame; returns where its top left corner stands."""
    sheet = _labelled(canvas)
    sheet.image.save(out)
    return canvas.width - canvas.scaled(60) - sheet.image.width, canvas.scaled(48)


def _labelled(canvas) -> Sheet:
    wide = Sheet(canvas, 1, 1).width(LABEL, 28)
    sheet = Sheet(canvas, wide + 36, 48)
    sheet.box(0, 0, wide + 36, 48, (0, 0, 0, 165), 6)
    sheet.write((18, 34), LABEL, 28, "#ffffff", room=wide + 8)
    return sheet


def corner(width, height, out) -> tuple[int, int]:
    """The label for a small copy or a poster of this size: larger in it than in a film, and never wider than it."""
    shown = Canvas(width, round(min(1.6 * height, 1080 * 0.86 * width / 400)))
    sheet = _labelled(shown)
    sheet.image.save(out)
    return max(0, width - shown.scaled(30) - sheet.image.width) // 2 * 2, shown.scaled(26) // 2 * 2


def roll(canvas, style, credits, out) -> int:
    """The end roll as one tall picture, beginning empty and ending with the house's sign; returns its height in pixels."""
    chosen = look(style)
    ruler = Sheet(canvas, 1920, 8)
    tall = _written(ruler, chosen, credits) + LAST
    sheet = Sheet(canvas, 1920, tall, chosen.GROUND)
    chosen.begin(sheet, tall - LAST / 2 + (300 if chosen is paper else 0))
    _written(sheet, chosen, credits)
    chosen.end(sheet, tall - LAST / 2)
    sheet.image.save(out, compress_level=1)
    return sheet.image.height


def _written(sheet, chosen, credits) -> float:
    """Write all rows; returns where they end. On a sheet that is too small this only measures."""
    y = float(FIRST)
    for heading, lines in credits.sections:
        y = chosen.heading(sheet, heading, y)
        for line in lines:
            y = chosen.row(sheet, line, y)
    return y
