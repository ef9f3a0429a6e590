"""Pages that a crowd opens at the same moment: drawn once, then filled in for each person.

To draw a page costs twenty times as much as to fill in its blanks. What is drawn knows nobody: it gets neither the
request nor the attendee, only the values that the view calls `shared`, and a blank in place of each `personal` one. It
is drawn anew when the event has changed in anything but the numbers that every sign-up changes.

    printing.page(request, "events/ticket.html", shared={"status": "waitlisted"}, personal={"name": attendee.name})
"""

import copy
import re
import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils import timezone, translation
from django.utils.html import conditional_escape

from events import context, slots

MOST_SHEETS = 200
COUNTERS = {"taken", "tickets_issued", "waiting"}  # a sheet outlives them: what they say is a personal value, or shared
NOT_ON_IT = COUNTERS | {"_state"}
_SECRET = secrets.token_hex(16)  # nobody can write a text that looks like a blank
_BLANK = re.compile(f"{_SECRET}-(\\w+)-")
_sheets: dict[str, list[str]] = {}


class Blank(str):
    """Stands in a drawn page for what is one person's: it may be printed, and nothing may depend on it.

    `{% if %}` takes what raises in a comparison for false, so it is remembered as well.
    """

    asked = False

    def __new__(cls, name):
        return super().__new__(cls, f"{_SECRET}-{name}-")

    def _refuse(self, *_args):
        self.asked = True
        raise RuntimeError("A page for everybody cannot depend on what is one person's.")

    __bool__ = __format__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse  # type: ignore[assignment]
    __len__ = __getitem__ = __contains__ = __iter__ = __add__ = __mod__ = _refuse  # type: ignore[assignment]
    __hash__ = str.__hash__


def _nothing(_personal: dict) -> dict:
    return {}


def page(request, template: str, *, shared: dict, personal: dict, more: Callable[[dict], dict] = _nothing):
    """The page of `request.event`. What is in a `shared` value is told by its `repr`; a personal one may be a function.

    `more` gets the personal values, or texts that stand for them, and returns what else the template needs.
    """
    if _has_more(request):
        return render(request, template, shared | personal | more(personal))
    asked = {"csrf_token": lambda: get_token(request), "CSP_NONCE": lambda: str(request.csp_nonce)}
    parts = _sheet(request, template, shared, [*personal, *asked], more)
    return HttpResponse(_filled(parts, personal | asked))


def _has_more(request) -> bool:
    """Whether something stands on this page that neither the event nor the view knows of."""
    at_the_venue = request.attendee is not None and slots.collect("phone", request.event, request, timezone.now())
    return bool(at_the_venue) or len(get_messages(request)) > 0


def _sheet(request, template, shared, names, more) -> list[str]:
    """The drawn page, cut at its blanks: text, name, text, name, text."""
    around = context.house(request) | {"event": _as_it_is(request.event), "attendee": None, "crew_roles": frozenset()}
    key = repr((template, translation.get_language(), get_script_prefix(), around, shared))
    parts = _sheets.get(key)
    if parts is None or settings.DEBUG:
        blanks = {name: Blank(name) for name in names} | {"csrf_token": str(Blank("csrf_token"))}
        texts = {name: str(blank) for name, blank in blanks.items()}
        values = around | shared | blanks | more(texts) | {"event": _without_counters(request.event)}
        parts = _BLANK.split(render_to_string(template, values))
        changed = any(_SECRET[:12] in text.lower() for text in parts[::2])
        if changed or any(isinstance(blank, Blank) and blank.asked for blank in blanks.values()):
            raise RuntimeError(f"{template} depends on what is one person's.")
        if len(_sheets) >= MOST_SHEETS:
            _sheets.clear()
        _sheets[key] = parts
    return parts


def _as_it_is(event) -> list:
    """Everything that a page may say of the event and its series."""
    return [value for of in (event, event.series) for name, value in vars(of).items() if name not in NOT_ON_IT]


def _without_counters(event):
    drawn = copy.copy(event)
    for name in COUNTERS:
        setattr(drawn, name, Blank(name))
    return drawn


def _filled(parts, values) -> str:
    filled = parts.copy()
    for place in range(1, len(parts), 2):
        value = values[parts[place]]
        filled[place] = conditional_escape(value() if callable(value) else value)
    return "".join(filled)
