"""What was cached of a programme grows old when a row that the public reads is saved or removed.

Where rows are changed by `update()`, which sends no signal, the change calls `Edition.touch` itself.
"""

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from events.models import Event
from sessions.models import Appearance, Edition, Speaker, Talk
from sessions.models.version import edition_is_old


@receiver([post_save, post_delete], sender=Talk)
@receiver([post_save, post_delete], sender=Speaker)
def of_its_event(sender, instance, **_signal):
    _touch(instance.event_id)


@receiver([post_save, post_delete], sender=Appearance)
def of_its_talk(sender, instance, **_signal):
    talk = Talk.objects.filter(pk=instance.talk_id).values_list("event", flat=True).first()
    if talk:
        _touch(talk)


@receiver(post_save, sender=Event)
def of_the_event_itself(sender, instance, created, **_signal):
    if created:
        edition_is_old.send(Edition)
    else:
        Edition.touch(instance.pk)


def _touch(event_id):
    if Event.objects.filter(pk=event_id).exists():  # an event that is being deleted takes its rows along
        Edition.touch(event_id)
