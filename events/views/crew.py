"""Who runs the event: the organiser adds a person by mail address and role; they log in with a code sent to it."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from events import addresses, mailing
from events.access import crew_only
from events.db import write_gate
from events.models import CrewMember, Role, User


class CrewForm(forms.Form):
    """A new member of the crew."""

    email = forms.EmailField(label=gettext_lazy("Email"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=40, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)
    duty = forms.CharField(label=gettext_lazy("Duty, for example: door 2"), max_length=60, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"

    def clean_email(self):
        return self.cleaned_data["email"].lower()


@crew_only()
def crew(request, event):
    """Everybody with a role, and a form for one more."""
    form = CrewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        member, new = add(event, request, **form.cleaned_data)
        told = _("%(who)s is in the crew now, and has a mail about it.") if new else _("%(who)s has this role already.")
        messages.success(request, told % {"who": member.user})
        return redirect("events:crew", event.slug)
    rows = event.crew.select_related("user").order_by("role", "pk")
    status = 422 if form.errors else 200
    return render(request, "events/crew.html", {"form": form, "crew": rows}, status=status)


def add(event, request, *, email, name, role, duty):
    """Give the role, making the account when there is none: it has no password, only codes open it."""
    with write_gate(), transaction.atomic():
        user, _made = User.objects.get_or_create(email=email, defaults={"name": name})
        if _made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        member, new = CrewMember.objects.get_or_create(event=event, user=user, role=role, defaults={"duty": duty})
        if new:
            context = {
                "role": member.get_role_display(),
                "link": addresses.public(request, f"/organise/{event.slug}/"),
            }
            mailing.send(event, email, "mail/crew", context, key=f"crew:{member.pk}")
    return member, new


@require_POST
@crew_only()
def leave(request, event, member):
    """Take a role away. An event is never left without an organiser."""
    with write_gate(), transaction.atomic():
        # Both of two organisers who take each other out at once would find the other: the rows are locked first.
        organisers = list(event.crew.select_for_update().filter(role=Role.ORGANISER).values_list("pk", flat=True))
        row = get_object_or_404(event.crew.select_related("user"), pk=member)
        if organisers == [row.pk]:
            messages.error(request, _("This is the only organiser. Add another one first."))
        else:
            row.delete()
            messages.success(request, _("%(who)s does not have this role any more.") % {"who": row.user})
    return redirect("events:crew", event.slug)
