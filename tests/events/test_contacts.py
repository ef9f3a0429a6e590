"""A contact is a mail address or a phone number; what is missing is said in words."""

import importlib

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import translation

from events.contacts import read_contact, veil
from events.models import Attendee, OutgoingMail, Subscriber, User
from tests.conftest import account
from tests.smtp_server import SmtpServer
from tests.stamps import stamp
from tests.work import work


@pytest.mark.parametrize(
    ("typed", "kind", "kept"),
    [
        ("Bo@Nextstop.Example ", "mail", "bo@nextstop.example"),
        ("bo＠nextstop.example", "mail", "bo@nextstop.example"),
        ("bo@nextstop。example", "mail", "bo@nextstop.example"),
        ("bo.lin+ai@mail.example.com", "mail", "bo.lin+ai@mail.example.com"),
        ("bo@例子.中国", "mail", "bo@xn--fsqu00a.xn--fiqs8s"),
        ("Bo@例子。中国", "mail", "bo@xn--fsqu00a.xn--fiqs8s"),
        ("bo@xn--fsqu00a.xn--fiqs8s", "mail", "bo@xn--fsqu00a.xn--fiqs8s"),
        ("bo@MÜNCHEN.example", "mail", "bo@xn--mnchen-3ya.example"),
        ("138 0013 8000", "phone", "+8613800138000"),
        ("138-0013-8000", "phone", "+8613800138000"),
        ("１３８００１３８０００", "phone", "+8613800138000"),
        ("+86 138 0013 8000", "phone", "+8613800138000"),
        ("0065 8123 4567", "phone", "+6581234567"),
        ("+1 (415) 555-2671", "phone", "+14155552671"),
        ("\u202a13800138000\u202c", "phone", "+8613800138000"),
    ],
)
def test_contacts_are_recognised_and_normalised(typed, kind, kept):
    assert read_contact(typed) == (kind, kept)


@pytest.mark.parametrize(
    ("typed", "zh", "en"),
    [
        ("138 0013", "手机号要 11 位，还差 4 位", "Eleven digits, 4 more to go"),
        ("1380013800", "手机号要 11 位，还差 1 位", "Eleven digits, 1 more to go"),
        ("138001380001", "手机号要 11 位，多了 1 位", "Eleven digits, that is 1 too many"),
        (
            "bo@",
            "邮箱不完整，例如 lin@example.com。",
            "That is not a whole email address, for example lin@example.com.",
        ),
        ("bo", "邮箱不完整，例如 lin@example.com。", "That is not a whole email address, for example lin@example.com."),
        (
            "99999999999",
            "没有这样的手机号。国外号码请以 + 和国家区号开头。",
            "No such phone number. Outside China, begin with + and the country.",
        ),
        (
            "bo@例子..中国",
            "邮箱不完整，例如 lin@example.com。",
            "That is not a whole email address, for example lin@example.com.",
        ),
        (
            "林小满@nextstop.example",
            "@ 前面只能用英文字母、数字和符号：很多邮件服务器不收别的字。",
            "Before the @ only Latin letters, digits and signs: many mail servers take no others.",
        ),
        ("\u200b", "写一种联系方式：手机号或邮箱。", "One way to reach you: a phone number or an email address."),
    ],
)
def test_what_is_missing_is_said_in_both_languages(typed, zh, en):
    for language, words in (("zh-hans", zh), ("en", en)):
        with translation.override(language), pytest.raises(ValidationError) as refusal:
            read_contact(typed)
        assert refusal.value.messages == [words]


def test_crew_see_enough_to_recognise_and_not_enough_to_use(bo):
    assert veil(bo) == "bo…@nextstop.example"
    bo.contact, bo.contact_kind = "+8613800138000", "phone"
    assert veil(bo) == "+86138****8000"


def test_two_spellings_of_a_domain_are_one_person_to_whom_every_server_sends(beijing, settings):
    with SmtpServer() as server:  # it has never heard of SMTPUTF8
        settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_TLS = "127.0.0.1", server.port, False
        for typed in ("bo@例子.中国", "bo@xn--fsqu00a.xn--fiqs8s"):
            Client().post("/attend/beijing/register/", {"name": "林小满", "contact": typed, "stamp": stamp()})
        work()

    assert Attendee.objects.values_list("contact", flat=True).get() == "bo@xn--fsqu00a.xn--fiqs8s"
    assert {mail.state for mail in OutgoingMail.objects.all()} == {"sent"}
    assert {mail["To"] for mail in server.mails} == {"bo@xn--fsqu00a.xn--fiqs8s"}


def test_an_account_has_one_spelling_wherever_it_was_made(db, client_of):
    root = account("Root@例子.中国", "Root", is_staff=True, is_superuser=True)
    desk, fields = client_of(root), {"name": "Dot", "is_active": "on"}
    desk.post("/admin/events/user/add/", fields | {"email": "Dot@例子.中国"})

    answer = desk.post("/admin/events/user/add/", fields | {"email": "dot@xn--fsqu00a.xn--fiqs8s"})

    assert answer.status_code == 200  # the form again: there is one
    assert list(User.objects.order_by("pk").values_list("email", flat=True)) == [
        "root@xn--fsqu00a.xn--fiqs8s",
        "dot@xn--fsqu00a.xn--fiqs8s",
    ]


def test_addresses_of_before_get_the_spelling_of_today_unless_somebody_has_it(beijing):
    migration = importlib.import_module("events.migrations.0010_addresses_for_machines")
    new, old, bad = "xn--fsqu00a.xn--fiqs8s", "例子.中国", "a@例子..中国"
    for model, facts in ((User, {}), (Subscriber, {"series": beijing.series})):
        for number, email in enumerate((f"ann@{old}", f"bo@{new}", f"bo@{old}", bad, "dai@x.example")):
            token = {"token": f"t{number}"} if facts else {}
            model.objects.bulk_create([model(email=email, **facts, **token)])

    migration.write_for_machines(apps, connection.schema_editor())

    for model in (User, Subscriber):
        found = list(model.objects.order_by("pk").values_list("email", flat=True))
        assert found == [f"ann@{new}", f"bo@{new}", f"bo@{old}", bad, "dai@x.example"]
