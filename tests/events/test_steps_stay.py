"""The log of registrations only grows: the database itself refuses to change or to remove a step."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from events import admission, append_only, door
from events.models import Attendee, Event, Transition


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
    Transition.objects.bulk_create(  # as before the column: nothing derives it
        [
            Transition(attendee=bo, was="confirmed", became="cancelled", at=timezone.now(), by=mei),
            Transition(attendee=bo, was="cancelled", became="confirmed", at=timezone.now()),
        ]
    )
    migration = importlib.import_module("events.migrations.0009_who_decided_and_dealt")

    migration.keep_whose_decision_it_was(apps, connection.schema_editor())

    assert list(Transition.objects.values_list("by_crew", flat=True)) == [True, False]


def test_the_migration_leaves_the_log_guarded(step):
    migration = importlib.import_module("events.migrations.0009_who_decided_and_dealt")

    migration.keep_whose_decision_it_was(apps, connection.schema_editor())

    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE events_transition SET note = ''")


def test_a_guard_that_stood_is_put_back_as_it_stood(step):
    """A migration meets tables that have not all the columns of today's models."""
    with append_only.lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE events_transition SET note = 'a migration'")

    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM events_transition")
    assert Transition.objects.get().note == "a migration"


def test_seats_of_events_near_or_past_count_as_dealt_after_the_upgrade(beijing):
    migration = importlib.import_module("events.migrations.0009_who_decided_and_dealt")
    far = Event.objects.create(
        series=beijing.series,
        slug="far",
        code="FARX",
        number=9,
        title="Far",
        city="Far",
        doors_at=timezone.now() + timedelta(days=4),
        starts_at=timezone.now() + timedelta(days=4),
        ends_at=timezone.now() + timedelta(days=5),
    )

    migration.count_as_dealt(apps, connection.schema_editor())

    assert Event.objects.get(pk=beijing.pk).dealt_at is not None
    assert Event.objects.get(pk=far.pk).dealt_at is None


def test_a_walk_in_stays_the_crews_when_the_account_goes(beijing, dana):
    door.walk_in(beijing, "候", at=timezone.now(), door="1", by=dana, nonce="w1")

    dana.delete()

    assert list(Transition.objects.values_list("became", "by", "by_crew")) == [("confirmed", None, True)]


def test_a_step_stays_when_the_account_of_its_organiser_goes(step, mei):
    mei.delete()

    assert list(Transition.objects.values_list("became", "by")) == [("cancelled", None)]
