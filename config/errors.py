"""The page for what is wrong on our side: says whether the form was kept, in the person's language, without a database."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

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
