"""News of the next stop, for those who asked and then answered a mail: nobody signs up somebody else."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from events import mailing
from events.models import Subscriber


def of(slug: str):
    """The subscribers of a line by its slug."""
    return Subscriber.objects.select_related("series").filter(series__slug=slug)


def ask(series, email: str, language: str) -> None:
    """Somebody wants news: write them a mail with a link to confirm. Says nothing about who was there before."""
    with transaction.atomic():
        subscriber, _new = Subscriber.objects.get_or_create(series=series, email=email, defaults={"language": language})
        if subscriber.confirmed_at is None:
            _mail(subscriber, "mail/follow", key=f"follow:{subscriber.token}")


def confirm(subscriber, *, at) -> bool:
    """The mail was answered; True the first time."""
    changed = Subscriber.objects.filter(pk=subscriber.pk, confirmed_at=None).update(confirmed_at=at)
    subscriber.confirmed_at = subscriber.confirmed_at or at
    return changed == 1


def announce(event) -> int:
    """Tell everybody who follows the line that this stop is published; once each. Returns how many."""
    followers = event.series.subscribers.exclude(confirmed_at=None)
    for subscriber in followers.select_related("series"):
        _mail(subscriber, "mail/next_stop", key=f"next:{event.pk}:{subscriber.token}", event=event)
    return followers.count()


def _mail(subscriber, template, *, key, event=None) -> None:
    address = [subscriber.series.slug, subscriber.token]
    context = {
        "series": subscriber.series,
        "confirm_url": settings.SITE_URL + reverse("events:line_confirm", args=address),
        "leave_url": settings.SITE_URL + reverse("events:line_leave", args=address),
    }
    with translation.override(subscriber.language):
        mailing.send(event, subscriber.email, template, context, key=key)
