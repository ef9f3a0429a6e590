"""Middleware of the whole site: request ids, the language of a person, the admin's own content policy."""

import secrets
import time

import structlog
from csp.constants import HEADER, NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.utils import translation

from config import errors

log = structlog.get_logger(__name__)
CHOICES = {"zh": "zh-hans", "zh-hans": "zh-hans", "en": "en"}


def request_id(get_response):
    """Give each request an id, bind it to the logs and to the jobs that it starts, return it as `X-Request-ID`."""

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if given.isalnum() and len(given) <= 64 else secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.id)
        started = time.monotonic()
        response = get_response(request)
        response["X-Request-ID"] = request.id
        took = round(1000 * (time.monotonic() - started))
        # Our own line, for the server's would hold the signed links that open a person's ticket.
        log.info("request", method=request.method, path=request.path, status=response.status_code, ms=took)
        return response

    return middleware


def language(get_response):
    """`?lang=` chooses and is remembered; then the cookie; then what the browser asks for; then Chinese."""

    def middleware(request):
        asked = CHOICES.get(request.GET.get("lang", "").lower())
        kept = CHOICES.get(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))
        chosen = asked or kept or translation.get_language_from_request(request)
        translation.activate(chosen if chosen in CHOICES.values() else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        if asked:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                asked,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                secure=settings.HTTPS,
                httponly=True,
                samesite="Lax",
            )
        return response

    return middleware


class ContentPolicy(CSPMiddleware):
    """The policy of the site, put together once: few pages have a nonce, and only the admin asks for another."""

    def __init__(self, get_response):
        super().__init__(get_response)
        self.plain = build_policy()

    def process_response(self, request, response):
        own = getattr(request, "_csp_nonce", None) or any(name.startswith("_csp") for name in vars(response))
        if own or HEADER in response or settings.DEBUG:
            return super().process_response(request, response)
        response[HEADER] = self.plain
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # too late to ask for one
        return response


def admin_policy(get_response):
    """The admin's Alpine components evaluate expressions and set inline styles: relax the policy there, only there."""
    relaxed = {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL, NONCE],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }

    def middleware(request):
        response = get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_replace = relaxed
        return response

    return middleware


def say_what_is_refused(get_response):
    """Django answers a page's address with the wrong method by an empty 405: give browsers a page that says so."""

    def middleware(request):
        response = get_response(request)
        wants_a_page = "text/html" in request.headers.get("Accept", "")
        if response.status_code == 405 and wants_a_page and not response.streaming and not response.content:
            page = errors.wrong_way(request)
            page["Allow"] = response.get("Allow", "")
            return page
        return response

    return middleware
