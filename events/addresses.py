"""Addresses that leave the page: on the stage, on paper, in a message. They are the site's own, whatever a request says."""

from urllib.parse import urlsplit

from django.conf import settings

NOBODY_ELSES = {"127.0.0.1", "localhost", "::1"}


def public(request, path: str) -> str:
    """The whole address of a path. Where the operator named no address that others can reach, that of the request."""
    if urlsplit(settings.SITE_URL).hostname in NOBODY_ELSES:  # one machine in a room: phones come by its name there
        return request.build_absolute_uri(path)
    return settings.SITE_URL + path
