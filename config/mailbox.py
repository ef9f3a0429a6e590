"""The mail box page of the local mode: what would have been sent, for a person who tries the product."""

import base64

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from events.access import public
from events.models import OutgoingMail


def _local_only():
    if not settings.LOCAL:
        raise Http404


@public
def mailbox(request):
    """The newest hundred mails. In production the page does not exist."""
    _local_only()
    return render(request, "config/mailbox.html", {"mails": OutgoingMail.objects.all()[:100]})


@public
def attachment(request, mail, index):
    """One attachment, as a download."""
    _local_only()
    files = get_object_or_404(OutgoingMail, pk=mail).attachments
    if index >= len(files):
        raise Http404
    name, type_, content = files[index]
    response = HttpResponse(base64.b64decode(content), content_type=type_)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
