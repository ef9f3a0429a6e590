"""A person takes their data along, or has it removed; the seat goes to the next in line."""

import json

from django.utils import timezone

from events import forgetting, passes
from events.models import Attendee, Event, OutgoingMail
from tests.conftest import seat


def test_the_export_holds_what_we_know(bo, as_attendee):
    answer = as_attendee(bo).get("/attend/beijing/my-data/?export=1")

    found = json.loads(answer.content)
    assert (found["name"], found["contact"], found["number"]) == ("林小满", "bo@nextstop.example", 1)
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'


def test_deleting_removes_the_person_and_frees_the_seat(beijing, bo, as_attendee):
    Event.objects.update(capacity=1)
    cid = seat(Event.objects.get(), "Cid", "cid@nextstop.example", status="waitlisted", queued_at=timezone.now())
    phone, old = as_attendee(bo), passes.sign(bo)

    answer = phone.post("/attend/beijing/my-data/")

    assert answer.status_code == 200 and phone.cookies[passes.COOKIE].value == ""
    bo.refresh_from_db()
    assert (bo.contact, bo.about, bo.contact_kind, bo.status) == ("", "", "none", "cancelled")
    assert "林小满" not in str(list(Attendee.objects.filter(pk=bo.pk).values()))
    assert not OutgoingMail.objects.filter(attendee=bo).exists()
    cid.refresh_from_db()
    assert cid.status == "offered"
    phone.cookies[passes.COOKIE] = old
    assert phone.get("/attend/beijing/ticket/").status_code == 404


def test_on_the_promised_day_everybody_is_forgotten(beijing, bo, chen):
    at = timezone.now()
    forgetting.forget_when_promised(at)
    assert Attendee.objects.filter(forgotten_at=None).count() == 2

    Event.objects.update(forget_at=at, ended_at=at)
    forgetting.forget_when_promised(at + timezone.timedelta(minutes=1))

    assert Attendee.objects.filter(forgotten_at=None).count() == 0
    assert Attendee.objects.exclude(contact="").count() == 0
