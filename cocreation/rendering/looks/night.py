"""Window seat: a train by night. Its lit windows pass under the theme; names are stops of its line."""

from cocreation.rendering.looks.rows import code_of, joined, people
from cocreation.rendering.sheet import Sheet, shade

GROUND = "#0a1a22"
INK, QUIET, LIT, STRIPE = "#fbf0cf", "#9fc0c4", "#ffdf94", "#f4b92f"
STEEL, STEEL_DARK, DARK = "#0c4a3a", "#083629", "#0a3a2d"
CAR, HIGH = 1210, 300  # a carriage and the gap behind it; the train from its roof to the rail
LINE = 640  # where the line of the roll runs


def title(sheet, words):
    """The sky, the hills, the theme; the train is laid over it by `train`."""
    sheet.image.paste(shade("#04090f", "#1f4d52").resize(sheet.image.size).convert("RGB"))
    for base, rise, fill in ((690, 90, "#17424a"), (760, 60, "#0f333a")):
        ridge = [(x, base - rise * ((x * (7 if rise > 80 else 11) // 40) % 17) / 17) for x in range(-60, 2041, 150)]
        sheet.polygon([(-60, 1080), *ridge, (2040, 1080)], fill)
    sheet.box(0, 1034, 1920, 1080, "#060d11")
    sheet.box(0, 1034, 1920, 1040, "#5f7477")
    kicker = " · ".join(word for word in (words.event, words.place, words.day) if word)
    if kicker:
        sheet.write((96, 134), kicker, 42, STRIPE, room=1300, bold=True)
    sizes = ((150, 1), (132, 2), (104, 2), (84, 3), (72, 4))
    below = sheet.paragraph((96, 170), words.title, sizes, INK, room=1728, bold=True, step=1.24)
    y = below + 16
    for line in words.lines:
        y = sheet.paragraph((100, y), line, ((48, 1), (42, 2)), QUIET, room=1640)
        y += 10
    for place in range(90):  # none between the words: a star after a word would be a full stop
        x, star = (place * 733 + 211) % 1920, (place * place * 97 + place * 37) % 560
        if star < 80 or (x > 1780 and star > 110) or (x > 1300 and star > below + 20):
            sheet.disc(x, star, (1.2, 1.7, 2.4)[place % 3], ("#52747c", "#8fb3b8", "#cfe3df")[place % 3])


def train(canvas, travel):
    """The train as a picture of its own, `travel` wider than the frame. It stands on the rail at 1034."""
    cars = -(-(1920 + travel) // CAR)
    sheet = Sheet(canvas, CAR * cars, HIGH)
    lit = shade("#fff0c4", "#f3c265")
    for car in range(cars):
        left = car * CAR
        right = left + CAR - 26
        for x in (left + 170, left + 320, right - 320, right - 170):
            sheet.disc(x, HIGH - 30, 29, "#1a2426")
            sheet.ring(x, HIGH - 30, 27, 6, "#46575a")
        sheet.box(left + 90, HIGH - 64, right - 90, HIGH - 38, "#0f1a1c", 6)
        sheet.box(right - 8, 60, right + 34, HIGH - 70, "#0a1214")
        sheet.box(left, 0, right, HIGH - 52, STEEL, 34, (True, True, False, False))
        sheet.box(left, 0, right, 26, "#26413c", 22, (True, True, False, False))
        for y in range(34, HIGH - 60, 9):
            sheet.box(left + 2, y, right - 2, y + 1.5, "#0a4234")
        sheet.box(left, HIGH - 64, right, HIGH - 52, STEEL_DARK)
        for y, high in ((HIGH - 106, 12), (HIGH - 90, 4)):
            sheet.box(left, y, right, y + high, STRIPE)
        sheet.write((left + 34, 126), f"{car % 16 + 1:02}", 58, STRIPE, room=120, bold=True)
        for place in range(9):
            x = left + 140 + place * 114
            if (place * 7 + car * 3) % 9 in (2, 5):
                sheet.box(x, 58, x + 96, 156, DARK, 16)
            else:
                sheet.box(x, 58, x + 96, 156, lit, 16)
    return sheet


def strip(canvas, words):
    """The team's line comes in from the edge of the picture and stops at its name."""
    ruler = Sheet(canvas, 1, 1)
    code = min(360, ruler.width(words.code, 48) + 8) if words.code else 0
    name = min(980, ruler.width(words.name, 48)) if words.name else 0
    caption = min(1280, ruler.width(words.caption, 38)) if words.caption else 0
    gap = 26 if code and name else 0
    wide, high = max(code + gap + name, caption) + 190, 120 + (58 if caption and (code or name) else 0)
    sheet = Sheet(canvas, wide + 160, high)
    dark = shade((4, 12, 17, 225), (4, 12, 17, 0), level=True)
    sheet.box(0, 0, wide * 0.82, high, (4, 12, 17, 225))
    sheet.box(wide * 0.82, 0, wide + 160, high, dark)
    middle = 60
    sheet.box(0, middle - 6, 84, middle + 6, words.colour)
    sheet.disc(102, middle, 27, words.colour)
    sheet.disc(102, middle, 19, INK)
    at = 158
    if code:
        sheet.write((at, middle + 18), words.code, 48, "#ffc23d", room=code + 2, bold=True)
        at += code + gap
    sheet.write((at, middle + 18), words.name, 48, INK, room=name + 4)
    if caption:
        sheet.write((158, high - 30 if code or name else middle + 14), words.caption, 38, "#e6dcc0", room=caption + 4)
    return sheet


def begin(sheet, tall):
    """The line, from the first stop to the last; `tall` is where it ends."""
    sheet.image.paste(shade("#0a1a22", "#12333a").resize(sheet.image.size).convert("RGB"))
    for place in range(int(tall / 26)):
        x, y = (place * 733 + 211) % 1920, place * 26 + (place * 37) % 23
        sheet.disc(x, y, (1.2, 1.7, 2.2)[place % 3], ("#24464e", "#34606a", "#5b8088")[place % 3])
    sheet.box(LINE - 5, 900, LINE + 5, tall, STRIPE)


def heading(sheet, text, y):
    y += 170
    sheet.disc(LINE, y - 14, 26, STRIPE)
    sheet.disc(LINE, y - 14, 16, GROUND)
    sheet.write((LINE + 60, y), text, 42, STRIPE, room=1160, bold=True)
    return y + 40


def row(sheet, line, y):
    code, name = code_of(line[0])
    if len(line) == 1:
        sheet.disc(LINE, y + 38, 11, INK)
        sheet.write((LINE + 60, y + 54), line[0], 46, INK, room=1160)
        return y + 84
    said, size = people(sheet, joined(line), 42, 1130)
    called, tall = people(sheet, name, 40, 516) if name else ([], 40)
    high = max(len(called) + bool(code), len(said)) * 58 + 34
    sheet.disc(LINE, y + 38, 11, INK)
    at = y + 54
    if code:
        sheet.write((LINE - 60, at), code, 46, "#ffc23d", room=520, bold=True, anchor="r")
        at += 56
    for text in called:
        sheet.write((LINE - 60, at), text, tall, QUIET, room=520, anchor="r")
        at += 54
    below = y + 54
    for text in said:
        sheet.write((LINE + 60, below), text, size, INK, room=1136)
        below += 58
    return y + high


def end(sheet, y):
    """The last stop of the line."""
    sheet.disc(LINE, y, 46, STRIPE)
    sheet.disc(LINE, y, 30, GROUND)
    sheet.write((LINE + 96, y + 30), "下一站见", 84, INK, room=1000, bold=True)
    sheet.write((LINE + 100, y + 104), "See you at the next stop", 44, QUIET, room=1000)
