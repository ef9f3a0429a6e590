"""A person takes their data along, or has it removed; the seat goes to the next in line."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from events import door, forgetting, live, passes
from events.models import Attendee, CheckIn, Event, OutgoingMail
from sessions.models import Question
from tests.conftest import seat
from tests.work import work


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


def test_who_is_inside_and_deletes_their_data_stays_counted_there_without_a_name(beijing, bo, dana, as_attendee):
    Event.objects.update(capacity=1)
    cid = seat(Event.objects.get(), "Cid", "cid@nextstop.example", status="waitlisted", queued_at=timezone.now())
    door.scan(Event.objects.get(), bo.code, at=timezone.now(), door="1", nonce="n1", by=dana)
    phone = as_attendee(bo)
    page = phone.get("/attend/beijing/my-data/").content.decode()
    assert "You stay counted as inside" in page and "goes to the next person" not in page

    answer = phone.post("/attend/beijing/my-data/")

    assert answer.status_code == 200
    bo.refresh_from_db()
    assert (bo.status, bo.name, bo.contact, bo.carriage, bo.seat) == ("confirmed", "—", "", 6, 11)
    cid.refresh_from_db()
    assert (cid.status, Event.objects.get().taken) == ("waitlisted", 1)
    assert door.counts(beijing) == {"present": 1, "of": 1, "doors": {"1": 1}}


def test_who_was_never_inside_after_all_and_is_forgotten_keeps_no_seat(beijing, bo, dana):
    """The door took the admission back: nobody could free that seat by name."""
    came = door.scan(beijing, bo.code, at=timezone.now(), door="1", nonce="n1", by=dana).check_in
    forgetting.forget(bo, at=timezone.now())

    door.undo(CheckIn.objects.get(pk=came.pk), at=timezone.now(), by=dana)

    bo.refresh_from_db()
    assert (bo.status, bo.seat, Event.objects.get().taken) == ("cancelled", None, 0)


def test_who_is_sent_back_out_in_the_moment_they_are_forgotten_keeps_no_seat(beijing, bo, dana, monkeypatch):
    """The door takes the admission back while the person still has a name: then it frees no seat."""
    Event.objects.update(capacity=1)
    cid = seat(Event.objects.get(), "Cid", "cid@nextstop.example", status="waitlisted", queued_at=timezone.now())
    door.scan(beijing, bo.code, at=timezone.now(), door="1", nonce="n1", by=dana)
    sent_out = [lambda person: door.undo(person.check_in, at=timezone.now(), by=dana)]
    monkeypatch.setattr(forgetting, "_also", forgetting._also + sent_out)

    forgetting.forget(bo, at=timezone.now())

    bo.refresh_from_db()
    cid.refresh_from_db()
    assert (bo.status, bo.seat, cid.status, Event.objects.get().taken) == ("cancelled", None, "offered", 1)
    work()
    assert not OutgoingMail.objects.filter(to="bo@nextstop.example").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not settings.DATABASE_URL, reason="optional: SQLite has one writer at a time")
def test_who_is_forgotten_and_who_comes_in_never_wait_for_each_other(beijing, bo, monkeypatch):
    at = timezone.now()
    Event.objects.update(ended_at=at)  # a scan that was made without a network is uploaded after the end
    monkeypatch.setattr(forgetting, "_also", [lambda person: live.tell(person.event, "teams")])
    live.tell(beijing, "warm")
    started, ended = threading.Event(), []

    def come():
        """The locks of the statement that lets people in: first their rows, then the counter."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM events_attendee WHERE id = %s FOR SHARE", [bo.pk])
                started.set()
                time.sleep(0.4)
                live.tell(beijing, "door")
            ended.append("came")
        finally:
            connection.close()

    thread = threading.Thread(target=come)
    thread.start()
    started.wait()
    forgetting.forget(Attendee.objects.get(pk=bo.pk), at=at)
    thread.join()

    assert ended == ["came"] and Attendee.objects.get().forgotten_at == at


def test_a_code_by_mail_goes_with_the_person_who_asked_for_it(bo, visitor):
    visitor.post("/attend/beijing/lost-ticket/", {"contact": bo.contact})
    OutgoingMail.objects.create(key="code", to=bo.contact, body="123456", message_id="<1@x>")
    OutgoingMail.objects.create(key="other", to="somebody@nextstop.example", body="654321", message_id="<2@x>")

    forgetting.forget(bo, at=timezone.now())

    assert list(OutgoingMail.objects.values_list("to", flat=True)) == ["somebody@nextstop.example"]


def test_a_mail_to_nobodys_ticket_is_emptied_after_a_month_and_stays_sent(db):
    mail = OutgoingMail.objects.create(key="next", to="x@nextstop.example", body="hi", message_id="<1@x>", state="sent")
    forgetting.empty_old_mails(mail.created_at + timedelta(days=29))
    assert OutgoingMail.objects.get().to == "x@nextstop.example"

    forgetting.empty_old_mails(mail.created_at + timedelta(days=31))

    assert OutgoingMail.objects.values_list("key", "to", "body", "state").get() == ("next", "", "", "sent")


def test_questions_go_along_and_stay_without_their_asker(beijing, bo, as_attendee):
    now = timezone.now()
    Question.objects.create(event=beijing, attendee=bo, text="怎么开始？", at=now, approved_at=now)
    Question.objects.create(event=beijing, attendee=bo, text="我的电话是 13800138000", at=now)
    found = json.loads(as_attendee(bo).get("/attend/beijing/my-data/?export=1").content)
    assert [text for _at, text in found["questions"]] == ["怎么开始？", "我的电话是 13800138000"]

    forgetting.forget(bo, at=now)

    assert list(Question.objects.values_list("text", "attendee")) == [("怎么开始？", None)]


def test_where_no_day_is_named_it_is_a_month_after_the_end_and_the_pages_say_which(beijing, bo, visitor):
    end = datetime(2099, 1, 6, 10, tzinfo=UTC)
    Event.objects.update(forget_at=None, doors_at=end, starts_at=end, ends_at=end + timedelta(hours=1))
    for path in ("", "register/", "privacy/"):
        page = visitor.get(f"/attend/beijing/{path}").content.decode()
        assert "Thu 5 Feb 2099" in page, path

    forgetting.forget_when_promised(end + timedelta(days=30))
    assert Attendee.objects.filter(forgotten_at=None).count() == 1
    forgetting.forget_when_promised(end + timedelta(days=30, hours=2))
    assert Attendee.objects.filter(forgotten_at=None).count() == 0


def test_on_the_promised_day_everybody_is_forgotten(beijing, bo, chen):
    at = timezone.now()
    Event.objects.update(forget_at=at + timedelta(minutes=1))
    forgetting.forget_when_promised(at)
    assert Attendee.objects.filter(forgotten_at=None).count() == 2

    Event.objects.update(forget_at=at, ended_at=at)
    forgetting.forget_when_promised(at + timedelta(minutes=1))

    assert Attendee.objects.filter(forgotten_at=None).count() == 0
    assert Attendee.objects.exclude(contact="").count() == 0
