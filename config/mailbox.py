"""The mail box page of the local mode: what would have been sent, for a person who tries the product."""

import base64
import ipaddress

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from events.access import public
from events.models import OutgoingMail, Role


def _local_only(request):
    """Mails hold the links of everybody: for whoever sits at this machine, and for an organiser on another one."""
    if not settings.LOCAL or not (_is_here(request) or _organises(request.user)):
        raise Http404


def _is_here(request) -> bool:
    if "X-Forwarded-For" in request.headers:  # through a tunnel, from anywhere
        return False
    try:
        peer = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return (getattr(peer, "ipv4_mapped", None) or peer).is_loopback


def _organises(user) -> bool:
    return user.is_authenticated and (user.is_superuser or user.crew.filter(role=Role.ORGANISER).exists())


@public
def mailbox(request):
    """The newest hundred mails. In production the page does not exist."""
    _local_only(request)
    return render(request, "config/mailbox.html", {"mails": OutgoingMail.objects.all()[:100]})


@public
def attachment(request, mail, index):
    """One attachment, as a download."""
    _local_only(request)
    files = get_object_or_404(OutgoingMail, pk=mail).attachments
    if index >= len(files):
        raise Http404
    name, type_, content = files[index]
    response = HttpResponse(base64.b64decode(content), content_type=type_)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
