"""What people call themselves, on purpose or not: a clear answer each time, nothing run, nothing lost."""

import pytest

from events.models import Attendee
from tests.stamps import stamp

URL = "/attend/beijing/register/"
FAMILY = "👨‍👩‍👧‍👦"  # one character for a reader, seven code points


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u202eoB\u202c", "oB"),
        ("林\u200b小\u2060满\ufeff", "林小满"),
        ("Bo🎉", "Bo🎉"),
        (FAMILY * 5 + "一二三四五六七", FAMILY * 5 + "一二三四五六七"),  # 12 characters of 42 code points
        ("<b>Bo</b>", "<b>Bo</b>"),
        ("=HYPERLINK()", "=HYPERLINK()"),
        ("{{7*7}}", "{{7*7}}"),
        ("{% now %}", "{% now %}"),
        ("'; DROP--", "'; DROP--"),
        ("林  小\n满", "林 小 满"),
    ],
)
def test_a_strange_name_is_kept_as_text_and_nothing_of_it_runs(beijing, visitor, typed, kept):
    answer = visitor.post(URL, {"name": typed, "contact": "bo@nextstop.example", "stamp": stamp()})

    assert answer.status_code == 302
    assert Attendee.objects.get().name == kept
    page = visitor.get("/attend/beijing/ticket/").content.decode()
    assert "<b>Bo</b>" not in page and ">49<" not in page
    assert visitor.get("/attend/beijing/ticket.png").content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("\u202e\u2066", "A name that people can call you by."),
        ("\u200b\u200d\ufeff", "A name that people can call you by."),
        ("\u0301\u0302", "A name that people can call you by."),
        (FAMILY * 13, "At most 12 characters, that is 1 too many"),
        ('=HYPERLINK("http://x")', "At most 12 characters, that is 10 too many"),
        ("<script>alert(1)</script>", "At most 12 characters, that is 13 too many"),
    ],
)
def test_what_cannot_be_a_name_is_refused_in_words(beijing, visitor, typed, words):
    answer = visitor.post(URL, {"name": typed, "contact": "bo@nextstop.example", "stamp": stamp()})

    page = answer.content.decode()
    assert answer.status_code == 422 and words in page
    assert "<script>alert(1)" not in page
    assert Attendee.objects.count() == 0


@pytest.mark.parametrize(
    "contact",
    [
        "bo@",
        "@x.example",
        "bo@@x.example",
        "bo x@x",
        "bo@x..example",
        "bo@-x.example",
        "a" * 250 + "@x.example",
        "bo@x.example\r\nBcc: all@x.example, c",
    ],
)
def test_what_is_no_address_is_refused_and_never_reaches_a_mails_head(beijing, visitor, contact):
    answer = visitor.post(URL, {"name": "Bo", "contact": contact, "stamp": stamp()})

    assert answer.status_code == 422 and Attendee.objects.count() == 0
