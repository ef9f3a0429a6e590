"""The organiser writes the sign-up's own questions: no code, no admin."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events import questions
from events.access import crew_only
from events.db import write_gate
from events.models import Event
from events.question_form import QuestionForm


@crew_only()
def questions_page(request, event, question=None):
    """All questions; one of them, or a new one, open for writing."""
    chosen = _question(event, question) if question else None
    form = QuestionForm(request.POST or None, event=event, question=chosen)
    if request.method == "POST" and form.is_valid():
        with write_gate(), transaction.atomic():
            locked = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
            questions.save(locked, form.written())
        messages.success(request, _("Saved. The form asks it from now on."))
        return redirect("events:questions_asked", event.slug)
    rows = questions.asked(event)
    labels = {row.id: row.label for row in rows}
    context = {
        "rows": [(row, labels.get(row.condition[0]) if row.condition else None) for row in rows],
        "form": form,
        "chosen": chosen,
        "kinds": dict(questions.KINDS),
    }
    return render(request, "events/questions_asked.html", context, status=422 if form.errors else 200)


@require_POST
@crew_only()
def change_question(request, event, question):
    """Up, down, or no longer asked."""
    _question(event, question)
    with write_gate(), transaction.atomic():
        locked = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
        what = request.POST.get("what")
        if what == "remove":
            questions.remove(locked, question)
        elif what in ("up", "down"):
            questions.move(locked, question, -1 if what == "up" else 1)
    return redirect("events:questions_asked", event.slug)


def _question(event, id_):
    found = next((row for row in questions.asked(event) if row.id == id_), None)
    if found is None:
        raise Http404
    return found
