"""Celery tasks: load by id, call one function. The jobs of this app run through events.tasks.run_job."""

from celery import shared_task

from events.models import Event
from sessions import asking


@shared_task(ignore_result=True)
def tell_counts(event_id):
    for event in Event.objects.filter(pk=event_id):  # a message may outlive its event
        asking.tell_counts(event)
