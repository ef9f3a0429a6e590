# ruff: noqa: E402
"""The ceiling of the seat benchmark: a bare Django view, without middleware, that takes one seat and inserts one row."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.db.models import F
from django.http import HttpResponse
from django.urls import path

from events.db import write_gate
from events.models import Attendee, Event


def take(request):
    number = int(request.POST["number"])
    with write_gate(), transaction.atomic():
        taken = Event.objects.filter(slug="beijing", taken__lt=F("capacity")).update(taken=F("taken") + 1)
        if taken:
            Attendee.objects.create(
                event_id=int(request.POST["event"]),
                number=number,
                name="X",
                status="confirmed",
                contact=f"bare{number}@nextstop.example",
            )
    return HttpResponse(b"yes" if taken else b"no")


urlpatterns = [path("take", take)]
settings.ROOT_URLCONF, settings.MIDDLEWARE = "tests.benchmarks.bare", []
settings.ALLOWED_HOSTS = ["*"]
application = WSGIHandler()
