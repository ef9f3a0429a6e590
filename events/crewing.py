"""Who runs an event: roles are given by mail address and taken away again, and one organiser always stays."""

from django.db import transaction

from events import addresses, mailing
from events.db import write_gate
from events.models import CrewMember, Role, User


def add(event, request, *, email, name, role, duty):
    """Give the role, making the account when there is none: it has no password, only codes open it.

    Answers the row and whether it is new; a new one has its mail.
    """
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


def take_away(member) -> bool:
    """Take a role away; False for the only organiser, who keeps it."""
    with write_gate(), transaction.atomic():
        # Both of two organisers who take each other out at once would find the other: the rows are locked first.
        of_event = CrewMember.objects.filter(event=member.event_id, role=Role.ORGANISER)
        organisers = list(of_event.select_for_update().values_list("pk", flat=True))
        if organisers == [member.pk]:
            return False
        member.delete()
    return True
