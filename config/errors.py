"""The pages for what goes wrong: what happened and the way out, in the person's language, with the right status.

That for what is wrong on our side says whether the form was kept, and needs no database.
"""

import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

AGAIN_AFTER = 5  # seconds: what browsers and proxies are asked to wait


def server_error(request):
    """500 for a fault of ours; 503 with Retry-After while the database is away, as it comes back by itself."""
    away = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    chosen = getattr(request, "LANGUAGE_CODE", None) or translation.get_language_from_request(request)
    language = "en" if chosen.startswith("en") else settings.LANGUAGE_CODE
    with translation.override(language):
        words = {"away": away, "language": "en" if language == "en" else "zh", "sent": request.method == "POST"}
        response = HttpResponse(render_to_string("errors/moment.html", words), status=503 if away else 500)
    response["Cache-Control"] = "no-store"
    if away:
        response["Retry-After"] = str(AGAIN_AFTER)
    return response


def refused(request, status, title, words):
    """A page that says no: what happened, and what to do."""
    return render(request, "errors/refused.html", {"number": status, "title": title, "words": words}, status=status)


def bad_request(request, exception=None):
    """400; 413 when the request was larger than anything that a page sends."""
    if isinstance(exception, RequestDataTooBig):
        return refused(request, 413, _("That was too large to send"), _("Send less at once, or a smaller file."))
    return render(request, "400.html", status=400)


def form_expired(request, reason=""):
    """403: the form's token does not fit this browser."""
    return render(request, "403.html", status=403)


def not_allowed(request, exception=None):
    """403: no form, but a place that this person may not enter."""
    return refused(request, 403, _("This is not open to you"), _("Ask an organiser if you need it."))


def too_many(request, exception=None, *, seconds=60):
    """429: limits that hold an account and not the hall; how long they hold."""
    minutes = -(-seconds // 60)
    words = ngettext("Wait a minute, then try again.", "Wait %(n)d minutes, then try again.", minutes) % {"n": minutes}
    response = refused(request, 429, _("That was too often"), words)
    response["Retry-After"] = str(seconds)
    return response


def wrong_way(request):
    """405: an address that takes forms was opened as a page, after a reload or a log-in."""
    words = _("This address takes a form and shows no page. Go back, and press the button there.")
    return refused(request, 405, _("There is nothing to see at this address"), words)
