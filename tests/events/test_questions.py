"""The organiser's own questions: written without code, shown by condition, kept with the person and gone with them."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from events import forgetting, questions
from events.models import Attendee, Event
from tests.stamps import stamp

URL, DESK = "/attend/beijing/register/", "/organise/beijing/form/"
PERSON = {"name": "林小满", "contact": "bo@nextstop.example", "stamp": stamp()}


@pytest.fixture
def asked(beijing, mei, client_of):
    """Four questions, written on the desk: food (choice), what not (text, if other), days (many), rules (consent)."""
    desk = client_of(mei)

    def write(**fields):
        answer = desk.post(DESK, fields)
        assert answer.status_code == 302, answer.context["form"].errors
        beijing.refresh_from_db()
        return questions.asked(beijing)[-1]

    food = write(
        kind="choice",
        label="吃什么？",
        label_en="What do you eat?",
        choices="都吃\n素食\n别的",
        choices_en="All\nVegetarian\nOther",
        required="on",
    )
    what = write(kind="text", label="别的是什么", condition=f"{food.id}:{questions.key('别的')}", required="on")
    days = write(kind="many", label="哪天有空", choices="周五\n周六\n周日")
    rules = write(kind="consent", label="同意守则", required="on")
    return food, what, days, rules


def pick(question, *choices):
    return {question.name: [questions.key(choice) for choice in choices]}


def test_the_rules_of_the_form_are_let_in_by_its_own_header_and_no_other(asked, visitor):
    """What shows a question by condition is a style in the page: a browser takes it with the nonce of this answer."""
    seen = set()
    for _ in range(2):
        answer = visitor.get(URL)
        nonce = re.search('<style nonce="(.+?)">', answer.content.decode())[1]
        assert f"'nonce-{nonce}'" in answer["Content-Security-Policy"]
        seen.add(nonce)

    assert len(seen) == 2


def test_answers_are_kept_with_the_person(asked, visitor):
    food, what, days, rules = asked

    sent = visitor.post(
        URL, PERSON | pick(food, "别的") | {what.name: " 不吃香菜 "} | pick(days, "周五", "周日") | {rules.name: "on"}
    )

    assert sent.status_code == 302
    assert Attendee.objects.get().answers == {
        food.id: "别的",
        what.id: "不吃香菜",
        days.id: ["周五", "周日"],
        rules.id: True,
    }


def test_a_question_that_is_not_shown_is_neither_demanded_nor_kept(asked, visitor):
    food, what, _days, rules = asked

    visitor.post(URL, PERSON | pick(food, "素食") | {what.name: "smuggled", rules.name: "on"})

    assert Attendee.objects.get().answers == {food.id: "素食", rules.id: True}


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (0, "Please choose."),
        (1, "The organiser needs an answer here."),
        (3, "Without this tick we cannot give you a seat."),
    ],
)
def test_what_must_be_answered_is_asked_for_in_words(asked, visitor, missing, words):
    food, what, _days, rules = asked
    full = pick(food, "别的") | {what.name: "x", rules.name: "on"}
    del full[asked[missing].name]

    answer = visitor.post(URL, PERSON | full)

    assert answer.status_code == 422 and words in answer.content.decode()
    assert Attendee.objects.count() == 0


def test_an_invented_choice_is_refused(asked, visitor):
    food, _what, _days, rules = asked

    assert visitor.post(URL, PERSON | {food.name: "000000000000", rules.name: "on"}).status_code == 422


def test_conditions_hide_by_style_alone(asked, visitor):
    food, what, _days, _rules = asked

    page = visitor.get(URL).content.decode()

    key = questions.key("别的")
    assert f'form:not(:has([name="{food.name}"][value="{key}"]:checked)) .{what.name}{{display:none}}' in page
    assert f'class="field {what.name}"' in page and 'style nonce="' in page
    assert "What do you eat?" in page and "Vegetarian" in page


def test_questions_cannot_break_out_of_the_page(beijing, mei, client_of, visitor):
    evil = "</style><script>alert(1)</script>"
    client_of(mei).post(DESK, {"kind": "choice", "label": evil, "choices": f"{evil}\nb"})

    assert "<script>alert(1)" not in visitor.get(URL).content.decode()


def test_the_person_changes_answers_and_reads_them_among_their_data(asked, visitor):
    food, _what, days, rules = asked
    visitor.post(URL, PERSON | pick(food, "素食") | {rules.name: "on"})
    page = visitor.get("/attend/beijing/edit/").content.decode()
    assert f'value="{questions.key("素食")}" checked' in page

    visitor.post(
        "/attend/beijing/edit/", {"name": "小满", **pick(food, "都吃"), **pick(days, "周六"), rules.name: "on"}
    )

    assert Attendee.objects.get().answers == {food.id: "都吃", days.id: ["周六"], rules.id: True}
    assert "周六" in visitor.get("/attend/beijing/my-data/").content.decode()
    assert visitor.get("/attend/beijing/my-data/?export=1").json()["answers"]["What do you eat?"] == "All"


def test_answers_go_with_the_person(asked, visitor):
    food, _what, _days, rules = asked
    visitor.post(URL, PERSON | pick(food, "素食") | {rules.name: "on"})

    forgetting.forget(Attendee.objects.get(), at=timezone.now())

    assert Attendee.objects.get().answers == {}


def test_a_removed_question_is_asked_of_nobody_and_its_answers_stay(asked, visitor, mei, client_of):
    food, what, _days, rules = asked
    visitor.post(URL, PERSON | pick(food, "别的") | {what.name: "不吃香菜", rules.name: "on"})

    client_of(mei).post(f"{DESK}{food.id}/change/", {"what": "remove"})

    event = Event.objects.get()
    assert [row.label for row in questions.asked(event)] == ["别的是什么", "哪天有空", "同意守则"]
    assert questions.asked(event)[0].condition is None
    assert questions.answered(event, Attendee.objects.get().answers)[0] in {
        ("吃什么？", "别的"),
        ("What do you eat?", "Other"),
    }
    assert food.name not in Client().get(URL).content.decode()


def test_a_follow_up_never_moves_before_its_question(asked, mei, client_of):
    food, what, *_rest = asked
    desk = client_of(mei)

    desk.post(f"{DESK}{what.id}/change/", {"what": "up"})
    assert [row.id for row in questions.asked(Event.objects.get())][:2] == [food.id, what.id]
    desk.post(f"{DESK}{what.id}/change/", {"what": "down"})
    assert [row.id for row in questions.asked(Event.objects.get())][2] == what.id


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "choice", "label": "x", "choices": "one"}, "At least two choices"),
        ({"kind": "choice", "label": "x", "choices": "a\na"}, "Two choices are the same."),
        ({"kind": "choice", "label": "x", "choices": "a\nb", "choices_en": "A"}, "As many lines as there are choices"),
        ({"kind": "text", "label": "\u200b"}, "What do you want to ask?"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_in_words(beijing, mei, client_of, fields, words):
    answer = client_of(mei).post(DESK, fields)

    assert answer.status_code == 422 and words in answer.content.decode()
    assert Event.objects.get().questions_asked == []


def test_the_forms_question_survives_other_changes_of_the_event(asked, mei, client_of):
    """Two organisers at once: one writes a question while the other has the page open."""
    client_of(mei).post(DESK, {"kind": "text", "label": "再一个"})

    assert len(questions.asked(Event.objects.get())) == 5


def test_a_choice_that_is_called_yes_is_not_the_only_answer(beijing, mei, client_of, visitor):
    desk = client_of(mei)
    desk.post(DESK, {"kind": "choice", "label": "Do you bring a laptop?", "choices": "yes\nno"})
    laptop = questions.asked(Event.objects.get())[0]
    follow_up = {"kind": "text", "label": "Which one?", "condition": f"{laptop.id}:{questions.key('yes')}"}
    desk.post(DESK, {**follow_up, "required": "on"})

    page = visitor.get(URL).content.decode()
    answer = visitor.post(URL, {**PERSON, **pick(laptop, "no")})

    assert f'[name="q_{laptop.id}"][value="yes"]:checked' in page
    assert answer.status_code == 302 and Attendee.objects.get().answers == {laptop.id: "no"}


def test_a_follow_up_goes_along_when_its_choice_is_written_over(asked, mei, client_of, visitor):
    food, what, _days, rules = asked
    form = {"kind": "choice", "label": food.label, "required": "on"}

    client_of(mei).post(f"{DESK}{food.id}/", {**form, "choices": "都吃\n素食\n其他"})

    assert questions.asked(Event.objects.get())[1].condition == [food.id, "其他"]
    visitor.post(URL, {**PERSON, **pick(food, "其他"), what.name: "不吃辣", rules.name: "on"})
    assert Attendee.objects.get().answers[what.id] == "不吃辣"


@pytest.mark.parametrize("choices", ["都吃\n素食", "别样\n都吃\n素食\n清真"])
def test_a_choice_that_a_follow_up_waits_for_does_not_go_away_unseen(asked, mei, client_of, choices):
    food, what, *_rest = asked

    answer = client_of(mei).post(f"{DESK}{food.id}/", {"kind": "choice", "label": food.label, "choices": choices})

    assert answer.status_code == 422
    assert "“别的是什么” is shown for the answer “别的”: change that question first." in answer.content.decode()
    assert [row.condition for row in questions.asked(Event.objects.get())][1] == what.condition


def test_choices_in_another_order_keep_their_follow_ups(asked, mei, client_of):
    food, what, *_rest = asked

    form = {"kind": "choice", "label": food.label, "choices": "别的\n都吃\n素食"}
    assert client_of(mei).post(f"{DESK}{food.id}/", form).status_code == 302

    assert questions.asked(Event.objects.get())[1].condition == what.condition
