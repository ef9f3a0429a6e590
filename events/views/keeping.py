"""The ticket on a phone without a network: what was opened once stays."""

from django.shortcuts import render
from django.urls import reverse

from events.access import attendee_only


@attendee_only
def ticket_worker(request, event):
    """The service worker of one's own ticket page; its address is its scope."""
    page = reverse("events:ticket", args=[event.slug])
    return render(request, "ui/page_worker.js", {"page": page}, content_type="text/javascript; charset=utf-8")
