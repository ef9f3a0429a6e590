"""The ticket: its QR, its picture, its page to print, its calendar entry."""

import io
import math
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from events import calendar_entry, fonts, passes, qr
from events.templatetags import house

PINK, PINK_2, INK, INK_2, RED, PAGE = "#f6dcd0", "#e9b9a6", "#2a1713", "#71443a", "#a82219", "#f3f1eb"


def payload(attendee) -> str:
    """What the QR says: `NS:` + the event's code + the ticket code, at most 20 characters, capitals and digits."""
    return f"NS:{attendee.event.code}:{attendee.code}"


def read_payload(text: str) -> tuple[str, str] | None:
    """`(event code, ticket code)` of a scanned or typed ticket, or None. A typed code has no event: ''."""
    text = "".join(text.split()).upper()
    if text.startswith("NS:") and text.count(":") == 2:
        _ns, event_code, code = text.split(":")
        return event_code, code
    return ("", text) if 6 <= len(text) <= 8 and text.isalnum() else None


def link(attendee) -> str:
    """The signed link that opens the ticket."""
    return passes.link(attendee)


def calendar_file(attendee, *, cancelled=False) -> tuple[str, str, bytes]:
    """The calendar entry as a mail attachment. A host gets several: a guest's has their number in its name."""
    method = "CANCEL" if cancelled else "REQUEST"
    body = calendar_entry.for_attendee(attendee, cancelled=cancelled)
    name = file_name(attendee, "ics") if attendee.invited_by_id else f"{attendee.event.slug}.ics"
    return name, f"text/calendar; charset=utf-8; method={method}", body


def calendar_url(attendee) -> str:
    return settings.SITE_URL + reverse("events:ticket_ics", args=[attendee.event.slug])


WIDTH, HEIGHT, TEAR = 1080, 1330, 1090


def picture(attendee) -> Image.Image:
    """The whole ticket as one picture of 1080x1330 pixels, for a long press and for paper."""
    image = _paper()
    pen = ImageDraw.Draw(image)
    _face(pen, attendee)
    pen.rounded_rectangle((90, 500, 610, 1020), 20, fill="white")
    image.paste(qr.picture(payload(attendee), 500), (100, 510))
    fonts.write(pen, (650, 860), attendee.name, 76, INK, bold=True, room=350)
    fonts.write(pen, (650, 925), _("Show this at the door"), 36, INK_2, room=350)
    fonts.write(pen, (650, 1000), attendee.spaced_code, 52, INK, room=350)
    for x in range(70, WIDTH - 70, 26):
        pen.line([(x, TEAR), (x + 13, TEAR)], fill="#b9796a", width=4)
    fonts.write(pen, (90, TEAR + 95), _("Raffle stub"), 50, INK, bold=True)
    fonts.write(pen, (90, TEAR + 160), _("Tear it off at the venue, drop it in the box"), 36, INK_2, room=640)
    fonts.write(pen, (990, TEAR + 130), f"{attendee.number:04d}", 64, RED, bold=True, anchor="r")
    return image


def _paper() -> Image.Image:
    """Pink safety paper on the colour of the page, with round corners, notches at the tear line and its pattern."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAGE)
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((30, 30, WIDTH - 30, HEIGHT - 30), 30, fill=PINK)
    for y in range(60, HEIGHT - 40, 60):
        for x in range(30, WIDTH - 30, 6):
            for height in (30, 20, 10):
                wave = height * math.sin((x - 30) / 170 * 2 * math.pi)
                pen.point([(x, y + wave), (x + 1, y + wave), (x, y - wave), (x + 1, y - wave)], fill=PINK_2)
    for x in (30, WIDTH - 30):
        pen.ellipse((x - 26, TEAR - 26, x + 26, TEAR + 26), fill=PAGE)
    return image


def _face(pen, attendee) -> None:
    event = attendee.event
    fonts.write(pen, (90, 140), f"No.{attendee.number:04d}", 54, RED, bold=True)
    stop = _("Stop %(number)02d %(city)s") % {"number": event.number, "city": house.said(event, "city")}
    fonts.write(pen, (990, 138), stop, 38, INK_2, anchor="r", room=560)
    fonts.write(pen, (90, 260), house.said(event, "title"), 76, INK, bold=True, room=900)
    cells = (
        (90, "l", _("Date"), house.short_day(event.starts_at, event)),
        (430, "l", _("Doors"), house.clock(event.doors_at, event)),
        (700, "l", _("Car"), house.two(attendee.carriage) or "—"),
        (890, "l", _("Seat"), house.two(attendee.seat) or "—"),
    )
    for x, anchor, label, value in cells:
        fonts.write(pen, (x, 360), label, 36, INK_2, anchor=anchor, room=310)
        fonts.write(pen, (x, 425), value, 52, INK, bold=True, anchor=anchor, room=310)


def png(attendee) -> bytes:
    """The picture as a PNG."""
    buffer = io.BytesIO()
    picture(attendee).quantize(128).save(buffer, "PNG")
    return buffer.getvalue()


def pdf(attendee) -> bytes:
    """The picture on a page of A5."""
    page = Image.new("RGB", (1240, 1748), "white")
    page.paste(picture(attendee), (80, 120))
    buffer = io.BytesIO()
    page.save(buffer, "PDF", resolution=213, title=str(attendee))
    return buffer.getvalue()


def file_name(attendee, ending) -> str:
    """A header-safe file name that names nobody."""
    return quote(f"{attendee.event.slug}-{attendee.number:04d}.{ending}")
