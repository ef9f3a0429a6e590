"""The ticket on a phone without a network: what was opened once stays."""

from django.shortcuts import render
from django.urls import reverse

from events.access import attendee_only


@attendee_only
def ticket_worker(request, event):
    """The service worker of one's own ticket page; its address is its scope."""
    return _worker(request, {"page": reverse("events:ticket", args=[event.slug])})


@attendee_only
def guest_worker(request, event, guest):
    """The same for the ticket of somebody whom one brings: the page leads away once they do not come."""
    return _worker(request, {"page": reverse("events:hand_over", args=[event.slug, guest]), "led_away": True})


def _worker(request, context):
    return render(request, "ui/page_worker.js", context, content_type="text/javascript; charset=utf-8")
