"""The programme on a phone without a network: what was opened once stays, with the time of its reading."""

from django.shortcuts import render
from django.urls import reverse

from events.access import anyone, attendee_only


@attendee_only
def live_worker(request, event):
    """The service worker of the page with now and next; its address is its scope."""
    return _worker(request, "talks:live", event)


@anyone
def programme_worker(request, event):
    """The service worker of the whole line, for everybody who has opened it."""
    return _worker(request, "talks:programme", event)


def _worker(request, name, event):
    page = reverse(name, args=[event.slug])
    return render(request, "ui/page_worker.js", {"page": page}, content_type="text/javascript; charset=utf-8")
