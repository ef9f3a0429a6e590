"""News of the next stop, for those who asked and then answered a mail: nobody signs up somebody else."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from events import mailing, ticking
from events.models import OutgoingMail, Subscriber

UNANSWERED = timedelta(days=7)


def of(slug: str):
    """The subscribers of a line by its slug."""
    return Subscriber.objects.select_related("series").filter(series__slug=slug)


def ask(series, email: str, language: str, *, at) -> None:
    """Somebody wants news: write them a mail with a link to confirm, at most once an hour (mails get lost).

    Says nothing about who was there before.
    """
    with transaction.atomic():
        subscriber, _new = Subscriber.objects.get_or_create(series=series, email=email, defaults={"language": language})
        if subscriber.confirmed_at is None:
            _mail(subscriber, "mail/follow", key=f"follow:{subscriber.token}:{at:%Y%m%d%H}")


def confirm(subscriber, *, at) -> bool:
    """The mail was answered; True the first time."""
    changed = Subscriber.objects.filter(pk=subscriber.pk, confirmed_at=None).update(confirmed_at=at)
    subscriber.confirmed_at = subscriber.confirmed_at or at
    return changed == 1


def untold(event) -> list[Subscriber]:
    """Who follows the line and has not heard of this stop. Who asked while it was public knows it already."""
    if event.published_at is None or event.cancelled_at is not None:
        return []
    asked = event.series.subscribers.filter(confirmed_at__lt=event.published_at).select_related("series")
    told = set(OutgoingMail.objects.filter(key__startswith=f"next:{event.pk}:").values_list("key", flat=True))
    return [one for one in asked if _key(event, one) not in told]


def announce(event) -> int:
    """Tell everybody who follows the line that this stop is published; once each. Returns how many are told now."""
    people = untold(event)
    for subscriber in people:
        _mail(subscriber, "mail/next_stop", key=_key(event, subscriber), event=event)
    return len(people)


def _key(event, subscriber) -> str:
    return f"next:{event.pk}:{subscriber.token}"


@ticking.every_tidy
def drop_unconfirmed(at):
    """An address whose owner never answered is not ours to keep."""
    Subscriber.objects.filter(confirmed_at=None, created_at__lt=at - UNANSWERED).delete()


def _mail(subscriber, template, *, key, event=None) -> None:
    address = [subscriber.series.slug, subscriber.token]
    context = {
        "series": subscriber.series,
        "confirm_url": settings.SITE_URL + reverse("events:line_confirm", args=address),
        "leave_url": settings.SITE_URL + reverse("events:line_leave", args=address),
    }
    with translation.override(subscriber.language):
        mailing.send(event, subscriber.email, template, context, key=key)
