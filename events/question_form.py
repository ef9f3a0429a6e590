"""The form with which an organiser writes a question."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from events import questions
from events.forms import HouseTextInput
from events.text import clean_text

AREA = {"class": "input", "rows": 4}


class QuestionForm(forms.Form):
    """One question: what it says, what may be answered, when it is shown."""

    kind = forms.ChoiceField(
        label=_("Kind of answer"), choices=questions.KINDS, widget=forms.Select({"class": "input"})
    )
    label = forms.CharField(
        label=_("Question"),
        max_length=120,
        error_messages={"required": _("What do you want to ask?")},
        widget=HouseTextInput,
    )
    label_en = forms.CharField(label=_("Question in English"), required=False, max_length=160, widget=HouseTextInput)
    hint = forms.CharField(label=_("Hint below it"), required=False, max_length=160, widget=HouseTextInput)
    hint_en = forms.CharField(label=_("Hint in English"), required=False, max_length=200, widget=HouseTextInput)
    choices = forms.CharField(
        label=_("Choices, one a line"), required=False, max_length=3000, widget=forms.Textarea(AREA)
    )
    choices_en = forms.CharField(
        label=_("The same in English, line by line"), required=False, max_length=3000, widget=forms.Textarea(AREA)
    )
    required = forms.BooleanField(label=_("Must be answered"), required=False)
    condition = forms.ChoiceField(label=_("Shown"), required=False, widget=forms.Select({"class": "input"}))

    def __init__(self, *args, event, question=None, **kwargs):
        if question is not None:
            kwargs.setdefault("initial", _initial(question))
        super().__init__(*args, **kwargs)
        self.event, self.question = event, question
        self.fields["condition"].choices = [("", _("always")), *self._conditions()]

    def _conditions(self):
        """Every answer of an earlier question that can make this one appear."""
        for other in questions.asked(self.event):
            if self.question is not None and other.id == self.question.id:
                break
            for option in questions.options(other):
                said = _("yes") if option == questions.YES else option
                yield (
                    f"{other.id}:{questions.key(option)}",
                    _("if “%(question)s” is %(answer)s")
                    % {
                        "question": other.label,
                        "answer": said,
                    },
                )

    def clean_label(self):
        label = clean_text(self.cleaned_data["label"])
        if not label:
            raise ValidationError(_("What do you want to ask?"))
        return label

    def clean_choices(self):
        return _lines(self.cleaned_data["choices"])

    def clean_choices_en(self):
        return _lines(self.cleaned_data["choices_en"])

    def clean(self):
        cleaned = super().clean()
        choices, english = cleaned.get("choices") or [], cleaned.get("choices_en") or []
        if cleaned.get("kind") in (questions.CHOICE, questions.MANY):
            if len(choices) < 2:
                self.add_error("choices", _("At least two choices, one a line."))
            if len(choices) > questions.MOST_CHOICES:
                self.add_error("choices", _("At most 30 choices."))
            if len(set(choices)) != len(choices):
                self.add_error("choices", _("Two choices are the same."))
            if english and len(english) != len(choices):
                self.add_error("choices_en", _("As many lines as there are choices, in the same order."))
        if self.question is None and len(questions.asked(self.event)) >= questions.MOST_QUESTIONS:
            self.add_error(None, _("Twenty questions are enough: more, and people give up."))
        if self.question is not None and not self.errors:
            self._keep_follow_ups()
        return cleaned

    def _keep_follow_ups(self):
        """An answer for which another question is shown does not go away unseen."""
        now = self.written()
        for other in questions.asked(self.event):
            about, wanted = other.condition or ("", "")
            if about == now.id and questions.renamed(wanted, self.question, now) is None:
                words = _("“%(question)s” is shown for the answer “%(answer)s”: change that question first.")
                said = _("yes") if wanted == questions.YES else wanted
                self.add_error("choices", words % {"question": other.label, "answer": said})

    def written(self) -> questions.Question:
        """The question as it was written."""
        said = self.cleaned_data
        several = said["kind"] in (questions.CHOICE, questions.MANY)
        return questions.Question(
            id=self.question.id if self.question else questions.new_id(),
            kind=said["kind"],
            label=said["label"],
            label_en=clean_text(said["label_en"]),
            hint=clean_text(said["hint"]),
            hint_en=clean_text(said["hint_en"]),
            choices=said["choices"] if several else [],
            choices_en=said["choices_en"] if several else [],
            required=said["required"],
            condition=self._condition(said["condition"]),
        )

    def _condition(self, value: str) -> list[str] | None:
        about, _colon, sign = value.partition(":")
        for other in questions.asked(self.event):
            for option in questions.options(other):
                if other.id == about and questions.key(option) == sign:
                    return [about, option]
        return None


def _lines(text: str) -> list[str]:
    return [line for line in (clean_text(line)[:80] for line in text.splitlines()) if line]


def _initial(question) -> dict:
    condition = f"{question.condition[0]}:{questions.key(question.condition[1])}" if question.condition else ""
    return {
        "kind": question.kind,
        "label": question.label,
        "label_en": question.label_en,
        "hint": question.hint,
        "hint_en": question.hint_en,
        "choices": "\n".join(question.choices),
        "choices_en": "\n".join(question.choices_en),
        "required": question.required,
        "condition": condition,
    }
