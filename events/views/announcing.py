"""What the event page and its shareable pictures show."""

import io
import json
import re
import unicodedata

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import mark_safe

from events import cards, text
from events.access import anyone
from events.models import Attendee, Role
from events.templatetags import house

WINDOWS_PHONE, WINDOWS_DESK = 5, 17
DOLLARS = {
    "HK": "HKD",
    "NT": "TWD",
    "S": "SGD",
    "US": "USD",
    "A": "AUD",
    "C": "CAD",
    "CA": "CAD",
    "NZ": "NZD",
    "": "USD",
}
CURRENCIES = {
    **{f"{land}$": code for land, code in DOLLARS.items()},
    **dict.fromkeys(("€", "EURO", "EUROS", "欧元"), "EUR"),
    **dict.fromkeys(("£", "英镑"), "GBP"),
    **dict.fromkeys(("¥", "RMB", "元", "块", "人民币", "YUAN"), "CNY"),
    **dict.fromkeys(("港币", "港元"), "HKD"),
    **dict.fromkeys(("新台币", "台币"), "TWD"),
    **dict.fromkeys(("美元", "美金"), "USD"),
    **{code: code for code in ("USD", "EUR", "GBP", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "CNY", "JPY", "KRW")},
}
PRICE = re.compile(r"(?P<sign>[^\d\s.,]*)\s*(?P<number>[0-9][0-9.,]*)\s*(?P<unit>[^\d\s.,]*)")
NUMBER = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?P<group>[.,])[0-9]{3}(?:(?P=group)[0-9]{3})*|[0-9]+)(?:[.,](?P<part>[0-9]{1,2}))?"
)


def context(request, event, at) -> dict:
    """The context of the event page."""
    seated = event.attendees.holding_a_seat()
    names = list(seated.order_by("-pk").values_list("name", flat=True)[:WINDOWS_DESK])
    count = seated.count()
    looking = seated.filter(wish=Attendee.Wish.ANY).count()
    return {
        "at": at,
        "windows": [text.initial(name) for name in names],
        "count": count,
        "looking": looking,
        "more_phone": max(0, count - WINDOWS_PHONE),
        "more_desk": max(0, count - WINDOWS_DESK),
        "open": event.accepts_registrations(at),
        "over": event.is_over(at),
        "waiting": event.waiting,
        "full": event.offers_the_line(event.waiting),
        "sponsors": event.sponsors.prefetch_related("contributions"),
        "untold": event.attendees.out_of_reach().count() if event.cancelled_at else 0,
        "texts": bool(settings.SMS_GATEWAY_URL),
        "organises": bool(request.crew_roles & {Role.ORGANISER}),
        "json_ld": json_ld(event, at),
    }


def json_ld(event, at) -> str:
    """schema.org Event for search engines; safe inside a script element."""
    url = settings.SITE_URL + event.get_absolute_url()
    status = "EventCancelled" if event.cancelled_at else "EventScheduled"
    content = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": house.said(event, "title"),
        "startDate": event.local(event.starts_at).isoformat(),
        "endDate": event.local(event.ends_at).isoformat(),
        "doorTime": event.local(event.doors_at).isoformat(),
        "eventStatus": f"https://schema.org/{status}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "url": url,
        "description": house.said(event, "tagline") or house.said(event, "summary"),
        "image": [f"{url}card.png", f"{url}square.png"],
        "location": _place(event),
        "organizer": {
            "@type": "Organization",
            "name": house.said(event.series, "name"),
            "url": settings.SITE_URL + reverse("events:line", args=[event.series.slug]),
        },
        "offers": _offer(event, url, at),
        "isAccessibleForFree": not event.price,
        "maximumAttendeeCapacity": event.capacity,
    }
    escaped = json.dumps(content, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")
    return mark_safe(escaped)


def _place(event) -> dict:
    """Where it is: the city alone while the address is only for those with a seat."""
    address = {"@type": "PostalAddress", "addressLocality": house.said(event, "city")}
    if event.address_is_public and event.address:
        address["streetAddress"] = house.said(event, "address")
    name = house.said(event, "venue") if event.address_is_public and event.venue else house.said(event, "city")
    return {"@type": "Place", "name": name, "address": address}


def _offer(event, url, at) -> dict:
    """What a seat costs, where a number can be read in the organiser's words; and whether there is one."""
    offer = {"@type": "Offer", "url": url}
    if found := _price(event.price):
        offer |= dict(zip(("price", "priceCurrency"), found, strict=True))
    if event.published_at:
        offer["validFrom"] = event.local(event.published_at).isoformat()
    open_ = event.seats_left and event.accepts_registrations(at)
    return offer | {"availability": "https://schema.org/" + ("InStock" if open_ else "SoldOut")}


def _price(words: str) -> tuple[str, str] | None:
    """`(number, currency)` of a price; nothing is free, in yuan; None where anything else stands there than one price.

    A bare number is in yuan, a bare $ is the American one; whose dollar another sign means is never guessed.
    """
    if not words:
        return "0", "CNY"
    price = PRICE.fullmatch(unicodedata.normalize("NFKC", words).strip())
    number = NUMBER.fullmatch(price["number"]) if price else None
    if price is None or number is None:
        return None
    signs = [CURRENCIES.get(sign.upper()) for sign in (price["sign"], price["unit"]) if sign]
    currency = signs[0] if signs else "CNY"
    if currency is None or set(signs) - {currency}:
        return None
    whole = re.sub(r"\D", "", number["whole"])
    return f"{whole}.{number['part']}" if number["part"] else whole, currency


@anyone
def card(request, event, shape):
    """The picture that chats show for the link: 1200x630, or a 300 px square for WeChat."""
    image = cards.card(event) if shape == "card" else cards.square(event)
    return _picture(image, "PNG", "image/png")


@anyone
def poster(request, event):
    """The poster as a picture to hold down, and as a file to print."""
    return render(request, "events/poster.html", {"short_url": cards.short_url(event)})


@anyone
def poster_file(request, event, ending):
    """The poster with its QR: PNG for chats, PDF for paper."""
    image = cards.poster(event)
    return _picture(image, "PDF", "application/pdf") if ending == "pdf" else _picture(image, "PNG", "image/png")


@anyone
def sponsor_logo(request, event, sponsor):
    """A sponsor's logo, as it was drawn anew when it was uploaded."""
    row = get_object_or_404(event.sponsors.exclude(logo=""), pk=sponsor)
    try:
        response = FileResponse(row.logo.open("rb"), content_type="image/webp")  # many systems do not know the ending
    except FileNotFoundError:
        raise Http404 from None
    response["Cache-Control"] = f"{'public' if event.published_at else 'private'}, max-age=300"
    return response


def _picture(image, format_, kind):
    buffer = io.BytesIO()
    image.save(buffer, format_, **({"optimize": True} if format_ == "PNG" else {"resolution": 150}))
    response = HttpResponse(buffer.getvalue(), content_type=kind)
    response["Cache-Control"] = "public, max-age=600"
    response["Vary"] = "Accept-Language, Cookie"
    return response
