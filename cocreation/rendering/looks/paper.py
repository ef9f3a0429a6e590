"""Ticket: safety paper, a tear line, a postmark. The theme is where the journey goes."""

import functools

from PIL import Image, ImageDraw

from cocreation.rendering.looks.rows import code_of, joined, people
from cocreation.rendering.sheet import SMOOTH, Sheet

GROUND, PAPER, FACE = "#e9e4da", "#f6dcd0", "#f6dcd0"
INK, QUIET, RED, TEAR = "#2a1713", "#71443a", "#a82219", "#b9796a"
LEFT, TOP, RIGHT, BOTTOM, STUB = 90, 130, 1830, 950, 1390


@functools.lru_cache(maxsize=8)
def waves(factor: float) -> Image.Image:
    """One tile of safety paper: lens shapes of five fine lines, on the colour of the paper."""
    wide, high = max(8, round(192 * factor)), max(4, round(60 * factor))
    k = SMOOTH
    tile = Image.new("RGB", (wide * k, high * k), PAPER)
    pen = ImageDraw.Draw(tile)
    for bow in (-1.3, -0.85, -0.4, 0.85, 1.3):
        points = []
        for step in range(97):
            t = step / 96
            way = 1 if t < 0.5 else -1
            u = (t * 2) % 1
            points.append((t * wide * k, (0.5 - way * bow * 3 * u * (1 - u) * 0.5) * high * k))
        pen.line(points, fill="#edc8b8", width=max(1, round(2 * factor * k)))
    return tile.resize((wide, high), Image.Resampling.BOX)


def paper(sheet, wide, high) -> Image.Image:
    """Safety paper of this size."""
    tile = waves(sheet.factor)
    found = Image.new("RGB", (sheet.px(wide), sheet.px(high)))
    for y in range(0, found.height, tile.height):
        for x in range(0, found.width, tile.width):
            found.paste(tile, (x, y))
    return found


def title(sheet, words):
    """The whole ticket: the face with the theme, the stub with the postmark."""
    for spread in (14, 9, 5):
        sheet.box(LEFT - spread, TOP - spread + 8, RIGHT + spread, BOTTOM + spread + 8, _between(spread), 24 + spread)
    sheet.box(LEFT, TOP, RIGHT, BOTTOM, paper(sheet, RIGHT - LEFT, BOTTOM - TOP), 24)
    for y in (TOP, BOTTOM):
        sheet.disc(STUB, y, 30, GROUND)
    sheet.dashes(STUB, TOP + 50, STUB, BOTTOM - 44, TEAR)
    sheet.mark(160, 218, 56, RED)
    sheet.write((232, 234), "下一站", 44, RED, room=300, bold=True)
    if words.event:
        sheet.write((STUB - 60, 232), words.event, 38, QUIET, room=640, anchor="r")
    sizes = ((132, 1), (116, 2), (96, 2), (80, 3), (68, 4), (58, 5))
    y = sheet.paragraph((160, 290), words.title, sizes, INK, room=STUB - 230, bold=True, step=1.24) + 14
    for line in words.lines:
        y = sheet.paragraph((164, y), line, ((46, 1), (38, 2)), QUIET, room=STUB - 250) + 8
    at = 160
    for name, said in (("日期 Date", words.day), ("车站 Stop", words.place)):
        if said:
            sheet.write((at, 838), name, 32, QUIET, room=400)
            sheet.write((at, 898), said, 50, INK, room=560, bold=True)
            at += max(330, sheet.width(said, 50) + 90)
    _postmark(sheet, (STUB + RIGHT) / 2, 420, words)
    at = STUB + 90
    for number, char in enumerate(f"{words.title}nextstop"[:16] * 3):  # as bars under a ticket are: thick and thin
        thick = (5, 9, 14, 7)[(ord(char) + number) % 4]
        if at + thick > RIGHT - 84:
            break
        sheet.box(at, 800, at + thick, 900, INK)
        at += thick + (6, 9, 5)[(ord(char) >> 2) % 3]


def _between(spread):
    """The shadow of the ticket, fainter outside."""
    return {14: "#e4ddd2", 9: "#dfd6ca", 5: "#d8cdc0"}[spread]


def _postmark(sheet, x, y, words):
    """Two rings with the place and the day, a little askew."""
    side = 340
    stamp = Sheet(_as(sheet), side, side, (168, 34, 25, 0))
    half = side / 2
    stamp.ring(half, half, 160, 6, RED)
    stamp.ring(half, half, 118, 3, RED)
    stamp.box(30, half - 44, side - 30, half - 40, RED)
    stamp.box(30, half + 40, side - 30, half + 44, RED)
    stamp.box(34, half - 40, side - 34, half + 40, (168, 34, 25, 0))
    upper, middle, lower = (
        ("NEXT", "下一站", "STOP") if not words.day else (words.place or "下一站", words.day, "NEXT STOP")
    )
    stamp.write((half, half + 18), middle, 46, RED, room=side - 76, bold=True, anchor="m")
    stamp.write((half, half - 60), upper, 40, RED, room=170, bold=True, anchor="m")
    stamp.write((half, half + 90), lower, 32, RED, room=160, bold=True, anchor="m")
    turned = stamp.image.rotate(14, Image.Resampling.BICUBIC, expand=True)
    turned.putalpha(turned.getchannel("A").point(lambda v: v * 82 // 100))
    sheet.lay(turned, x - turned.width / sheet.factor / 2, y - turned.height / sheet.factor / 2)


def _as(sheet):
    """A canvas of the sheet's measure."""
    from cocreation.rendering.recipe import lines

    return lines(round(sheet.factor * 1080))


def strip(canvas, words):
    """A small ticket: the code on its stub, the name on its face."""
    ruler = Sheet(canvas, 1, 1)
    code = min(320, ruler.width(words.code, 48) + 8) if words.code else 0
    name = min(980, ruler.width(words.name, 46) + 4) if words.name else 0
    caption = min(1240, ruler.width(words.caption, 36)) if words.caption else 0
    stub = code + 76 if code else 30
    wide = stub + max(name, caption) + 76 if name or caption else stub + 34
    high = 162 if caption and name else 108
    sheet = Sheet(canvas, wide, high)
    sheet.box(0, 0, wide, high, paper(sheet, wide, high), 16)
    sheet.box(0, 0, 30, high, words.colour, 16, (True, False, False, True))
    sheet.box(16, 0, 30, high, words.colour)
    if code:
        sheet.write((50, high / 2 + 18), words.code, 48, RED, room=code + 2, bold=True)
    if code and (name or caption):
        for y in (0, high):
            sheet.disc(stub, y, 14, (0, 0, 0, 0))
        sheet.dashes(stub, 24, stub, high - 20, TEAR, 10, 9, 3)
    sheet.write((stub + 36, 70), words.name, 46, INK, room=name + 4, bold=True)
    sheet.write((stub + 36, high - 36 if name else high / 2 + 13), words.caption, 36, QUIET, room=caption + 4)
    return sheet


def begin(sheet, tall):
    """One long ticket, as long as the names are."""
    sheet.box(250, 980, 1670, tall, paper(sheet, 1420, tall - 980), 24)


def heading(sheet, text, y):
    y += 170
    for x in (250, 1670):
        sheet.disc(x, y - 86, 28, GROUND)
    sheet.dashes(300, y - 86, 1624, y - 86, TEAR)
    sheet.write((330, y), text, 42, RED, room=1260, bold=True)
    return y + 36


def row(sheet, line, y):
    code, name = code_of(line[0])
    if len(line) == 1:
        sheet.write((330, y + 54), line[0], 48, INK, room=1260, bold=True)
        return y + 82
    said, size = people(sheet, joined(line), 42, 700)
    at = y + 54
    if code:
        sheet.write((330, at), code, 48, RED, room=520, bold=True)
        at += 56
    called, tall = people(sheet, name, 42, 516) if name else ([], 42)
    for text in called:
        sheet.write((330, at), text, tall, INK, room=520)
        at += 54
    below = y + 54
    for text in said:
        sheet.write((890, below), text, size, QUIET, room=706)
        below += 56
    return y + max(len(called) + bool(code), len(said)) * 56 + 34


def end(sheet, y):
    sheet.mark(900, y - 60, 120, RED)
    sheet.write((960, y + 80), "下一站见", 84, INK, room=1200, bold=True, anchor="m")
    sheet.write((960, y + 150), "See you at the next stop", 42, QUIET, room=1200, anchor="m")
