"""Pictures to forward: the card that a chat shows for the link, the square for WeChat, the poster with its QR."""

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from events import fonts, qr
from events.templatetags import house

GREEN, RIB, STRIPE, PALE = "#0c4a3a", "#0a4234", "#f4b92f", "#c7ddd3"
ENAMEL, ENAMEL_INK, DIM, RED, PAPER, INK = "#fdfcf8", "#14201b", "#59635d", "#a82219", "#f3f1eb", "#14201b"


def short_url(event) -> str:
    """The shortest address of the event: what fits into a QR and on a wall."""
    return f"{settings.SITE_URL}/{event.code}"


def _carriage(image, height) -> ImageDraw.ImageDraw:
    """Ribbed green steel with the yellow band, down to `height`."""
    pen = ImageDraw.Draw(image)
    width = image.width
    pen.rectangle((0, 0, width, height), fill=GREEN)
    for y in range(0, height, 18):
        pen.line([(0, y), (width, y)], fill=RIB, width=2)
    pen.rectangle((0, height, width, height + 12), fill=STRIPE)
    pen.rectangle((0, height + 12, width, height + 15), fill=GREEN)
    pen.rectangle((0, height + 15, width, height + 18), fill=STRIPE)
    return pen


def _kicker(event) -> str:
    stop = _("Stop %(n)02d") % {"n": event.number}
    return "  ·  ".join([stop, house.said(event, "city"), house.full_day(event.starts_at, event)])


def _plate(pen, box, event) -> None:
    """The enamel plate: this stop, the arrow, the next one."""
    x1, y1, x2, y2 = box
    middle, high = (x1 + x2) / 2, y2 - y1
    pen.rounded_rectangle((x1 + 3, y1 + 6, x2 + 3, y2 + 8), 14, fill="#d8d4c8")
    pen.rounded_rectangle(box, 14, fill=ENAMEL, outline="#d9d5c9", width=2)
    for x in (x1 + 18, x2 - 18):
        pen.ellipse((x - 6, y1 + 12, x + 6, y1 + 24), fill="#a9aca6")
    big, small, room = int(high * 0.36), int(high * 0.15), (x2 - x1) * 0.34
    for centre, city, latin, ink in (
        (x1 + (x2 - x1) * 0.22, event.city, event.city_en, ENAMEL_INK),
        (x1 + (x2 - x1) * 0.78, event.next_city or "?", event.next_city_en, DIM),
    ):
        fonts.write(pen, (centre, y1 + high * 0.56), city, big, ink, bold=True, anchor="m", room=room)
        fonts.write(pen, (centre, y1 + high * 0.84), latin.upper(), small, DIM, anchor="m", room=room)
    y, arm = y1 + high * 0.52, (x2 - x1) * 0.085
    pen.line([(middle - arm, y), (middle + arm, y)], fill=RED, width=5)
    pen.line([(middle + arm - 14, y - 13), (middle + arm, y), (middle + arm - 14, y + 13)], fill=RED, width=5)
    run = _("RUN %(n)02d") % {"n": event.number}
    fonts.write(pen, (middle, y - 20), run, small, RED, bold=True, anchor="m")
    fonts.write(pen, (middle, y + 20 + small), _("Next stop"), small, RED, bold=True, anchor="m")


def _title(pen, text, x, y, size, room, most, leading=1.22) -> float:
    """The title in lines as large as they fit; returns the baseline of the last."""
    while size > 40 and len(fonts.wrap(text, size, room, most=9)) > most:
        size -= 4
    lines = fonts.wrap(text, size, room, most=most)
    for number, line in enumerate(lines):
        fonts.write(pen, (x, y + size + number * size * leading), line, size, "white", bold=True)
    return y + size + (len(lines) - 1) * size * leading


def card(event) -> Image.Image:
    """1200x630: the carriage with the title, the plate over the band, the mark of the house."""
    image = Image.new("RGB", (1200, 630), PAPER)
    pen = _carriage(image, 474)
    fonts.write(pen, (80, 112), _kicker(event), 32, PALE, bold=True, room=1040)
    base = _title(pen, house.said(event, "title"), 78, 140, 104, 1040, most=2)
    if event.tagline and base < 360:
        fonts.write(pen, (80, base + 66), house.said(event, "tagline"), 34, PALE, room=1040)
    _plate(pen, (80, 424, 720, 586), event)
    mark(pen, 776, 556, 40, GREEN)
    fonts.write(pen, (850, 570), "下一站 Nextstop", 36, GREEN, bold=True)
    return image


def square(event) -> Image.Image:
    """300x300: what WeChat shows beside a forwarded link; legible at 50 px."""
    image = Image.new("RGB", (300, 300), PAPER)
    pen = _carriage(image, 206)
    fonts.write(pen, (150, 158), event.city, 120, "white", bold=True, anchor="m", room=264)
    day = event.local(event.starts_at)
    fonts.write(pen, (150, 280), f"{day.month}.{day.day}", 46, GREEN, bold=True, anchor="m")
    return image


def poster(event) -> Image.Image:
    """1080x1600: everything to decide, and the QR to sign up."""
    image = Image.new("RGB", (1080, 1600), PAPER)
    pen = _carriage(image, 720)
    fonts.write(pen, (80, 130), _kicker(event), 34, PALE, bold=True, room=920)
    base = _title(pen, house.said(event, "title"), 76, 180, 132, 924, most=3)
    if event.tagline:
        for number, line in enumerate(fonts.wrap(house.said(event, "tagline"), 40, 920, most=2)):
            fonts.write(pen, (80, base + 84 + number * 60), line, 40, PALE)
    _plate(pen, (160, 656, 920, 836), event)
    lines = (
        house.day(event.starts_at, event),
        f"{house.clock(event.starts_at, event)} – {house.clock(event.ends_at, event)}",
        house.said(event, "city"),
        event.price or _("Free"),
    )
    for number, line in enumerate(lines):
        fonts.write(pen, (80, 1010 + number * 74), line, 46, INK, bold=number == 0, room=440)
    pen.rounded_rectangle((566, 920, 1014, 1368), 16, fill="white")
    image.paste(qr.picture(short_url(event), 420), (580, 934))
    fonts.write(pen, (790, 1424), _("Scan to get a ticket"), 34, INK, bold=True, anchor="m", room=440)
    fonts.write(pen, (790, 1472), short_url(event).partition("://")[2], 28, DIM, anchor="m", room=440)
    mark(pen, 80, 1500, 44, GREEN)
    fonts.write(pen, (160, 1516), "下一站 Nextstop", 40, GREEN, bold=True)
    return image


def mark(pen, x, y, size, ink) -> None:
    """The line, the stop, the arrow."""
    radius, thick = size * 0.3, max(3, round(size / 10))
    pen.line([(x, y), (x + size * 0.32, y)], fill=ink, width=thick)
    pen.ellipse((x + size * 0.32, y - radius, x + size * 0.32 + 2 * radius, y + radius), outline=ink, width=thick)
    tip = x + size * 1.45
    pen.line([(x + size * 0.32 + 2 * radius, y), (tip, y)], fill=ink, width=thick)
    pen.line(
        [(tip - radius * 0.8, y - radius * 0.8), (tip, y), (tip - radius * 0.8, y + radius * 0.8)],
        fill=ink,
        width=thick,
    )
