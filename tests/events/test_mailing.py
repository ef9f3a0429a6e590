"""Mails leave by a job, through a real server on a real port; none is lost, none is a trap."""

import pytest
from django.utils import timezone
from icalendar import Calendar

from events import admission, mailing, passes
from events.models import Attendee, Job, OutgoingMail
from tests.smtp_server import SmtpServer
from tests.stamps import stamp
from tests.work import work


@pytest.fixture
def server(settings):
    with SmtpServer() as server:
        settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_TLS = "127.0.0.1", server.port, False
        yield server


def sign_up(visitor, name="林小满", contact="bo@nextstop.example"):
    visitor.post("/attend/beijing/register/", {"name": name, "contact": contact, "stamp": stamp()})
    return Attendee.objects.get(contact=contact)


def test_a_newcomer_gets_the_ticket_by_mail_with_a_calendar_entry(beijing, visitor, server):
    bo = sign_up(visitor)
    assert server.mails == []  # no request waits for a mail server

    work()

    (mail,) = server.mails
    assert mail["To"] == "bo@nextstop.example"
    assert mail["Subject"] == "Your ticket 0001: Hi~AI, shall we be friends?"
    body = mail.get_body(("plain",)).get_content()
    assert passes.link(bo) in body and bo.spaced_code in body and "Car 01, seat 01" in body
    (entry,) = mail.iter_attachments()
    assert entry.get_filename() == "beijing.ics"
    assert Calendar.from_ical(entry.get_payload(decode=True)).walk("VEVENT")[0]["STATUS"] == "CONFIRMED"


def test_mails_speak_the_persons_language(beijing, client, server):
    sign_up(client)
    work()

    (mail,) = server.mails
    assert mail["Subject"].startswith("车票 0001：")
    assert "林小满，票印好了。" in mail.get_body(("plain",)).get_content()


def test_a_name_cannot_become_markup_a_header_or_a_template(beijing, visitor, server):
    sign_up(visitor, name="{{7|add:7}}")
    work()

    (mail,) = server.mails
    assert mail.get_content_type() == "multipart/mixed"
    assert "{{7|add:7}}, your ticket is printed." in mail.get_body(("plain",)).get_content()
    assert [part.get_content_type() for part in mail.walk()][1] == "text/plain"


def test_every_step_of_the_line_has_its_mail(beijing, visitor, server):
    from events.models import Event

    Event.objects.update(capacity=1)
    ann = sign_up(visitor, "Ann", "ann@nextstop.example")
    from django.test import Client

    cid = sign_up(Client(headers={"accept-language": "en"}), "Cid", "cid@nextstop.example")
    admission.cancel(ann, at=timezone.now())
    cid.refresh_from_db()
    admission.accept(cid, at=timezone.now())
    work()

    told = {
        mail["To"]: [m["Subject"].split(":")[0] for m in server.mails if m["To"] == mail["To"]] for mail in server.mails
    }
    assert told["ann@nextstop.example"] == ["Your ticket 0001", "Your place is given up"]
    assert [subject[:19] for subject in told["cid@nextstop.example"]][:2] == ["You are in line", "A seat for you, unt"]
    assert told["cid@nextstop.example"][2] == "Your ticket 0002"


def test_giving_up_sends_an_entry_that_cancels_the_first(beijing, visitor, server):
    bo = sign_up(visitor)
    work()
    admission.cancel(bo, at=timezone.now())
    work()

    first, second = (next(mail.iter_attachments()).get_payload(decode=True) for mail in server.mails)
    was, is_ = (Calendar.from_ical(body).walk("VEVENT")[0] for body in (first, second))
    assert (was["UID"], is_["STATUS"]) == (is_["UID"], "CANCELLED")
    assert is_["SEQUENCE"] > was["SEQUENCE"]
    assert was["ORGANIZER"] == is_["ORGANIZER"] == "MAILTO:hello@nextstop.example"
    assert was["ATTENDEE"] == "MAILTO:bo@nextstop.example" and is_["ATTENDEE"].params["PARTSTAT"] == "DECLINED"


def test_a_cut_after_data_is_sent_again_with_the_same_message_id(beijing, visitor, server):
    sign_up(visitor)
    server.cut = 1
    work()
    assert OutgoingMail.objects.get().state == "waiting"

    Job.objects.filter(state="waiting").update(not_before=None)
    work()

    assert OutgoingMail.objects.get().state == "sent"
    assert len({mail["Message-ID"] for mail in server.mails}) == 1


def test_a_server_that_is_down_delays_the_mail_and_not_the_person(beijing, visitor, settings):
    settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_TLS = "127.0.0.1", 9, False

    bo = sign_up(visitor)
    work()

    assert bo.status == "confirmed"
    assert OutgoingMail.objects.get().state == "waiting"
    assert Job.objects.get(kind="send_mail").state == "waiting"


def test_a_refused_recipient_is_written_down_and_not_tried_again(beijing, visitor, server):
    server.refuse = "550 no such person"
    sign_up(visitor)
    work()

    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.error) == ("failed", "refused by the server")


def test_a_text_that_is_refused_for_good_is_not_sent_again_for_ever(beijing, visitor, server):
    server.answer = "554 looks like spam"
    sign_up(visitor)
    work()

    assert OutgoingMail.objects.get().state == "failed"


def test_an_address_that_the_server_cannot_write_fails_by_itself_and_holds_up_nobody(beijing, bo, server):
    mailing.send(beijing, "用户@nextstop.example", "mail/link", {"link": "x"}, key="strange")
    mailing.send(beijing, bo, "mail/link", {"link": "x"}, key="plain")
    work()

    told = dict(OutgoingMail.objects.values_list("to", "state"))
    assert told == {"用户@nextstop.example": "failed", "bo@nextstop.example": "sent"}
    assert OutgoingMail.objects.get(key="strange").error == "the mail server takes no such address"
    assert Job.objects.get(kind="send_mail", state="failed").error == "the mail server takes no such address"


def test_a_server_that_takes_no_log_in_keeps_the_mail_for_later(beijing, bo, server, settings):
    settings.SMTP_USER, settings.SMTP_PASSWORD = "hello", "secret"  # noqa: S105
    mailing.send(beijing, bo, "mail/link", {"link": "x"}, key="plain")
    work()

    assert OutgoingMail.objects.get().state == "waiting"


def test_a_domain_is_written_as_machines_write_it_whoever_typed_the_address(beijing, server):
    mailing.send(beijing, "Wang.Wei@例子.中国", "mail/link", {"link": "x"}, key="speaker")
    work()

    assert [mail["To"] for mail in server.mails] == ["Wang.Wei@xn--fsqu00a.xn--fiqs8s"]


@pytest.mark.parametrize("later", ["refuse", "answer"])
def test_a_server_that_says_later_is_asked_later(beijing, visitor, server, later):
    setattr(server, later, "451 greylisted")
    sign_up(visitor)
    work()
    assert OutgoingMail.objects.get().state == "waiting"

    server.refuse, server.answer = "", "250 taken"
    Job.objects.filter(state="waiting").update(not_before=None)
    work()

    assert OutgoingMail.objects.get().state == "sent"


def test_without_a_mail_server_mails_are_kept_to_be_read(beijing, visitor, settings):
    settings.SMTP_HOST = ""
    sign_up(visitor)
    work()

    assert OutgoingMail.objects.get().state == "kept"


def test_the_same_cause_writes_the_same_mail_once(beijing, bo):
    for _ in range(2):
        mailing.send(beijing, bo, "mail/link", {"link": "x"}, key="once")

    assert OutgoingMail.objects.count() == 1


def test_a_phone_without_a_gateway_gets_no_message_and_the_page_says_so(beijing, visitor):
    visitor.post("/attend/beijing/register/", {"name": "Bo", "contact": "13800138000", "stamp": stamp()})
    work()

    assert OutgoingMail.objects.count() == 0
    assert "We cannot send text messages here" in visitor.get("/attend/beijing/ticket/").content.decode()


def test_somebody_who_was_forgotten_meanwhile_hears_nothing(beijing, visitor):
    bo = sign_up(visitor)
    Attendee.objects.filter(pk=bo.pk).update(forgotten_at=timezone.now())
    work()

    assert OutgoingMail.objects.count() == 0
