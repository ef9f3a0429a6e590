"""The log of registrations only grows: the database itself refuses to change or to remove a step."""

import importlib

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from events import admission
from events.models import Attendee, Transition


@pytest.fixture
def step(bo, mei):
    """Mei took Bo's place away: one step, with who."""
    admission.cancel(bo, at=timezone.now(), by=mei, note="asked by phone")
    return Transition.objects.get()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE events_transition SET became = 'confirmed'",
        "UPDATE events_transition SET note = ''",
        "UPDATE events_transition SET by_id = NULL, at = '2024-01-01 00:00:00+00'",
        "DELETE FROM events_transition",
    ],
)
def test_the_database_refuses_to_rewrite_a_step(step, sql):
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    kept = Transition.objects.get()
    assert (kept.was, kept.became, kept.note, kept.by) == ("confirmed", "cancelled", "asked by phone", step.by)


def test_nor_does_the_house_itself(step, bo):
    for change in (step.save, step.delete, Transition.objects.all().delete, lambda: Transition.objects.update(note="")):
        with pytest.raises(TypeError):
            change()
    with pytest.raises(ProtectedError):
        Attendee.objects.get(pk=bo.pk).delete()

    assert Transition.objects.count() == 1


def test_steps_of_before_are_said_to_be_the_crews_while_their_accounts_are_there(bo, mei):
    Transition.objects.create(attendee=bo, was="confirmed", became="cancelled", at=timezone.now(), by=mei)
    Transition.objects.create(attendee=bo, was="cancelled", became="confirmed", at=timezone.now())
    migration = importlib.import_module("events.migrations.0009_who_decided_and_dealt")

    migration.keep_whose_decision_it_was(apps, connection.schema_editor())

    assert list(Transition.objects.values_list("by_crew", flat=True)) == [True, False]


def test_a_step_stays_when_the_account_of_its_organiser_goes(step, mei):
    mei.delete()

    assert list(Transition.objects.values_list("became", "by")) == [("cancelled", None)]
