"""A list of people from somewhere else: looked at first, then taken."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from events import importing, questions
from events.access import crew_only


@crew_only()
def import_list(request, event):
    """Send a file; nothing is imported before the preview was seen."""
    context = {"own": [question.label for question in questions.asked(event)]}
    if request.method != "POST":
        return render(request, "events/import.html", context)
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise importing.Refused(_("Choose a file first."))
        if sent.size > importing.MOST_BYTES:
            raise importing.Refused(_("The file is larger than 8 MB."))
        sheet = importing.read(event, sent.read(), sent.name)
    except importing.Refused as reason:
        return render(request, "events/import.html", context | {"refused": reason}, status=422)
    listed = importing.keep(event, sheet, filename=sent.name, at=timezone.now(), by=request.user)
    return redirect("events:import_preview", event.slug, listed.pk)


@crew_only()
def preview(request, event, listed):
    """What would happen, line by line; the button does it."""
    listed = get_object_or_404(event.imported_lists, pk=listed)
    if request.method == "POST":
        done = importing.take(listed, at=timezone.now(), by=request.user, tell="tell" in request.POST)
        if done is None:
            messages.info(request, _("This list was imported already."))
        else:
            messages.success(request, _("%(seated)d have a seat, %(waiting)d wait in line.") % done)
        return redirect("events:attendees", event.slug)
    if listed.taken_at:
        return redirect("events:attendees", event.slug)
    people, free = len(listed.rows), 0 if event.attendees.waiting().exists() else event.seats_left
    context = {
        "listed": listed,
        "people": people,
        "bad": len(listed.problems),
        "problems": listed.problems[: importing.SHOWN_PROBLEMS],
        "seated": min(people, free),
        "in_line": max(0, people - free),
    }
    return render(request, "events/import.html", context)
