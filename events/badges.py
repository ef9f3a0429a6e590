"""Name badges: drawn with Pillow, ten to a page of A4 or one to a label, Chinese names as large as they fit."""

import io

from PIL import Image, ImageDraw

from events import fonts, qr, text, tickets
from events.templatetags import house

DPI = 200
WIDTH, HEIGHT = 669, 433  # 85 x 55 mm
PAGE = 1654, 2339  # A4
COLUMNS, ROWS = 2, 5
GREEN, STRIPE, INK, DIM = "#0c4a3a", "#f4b92f", "#14201b", "#59635d"


def name_on(attendee) -> str:
    """What stands on the badge: the name; the number, large, for a name of which no font here has a single character."""
    drawable = "".join(part for part in text.graphemes(attendee.name) if fonts.file_for(part)).strip()
    return drawable or f"No.{attendee.number:04d}"


def incomplete(people) -> list[tuple]:
    """`(attendee, characters)` of the names that no font here can draw whole: to be written by hand."""
    return [(person, missing) for person in people if (missing := fonts.missing(person.name))]


def draw(attendee) -> Image.Image:
    """One badge: who, what they are working on, where they sit, and the ticket's code to scan."""
    event = attendee.event
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, 76), fill=GREEN)
    pen.rectangle((0, 76, WIDTH, 84), fill=STRIPE)
    fonts.write(pen, (30, 52), house.said(event, "title"), 32, "white", bold=True, room=430)
    fonts.write(pen, (WIDTH - 30, 51), house.said(event, "city"), 28, "white", anchor="r", room=160)
    fonts.write(pen, (30, 220), name_on(attendee), 104, INK, bold=True, room=WIDTH - 60)
    for line, words in enumerate(fonts.wrap(attendee.about, 28, WIDTH - 220, most=2)):
        fonts.write(pen, (30, 272 + 40 * line), words, 28, DIM)
    if attendee.seat:
        place = f"{house.two(attendee.carriage)} · {house.two(attendee.seat)}"
        fonts.write(pen, (30, HEIGHT - 34), place, 56, GREEN, bold=True, room=300)
    fonts.write(pen, (WIDTH - 190, HEIGHT - 34), f"{attendee.number:04d}", 30, DIM, anchor="r")
    image.paste(qr.picture(tickets.payload(attendee), 140, border=1), (WIDTH - 170, HEIGHT - 160))
    return image


def label(attendee) -> bytes:
    """A page of the badge's own size, for a label printer at the door."""
    return _pdf([draw(attendee)], f"{attendee.event.slug}-{attendee.number:04d}")


def sheets(people) -> bytes:
    """Pages of A4 with ten badges each and thin lines to cut along; no people, one empty page."""
    people = list(people)
    per_page = COLUMNS * ROWS
    parts = [people[start : start + per_page] for start in range(0, len(people), per_page)] or [[]]
    return _pdf([_sheet(part) for part in parts], "badges")


def _sheet(people) -> Image.Image:
    page = Image.new("RGB", PAGE, "white")
    pen = ImageDraw.Draw(page)
    left, top = (PAGE[0] - COLUMNS * WIDTH) // 2, (PAGE[1] - ROWS * HEIGHT) // 2
    for place, person in enumerate(people):
        x, y = left + place % COLUMNS * WIDTH, top + place // COLUMNS * HEIGHT
        page.paste(draw(person), (x, y))
        pen.rectangle((x, y, x + WIDTH, y + HEIGHT), outline="#c9cec9")
    return page


def _pdf(pages, title) -> bytes:
    buffer = io.BytesIO()
    pages[0].save(buffer, "PDF", resolution=DPI, save_all=True, append_images=pages[1:], title=title, quality=88)
    return buffer.getvalue()
