"""One more stop of the line, in another city."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from events import cloning
from events.access import crew_only
from events.clone_form import CloneForm


@crew_only()
def clone(request, event):
    """What comes along is said first; the new stop is a draft."""
    form = CloneForm(request.POST or None, event=event)
    if request.method == "POST" and form.is_valid():
        new = cloning.clone(event, by=request.user, **form.stop())
        messages.success(request, _("%(city)s is prepared. Look through it, then publish.") % {"city": new.city})
        return redirect("dashboard", new.slug)
    context = {"form": form, "comes": cloning.what_comes(event)}
    return render(request, "events/clone.html", context, status=422 if form.errors else 200)
