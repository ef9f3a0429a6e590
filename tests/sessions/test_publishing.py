"""Versions: a diff in words, one mail and one calendar update for each person concerned, none for the others."""

import threading
from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from events import changes as events_changes
from events.models import OutgoingMail
from sessions import publishing
from sessions.models import Appearance, ProgrammeVersion, Speaker, Talk
from tests.smtp_server import SmtpServer
from tests.work import work

PUBLISH = "/organise/beijing/programme/publish/"


def speaker(event, name):
    return Speaker.objects.create(event=event, name=name, mail=f"{name.lower()}@nextstop.example")


@pytest.fixture
def talks(beijing):
    made = []
    for index, name in enumerate(("Liao", "Dashan")):
        talk = Talk.objects.create(
            event=beijing, title=f"《{name}》", starts_at=beijing.starts_at + timedelta(minutes=30 * index), minutes=25
        )
        Appearance.objects.create(talk=talk, speaker=speaker(beijing, name))
        made.append(talk)
    publishing.publish(beijing, by=None, at=timezone.now())
    OutgoingMail.objects.all().delete()
    return [Talk.objects.get(pk=talk.pk) for talk in made]


def entries_of(mail):
    import base64

    (_name, _type, content) = mail.attachments[0]
    return Calendar.from_ical(base64.b64decode(content)).walk("VEVENT")


def test_a_moved_talk_is_told_to_its_speaker_alone(beijing, talks, mei, client_of):
    first, _second = talks
    Talk.objects.filter(pk=first.pk).update(starts_at=first.starts_at + timedelta(minutes=10))
    page = client_of(mei).get("/organise/beijing/programme/").content.decode()
    was, becomes = (
        beijing.local(at).strftime("%H:%M") for at in (first.starts_at, first.starts_at + timedelta(minutes=10))
    )
    assert f"{was} → {becomes}" in page

    assert client_of(mei).post(PUBLISH).status_code == 302
    work()

    (mail,) = OutgoingMail.objects.all()
    assert mail.to == "liao@nextstop.example"
    assert f"{was} → {becomes}" in mail.body
    (entry,) = entries_of(mail)
    assert entry["UID"] == f"talk-{first.pk}@beijing.nextstop"
    assert entry["SEQUENCE"] == first.revision + 1
    assert Talk.objects.get(pk=first.pk).revision == first.revision + 1


def test_the_feed_has_the_same_uid_and_sequence_as_the_mail(beijing, talks, visitor):
    Talk.objects.filter(pk=talks[0].pk).update(room="二楼")
    publishing.publish(beijing, by=None, at=timezone.now())

    (entry,) = entries_of(OutgoingMail.objects.get())
    feed = Calendar.from_ical(visitor.get("/attend/beijing/programme.ics").content).walk("VEVENT")
    assert (entry["UID"], entry["SEQUENCE"]) in {(row["UID"], row["SEQUENCE"]) for row in feed}


def test_a_calendar_takes_the_update_by_its_method_and_its_organiser(beijing, talks, settings):
    """RFC 5546 asks for the organiser; RFC 6047 for the method in the type of the part."""
    with SmtpServer() as server:
        settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_TLS = "127.0.0.1", server.port, False
        Talk.objects.filter(pk=talks[0].pk).update(room="二楼")
        publishing.publish(beijing, by=None, at=timezone.now())
        work()

    (mail,) = server.mails
    (part,) = mail.iter_attachments()
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    (entry,) = calendar.walk("VEVENT")
    assert part["Content-Type"].params["method"] == calendar["METHOD"] == "PUBLISH"
    assert entry["ORGANIZER"] == f"MAILTO:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    assert entry["ORGANIZER"].params["CN"] == beijing.series.name


def test_speakers_hear_once_that_the_event_is_called_off_and_their_calendars_are_emptied(beijing, talks, visitor):
    before = type(beijing).objects.get(pk=beijing.pk)
    beijing.cancelled_at = timezone.now()
    beijing.save()
    events_changes.saved(beijing, before, at=timezone.now())
    work()
    work()

    mails = {mail.to: mail for mail in OutgoingMail.objects.filter(attendee=None)}
    assert sorted(mails) == ["dashan@nextstop.example", "liao@nextstop.example"]
    (entry,) = entries_of(mails["liao@nextstop.example"])
    assert (entry["UID"], entry["STATUS"]) == (f"talk-{talks[0].pk}@beijing.nextstop", "CANCELLED")
    feed = Calendar.from_ical(visitor.get("/attend/beijing/programme.ics").content).walk("VEVENT")
    assert entry["SEQUENCE"] in {row["SEQUENCE"] for row in feed if row["UID"] == entry["UID"]}


def test_an_event_that_is_on_again_fills_the_calendars_again_and_old_news_is_not_told(beijing, talks):
    """Called off and on again before the job ran: no mail says that it is off."""
    before = type(beijing).objects.get(pk=beijing.pk)
    beijing.cancelled_at = timezone.now()
    beijing.save()
    events_changes.saved(beijing, before, at=timezone.now())
    before = type(beijing).objects.get(pk=beijing.pk)
    beijing.cancelled_at, beijing.venue = None, "新的地方"
    beijing.save()
    events_changes.saved(beijing, before, at=timezone.now())
    work()

    mails = list(OutgoingMail.objects.filter(to="liao@nextstop.example"))
    assert [mail.subject.partition(":")[0].partition("：")[0] for mail in mails] == ["有变更"]
    (entry,) = entries_of(mails[0])
    assert "STATUS" not in entry and "新的地方" in entry["LOCATION"]


def test_an_english_speaker_reads_the_english_title(beijing, talks):
    Speaker.objects.filter(name="Liao").update(language="en")
    Talk.objects.filter(pk=talks[0].pk).update(title_en="Digital people", room="二楼")
    publishing.publish(beijing, by=None, at=timezone.now())

    mail = OutgoingMail.objects.get(to="liao@nextstop.example")
    (entry,) = entries_of(mail)
    assert entry["SUMMARY"] == "Digital people"
    assert "Digital people: room: 二楼" in mail.body


def test_who_has_no_address_is_named_before_and_after_the_announcement(beijing, talks, mei, client_of):
    """Nobody is left out silently; the address is written on the page that the notice leads to."""
    first, second = talks
    desk, liao = client_of(mei), Speaker.objects.get(name="Liao")
    address = f"/organise/beijing/speakers/{liao.pk}/mail/"
    desk.post(address, {"mail": ""})
    Talk.objects.filter(pk__in=[first.pk, second.pk]).update(room="二楼")
    page = desk.get("/organise/beijing/programme/").content.decode()
    assert "No mail reaches: Liao ·" in " ".join(page.split())

    answer = desk.post(PUBLISH, follow=True).content.decode()

    assert "No mail address, so tell them yourself: Liao" in answer
    assert [mail.to for mail in OutgoingMail.objects.all()] == ["dashan@nextstop.example"]
    assert "is no mail address" in desk.post(address, {"mail": "liao at home"}, follow=True).content.decode()
    desk.post(address, {"mail": "liao@new.example"})
    liao.refresh_from_db()
    assert liao.mail == "liao@new.example"


@pytest.mark.usefixtures("english")
def test_each_field_that_changed_is_named(beijing, talks):
    Talk.objects.filter(pk=talks[0].pk).update(kind="panel", title_en="People", room_en="Second floor")

    (change,) = publishing.pending(beijing)

    assert [str(word) for word in change.words] == ["now a Panel", "changed: title in English, room in English"]


def test_who_is_taken_out_gets_a_cancellation(beijing, talks):
    first, second = talks
    Appearance.objects.filter(talk=first).delete()
    second_pk, revision = second.pk, second.revision
    second.delete()
    publishing.publish(beijing, by=None, at=timezone.now())

    mails = {mail.to: entries_of(mail)[0] for mail in OutgoingMail.objects.all()}
    assert mails["liao@nextstop.example"]["STATUS"] == "CANCELLED"
    assert mails["dashan@nextstop.example"]["STATUS"] == "CANCELLED"
    assert mails["dashan@nextstop.example"]["UID"] == f"talk-{second_pk}@beijing.nextstop"
    assert mails["dashan@nextstop.example"]["SEQUENCE"] > revision


def test_nothing_changed_is_no_version_and_no_mail(beijing, talks, mei, client_of):
    client_of(mei).post(PUBLISH)

    assert ProgrammeVersion.objects.count() == 1
    assert not OutgoingMail.objects.exists()


def test_only_an_organiser_announces(beijing, talks, leo, client_of):
    Talk.objects.filter(pk=talks[0].pk).update(room="二楼")

    assert client_of(leo).post(PUBLISH).status_code == 404
    assert ProgrammeVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_are_one_version(beijing, mei):
    Talk.objects.create(event=beijing, title="A", starts_at=beijing.starts_at, minutes=25)

    def press():
        client = Client()
        client.force_login(mei, backend="django.contrib.auth.backends.ModelBackend")
        client.post(PUBLISH)
        connection.close()

    pair = [threading.Thread(target=press) for _ in range(2)]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert ProgrammeVersion.objects.count() == 1


@pytest.mark.parametrize("gone", ["person", "entry"])
def test_what_is_taken_out_stands_on_the_run_page_until_it_is_announced_and_starts_nowhere(
    beijing, talks, mei, client_of, gone
):
    """Phones still show what was announced; the desk and the run page open, and offer no press on what is not there."""
    _first, second = talks
    start = f'action="/organise/beijing/programme/{second.pk}/start/"'
    Talk.objects.filter(pk=second.pk).update(starts_at=timezone.now() + timedelta(minutes=20))
    publishing.publish(beijing, by=None, at=timezone.now())
    if gone == "person":
        Appearance.objects.filter(talk=second).delete()
    else:
        second.delete()
    host = client_of(mei)

    run, desk = host.get("/organise/beijing/programme/"), host.get("/organise/beijing/")

    assert (run.status_code, desk.status_code) == (200, 200)
    assert "Dashan" in run.content.decode()
    assert (start in run.content.decode()) == (gone == "person")


@pytest.mark.usefixtures("english")
def test_another_order_of_the_people_is_a_change_in_words(beijing, talks):
    first, _second = talks
    part = Appearance.objects.get(talk=first)
    other = Appearance.objects.create(talk=first, speaker=speaker(beijing, "Nora"), order=1)
    publishing.publish(beijing, by=None, at=timezone.now())
    Appearance.objects.filter(pk=part.pk).update(order=2)

    (change,) = publishing.pending(beijing)

    assert [str(word) for word in change.words] == ["in this order: Nora, Liao"]
    assert publishing.publish(beijing, by=None, at=timezone.now()).number == 3
    assert other.speaker.name == "Nora"


def test_a_version_that_kept_no_parts_makes_no_change_of_the_order(beijing, talks):
    """Versions of an earlier release hold the people of an entry and not how they stand."""
    first, _second = talks
    Appearance.objects.create(talk=first, speaker=speaker(beijing, "Nora"), order=1)
    version = publishing.publish(beijing, by=None, at=timezone.now())
    for facts in version.snapshot.values():
        del facts["parts"]
    ProgrammeVersion.objects.filter(pk=version.pk).update(snapshot=version.snapshot)

    assert publishing.pending(beijing) == []
