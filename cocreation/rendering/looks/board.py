"""Express: the departure board. The theme falls into place on split flaps, each team leaves from its own row."""

from cocreation.rendering.looks.rows import code_of, joined, people
from cocreation.rendering.sheet import Sheet, flap_rows, flaps_wide

GROUND, PANEL, RULE = "#0c100e", "#141a17", "#2a322d"
INK, QUIET, AMBER = "#f5eddc", "#98a199", "#ffc23d"
SIZES = ((150, 1), (132, 1), (116, 2), (100, 2), (88, 2), (76, 3), (66, 3), (56, 4))


def title(sheet, words):
    """Flaps, and beneath them what else there is to say as rows of the board."""
    sheet.mark(96, 92, 62, INK)
    sheet.write((176, 108), "下一站", 44, INK, room=300, bold=True)
    if words.event:
        sheet.write((340, 107), words.event, 38, QUIET, room=900)
    lines = list(words.lines)
    last = " · ".join(word for word in (words.place, words.day) if word)
    top = 1000 - 116 * (len(lines) + bool(last))
    found = flap_rows(words.title, 1720, SIZES)
    if found:
        rows, size = found
        step = size * 1.62
        y = 150 + max(0, (top - 190 - step * len(rows)) / 2)
        for row in rows:
            sheet.flaps(96, y, row, size, AMBER, INK)
            y += step
    else:
        sheet.paragraph((96, 220), words.title, ((88, 4), (72, 5)), AMBER, room=1720, bold=True)
    for number, line in enumerate(lines):
        _panel(sheet, top, 104, first=number == 0)
        sheet.write((150, top + 69), line, 46, INK if number == 0 else "#c9c4b4", room=1600, bold=number == 0)
        top += 116
    if last:
        _panel(sheet, top, 104)
        if words.day:
            wide = flaps_wide(words.day, 44)
            sheet.flaps(1790 - wide, top + 21, words.day, 44, AMBER, AMBER)
        sheet.write((150, top + 69), words.place or words.event, 46, "#c9c4b4", room=1100)


def _panel(sheet, y, high, *, first=False):
    if first:
        sheet.box(96, y, 140, y + high, AMBER, 14)
        sheet.box(108, y, 1824, y + high, PANEL, 14)
    else:
        sheet.box(96, y, 1824, y + high, PANEL, 14)


def strip(canvas, words):
    """Four flaps with the team's letters, its name on the board beside them."""
    size, ruler = 46, Sheet(canvas, 1, 1)
    code = min(460, flaps_wide(words.code, size)) if words.code else 0
    name = min(1000, ruler.width(words.name, 46) + 6) if words.name else 0
    caption = min(1300, ruler.width(words.caption, 36)) if words.caption else 0
    gap = 30 if code and name else 0
    wide = max(code + gap + name, caption) + 66
    upper = 106 if code or name else 0
    high = upper + (66 if caption else 0) + (0 if upper else 10)
    sheet = Sheet(canvas, wide, high)
    sheet.box(0, 0, wide, high, (12, 16, 14, 232), 14)
    sheet.box(0, 14, 8, high - 14, words.colour, 4)
    if code:
        sheet.flaps(34, 20, words.code, size, AMBER, AMBER)
    sheet.write((34 + code + gap, 69), words.name, 46, INK, room=name + 4, bold=True)
    sheet.write((34, high - 26), words.caption, 36, "#d5d0c2", room=caption + 4)
    return sheet


def begin(sheet, tall):
    """Nothing: the board is empty until its rows come."""


def heading(sheet, text, y):
    y += 150
    sheet.write((96, y), text, 40, AMBER, room=1700, bold=True)
    sheet.box(96, y + 24, 1824, y + 27, RULE)
    return y + 46


def row(sheet, line, y):
    code, name = code_of(line[0])
    if len(line) == 1:
        sheet.box(96, y, 1824, y + 92, PANEL, 12)
        sheet.write((140, y + 62), line[0], 46, INK, room=1620, bold=True)
        return y + 104
    said, size = people(sheet, joined(line), 40, 830)
    high = max(108, 50 + len(said) * size * 1.35, 150 if len(name) > 24 else 0)
    sheet.box(96, y, 1824, y + high, PANEL, 12)
    at = 128
    if code:
        sheet.flaps(at, y + high / 2 - 31, code, 44, AMBER, AMBER)
        at += max(190, flaps_wide(code, 44)) + 30
    called, tall = people(sheet, name, 44, 920 - at)
    below = y + high / 2 - (len(called) - 1) * tall * 0.65 + tall * 0.36
    for text in called:
        sheet.write((at, below), text, tall, INK, room=930 - at, bold=True)
        below += tall * 1.3
    below = y + high / 2 - (len(said) - 1) * size * 0.675 + size * 0.36
    for text in said:
        sheet.write((970, below), text, size, "#d5d0c2", room=834)
        below += size * 1.35
    return y + high + 12


def end(sheet, y):
    """The house's sign, where the roll comes to stand."""
    sheet.mark(880, y - 70, 160, AMBER)
    wide = flaps_wide("NEXT STOP", 64)
    sheet.flaps(960 - wide / 2, y + 40, "NEXT STOP", 64, AMBER)
    sheet.write((960, y + 220), "下一站见", 46, QUIET, room=900, anchor="m")
