"""The organiser's own questions: what they ask, when a question is shown, what an answer is.

The questions of an event are a list in its row (`Event.questions_asked`), an attendee's answers a dictionary in theirs:
the sign-up reads and writes them without another query. A question whose answers exist is retired, never lost.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass, field, replace

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events.templatetags import house
from events.text import clean_text, graphemes

TEXT, CHOICE, MANY, CONSENT = "text", "choice", "many", "consent"
KINDS = [
    (TEXT, gettext_lazy("Text")),
    (CHOICE, gettext_lazy("One of several")),
    (MANY, gettext_lazy("Any of several")),
    (CONSENT, gettext_lazy("Consent, a tick")),
]
TEXT_LENGTH = 200
MOST_QUESTIONS, MOST_CHOICES = 20, 30
YES = "yes"  # what a given consent is called where a condition names it


@dataclass(frozen=True)
class Question:
    """One question. `condition` is (id of an earlier question, the answer for which this one is shown) or None."""

    id: str
    kind: str
    label: str
    label_en: str = ""
    hint: str = ""
    hint_en: str = ""
    choices: list[str] = field(default_factory=list)
    choices_en: list[str] = field(default_factory=list)
    required: bool = False
    condition: list[str] | None = None
    retired: bool = False

    @property
    def name(self) -> str:
        """The name of its field in the form."""
        return f"q_{self.id}"

    def choice_said(self, choice: str) -> str:
        """A choice in the page's language."""
        at = self.choices.index(choice) if choice in self.choices else -1
        english = self.choices_en[at] if 0 <= at < len(self.choices_en) else ""
        return (house.in_english() and english) or choice

    def said(self, answer) -> str:
        """An answer for people: text, choices joined, yes or no."""
        if answer is None or answer in ("", []):
            return ""
        if isinstance(answer, bool):  # by what was answered: the question may have become another kind since
            return _("yes") if answer else _("no")
        if isinstance(answer, list):
            return house.listed(self.choice_said(choice) for choice in answer)
        return self.choice_said(answer) if self.kind == CHOICE else str(answer)


def new_id() -> str:
    return secrets.token_hex(4)


def key(choice: str) -> str:
    """What stands for a choice in the form: safe in HTML and CSS, the same when other choices come and go."""
    return "yes" if choice == YES else hashlib.blake2s(choice.encode(), digest_size=6).hexdigest()


def every(event) -> list[Question]:
    """All questions of the event, the retired ones too."""
    return [Question(**row) for row in event.questions_asked]


def asked(event) -> list[Question]:
    """The questions that the form asks now."""
    return [question for question in every(event) if not question.retired]


def is_shown(question: Question, answers: dict) -> bool:
    """Whether these answers make the question appear."""
    if question.condition is None:
        return True
    about, wanted = question.condition
    given = answers.get(about)
    if isinstance(given, list):
        return wanted in given
    return given and wanted == YES if isinstance(given, bool) else given == wanted


def fields_of(event) -> dict[str, forms.Field]:
    """The form fields of the event's questions by name. None is required by itself: `read` knows which are shown."""
    from events.forms import ChipSelect, HouseTextInput

    found: dict[str, forms.Field] = {}
    for question in asked(event):
        choices = [(key(choice), question.choice_said(choice)) for choice in question.choices]
        common = {
            "label": house.said(question, "label"),
            "help_text": house.said(question, "hint"),
            "required": False,
        }
        if question.kind == CHOICE:
            made: forms.Field = forms.ChoiceField(choices=choices, widget=ChipSelect, **common)
        elif question.kind == MANY:
            made = forms.MultipleChoiceField(choices=choices, widget=ChipTicks, **common)
        elif question.kind == CONSENT:
            made = forms.BooleanField(**common)
        else:
            made = forms.CharField(max_length=2000, widget=HouseTextInput, **common)
        made.question = question  # type: ignore[attr-defined]
        found[question.name] = made
    return found


class ChipTicks(forms.CheckboxSelectMultiple):
    """Choices as chips of which several may be taken."""

    template_name = "ui/chips.html"


def read(event, cleaned: dict) -> tuple[dict, dict[str, str]]:
    """`(answers, problems)` of a cleaned form. What was not shown is not kept, whatever the form says."""
    answers: dict = {}
    problems: dict[str, str] = {}
    for question in asked(event):
        if not is_shown(question, answers):
            continue
        try:
            answer = _answer(question, cleaned.get(question.name))
        except ValidationError as problem:
            problems[question.name] = problem.messages[0]
            continue
        if answer in ("", [], False, None):
            if question.required:
                problems[question.name] = str(_missing(question))
        else:
            answers[question.id] = answer
    return answers, problems


def _missing(question):
    if question.kind == CONSENT:
        return _("Without this tick we cannot give you a seat.")
    return _("Please choose.") if question.kind in (CHOICE, MANY) else _("The organiser needs an answer here.")


def _answer(question, value):
    by_key = {key(choice): choice for choice in question.choices}
    if question.kind == CONSENT:
        return bool(value)
    if question.kind == CHOICE:
        return by_key.get(value or "", "")
    if question.kind == MANY:
        return [choice for sign, choice in by_key.items() if sign in (value or [])]
    text = clean_text(value or "")
    extra = len(graphemes(text)) - TEXT_LENGTH
    if extra > 0:
        words = ngettext(
            "At most 200 characters, that is %(n)d too many", "At most 200 characters, that is %(n)d too many", extra
        )
        raise ValidationError(words % {"n": extra})
    return text


def initial(event, answers: dict) -> dict:
    """The answers as the form's initial values."""
    found = {}
    for question in asked(event):
        answer = answers.get(question.id)
        if isinstance(answer, list):
            answer = [key(choice) for choice in answer]
        elif question.kind == CHOICE and isinstance(answer, str) and answer:
            answer = key(answer)
        found[question.name] = answer
    return found


def rules(event) -> str:
    """CSS that hides the questions whose condition is not met: works without JavaScript.

    A browser that does not know `:has()` drops each rule as a whole and shows the question; the server decides anyway.
    Ids and keys are hexadecimal, so nothing of an organiser's stands in it.
    """
    found = []
    ticks = {question.id for question in asked(event) if question.kind == CONSENT}
    for question in asked(event):
        if question.condition:
            about, wanted = question.condition
            chosen = f'[name="q_{about}"]' + ("" if about in ticks else f'[value="{key(wanted)}"]')
            found.append(f"form:not(:has({chosen}:checked)) .{question.name}{{display:none}}")
    return mark_safe("".join(found))  # built from hexadecimal only


def answered(event, answers: dict, *, all_: bool = False) -> list[tuple[str, str]]:
    """`(question, answer)` for a page; with `all_` also the unanswered ones."""
    rows = [(house.said(question, "label"), question.said(answers.get(question.id))) for question in every(event)]
    return rows if all_ else [row for row in rows if row[1]]


def options(question: Question) -> list[str]:
    """The answers that a follow-up can wait for."""
    return [YES] if question.kind == CONSENT else question.choices


def renamed(wanted: str, was: Question, now: Question) -> str | None:
    """What an answer is called after its question was written anew; None where nobody can give it any more.

    A choice that was written over stands at its old place, and no other came or went.
    """
    if wanted in options(now):
        return wanted
    if wanted not in options(was) or len(options(was)) != len(options(now)):
        return None
    found = options(now)[options(was).index(wanted)]
    return None if found in options(was) else found


def save(event, question: Question, *, before: str = "") -> None:
    """Put a question into the event's list, at its place or at the end; follow-ups keep their answer's new name."""
    rows = every(event)
    was = next((row for row in rows if row.id == question.id), None)
    if was is not None:
        rows = [question if row.id == question.id else _following(row, was, question) for row in rows]
    else:
        rows.append(question)
    _write(event, rows)


def _following(row: Question, was: Question, now: Question) -> Question:
    if row.condition is None or row.condition[0] != now.id:
        return row
    wanted = renamed(row.condition[1], was, now)
    return row if wanted is None else replace(row, condition=[now.id, wanted])


def move(event, id_: str, step: int) -> None:
    """One place up (-1) or down (+1); a follow-up never comes before the question that it depends on."""
    rows = every(event)
    at = next((number for number, row in enumerate(rows) if row.id == id_), None)
    if at is None or not 0 <= at + step < len(rows):
        return
    rows[at], rows[at + step] = rows[at + step], rows[at]
    order = {row.id: number for number, row in enumerate(rows)}
    if all(row.condition is None or order.get(row.condition[0], -1) < order[row.id] for row in rows):
        _write(event, rows)


def remove(event, id_: str) -> None:
    """No longer ask; a question with answers is kept for the lists. Follow-ups are then asked of everybody."""
    has_answers = event.attendees.filter(answers__has_key=id_).exists()
    rows = []
    for row in every(event):
        if row.id == id_:
            if not has_answers:
                continue
            row = replace(row, retired=True, condition=None)
        elif row.condition and row.condition[0] == id_:
            row = replace(row, condition=None)
        rows.append(row)
    _write(event, rows)


def _write(event, rows: list[Question]) -> None:
    event.questions_asked = [asdict(row) for row in rows]
    type(event).objects.filter(pk=event.pk).update(questions_asked=event.questions_asked)
