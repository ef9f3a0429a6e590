"""A line and its stops; news of the next one for those who asked twice; what search engines may read."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events import following, pace
from events.access import public
from events.forms import NextStopForm
from events.models import Event, Series


@public
@require_http_methods(["GET", "HEAD", "POST"])
def line(request, series):
    """All stops of a line, past and next, and "tell me about the next stop"."""
    series, now = get_object_or_404(Series, slug=series), timezone.now()
    stops = list(series.events.published().order_by("number"))
    form = NextStopForm(request.POST or None)
    asked = request.method == "POST" and form.is_valid()
    too_fast = asked and pace.too_many(request, "follow", per_minute=pace.A_HALL, at=now)
    if too_fast:
        asked = False
        form.add_error("email", _("Too many addresses at once. Wait a minute and send the form again."))
    if asked and not form.data.get("homepage"):
        following.ask(series, form.cleaned_data["email"], translation.get_language(), at=now)
    context = {
        "series": series,
        "stops": stops,
        "form": form,
        "asked": asked,
        "at": now,
        "next_city": stops[-1] if stops and stops[-1].next_city else None,
    }
    return render(request, "events/line.html", context, status=429 if too_fast else 422 if form.errors else 200)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request, series, token):
    """The link of the first mail; a button confirms, for mail programs open links by themselves."""
    subscriber = get_object_or_404(following.of(series), token=token)
    if request.method == "POST":
        following.confirm(subscriber, at=timezone.now())
    return render(request, "events/following.html", {"series": subscriber.series, "subscriber": subscriber})


@public
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request, series, token):
    """No more mails: the address is deleted."""
    subscriber = get_object_or_404(following.of(series), token=token)
    line_, gone = subscriber.series, request.method == "POST"
    if gone:
        subscriber.delete()
    return render(request, "events/unfollow.html", {"series": line_, "gone": gone})


@public
def robots(request):
    """Announcements are for everybody; pages of persons and of the crew are not."""
    lines = [
        "User-agent: *",
        "Disallow: /organise/",
        "Disallow: /stage/",
        "Disallow: /admin/",
        "Disallow: /accounts/",
        "Disallow: /attend/*/ticket",
        "Disallow: /attend/*/pass/",
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@public
def sitemap(request):
    """Every published stop and every line."""
    events = Event.objects.published().select_related("series")
    context = {"events": events, "lines": {event.series for event in events}}
    return render(request, "events/sitemap.xml", context, content_type="application/xml")
