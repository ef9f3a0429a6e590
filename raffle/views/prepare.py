"""What is prepared before the show: the raffle's settings, prizes from a table, the rehearsal."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from events.access import crew_only
from events.db import database_now
from events.models import Role
from raffle import entering, importing, rehearsing, settling


@crew_only()
def settings_(request, event):
    """Time, entropy, weights, tone: from the next draw on."""
    raffle = entering.raffle_of(event, at=database_now())
    form = settling.SettingsForm(request.POST or None, instance=raffle)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. It counts from the next draw on."))
        return redirect("raffle:settings", event.slug)
    context = {"form": form, "raffle": raffle, "level": settling.level(raffle), "copy": rehearsing.of(event)}
    return render(request, "raffle/settings.html", context)


@require_POST
@crew_only(Role.HOST)
def rehearsal(request, event):
    """Begin a rehearsal and go to its stage, or end it."""
    if request.POST.get("act") == "end":
        if rehearsing.end(event):
            messages.success(request, _("The rehearsal is over. Nothing of it is left."))
        return redirect("raffle:desk", event.slug)
    if rehearsing.is_copy(event):
        return redirect("raffle:remote_draw", event.slug)
    copy = rehearsing.begin(event, by=request.user, at=database_now())
    return redirect("raffle:remote_draw", copy.slug)


@crew_only(Role.HOST)
def import_prizes(request, event):
    """Prizes from a CSV or Excel file, or pasted."""
    problems, pasted = [], request.POST.get("rows", "")
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            table = importing.read(file.read(), file.name) if file else importing.read(pasted.encode())
            count = importing.take(event, table)
        except importing.Refused as refused:
            problems = refused.args[0]
        else:
            messages.success(request, ngettext("%(n)d prize is in.", "%(n)d prizes are in.", count) % {"n": count})
            return redirect("raffle:desk", event.slug)
    context = {"problems": problems, "rows": pasted, "columns": importing.COLUMNS}
    return render(request, "raffle/import.html", context, status=422 if problems else 200)
