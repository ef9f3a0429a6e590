"""Who runs the event: the organiser adds a person by mail address and role; they log in with a code sent to it."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from events import contacts, crewing
from events.access import crew_only
from events.models import Role


class CrewForm(forms.Form):
    """A new member of the crew."""

    email = forms.EmailField(label=gettext_lazy("Email"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=40, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.DOOR)  # the least rights
    duty = forms.CharField(label=gettext_lazy("Duty, for example: door 2"), max_length=60, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"

    def clean_email(self):
        return contacts.read_mail(self.cleaned_data["email"])


@crew_only()
def crew(request, event):
    """Everybody with a role, and a form for one more."""
    form = CrewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        member, new = crewing.add(event, request, **form.cleaned_data)
        told = _("%(who)s is in the crew now, and has a mail about it.") if new else _("%(who)s has this role already.")
        messages.success(request, told % {"who": member.user})
        return redirect("events:crew", event.slug)
    rows = event.crew.select_related("user").order_by("role", "pk")
    status = 422 if form.errors else 200
    return render(request, "events/crew.html", {"form": form, "crew": rows}, status=status)


@require_POST
@crew_only()
def leave(request, event, member):
    """Take a role away. An event is never left without an organiser."""
    row = get_object_or_404(event.crew.select_related("user"), pk=member)
    if crewing.take_away(row):
        messages.success(request, _("%(who)s does not have this role any more.") % {"who": row.user})
    else:
        messages.error(request, _("This is the only organiser. Add another one first."))
    return redirect("events:crew", event.slug)
