"""The log of the doors for organisers: every scan, and what two doors did not agree on."""

from django.core.paginator import Paginator
from django.shortcuts import render

from events import door
from events.access import crew_only
from events.models import Scan

PER_PAGE = 100


@crew_only()
def scan_log(request, event):
    """Newest first. Rows are only ever added; nothing here changes one."""
    rows = event.scans.select_related("attendee", "by", "point", "clashes_with__by").order_by("-at", "-pk")
    answer = request.GET.get("answer", "")
    if answer in Scan.Answer.values:
        rows = rows.filter(answer=answer)
    tally, clashes = door.answers_of(event), door.clashes(event)
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "answer": answer,
        "tally": [(key, label, tally.get(key, 0)) for key, label in Scan.Answer.choices],
        "clashes": clashes,
        "what_clashes": door.what_clashes(clashes),
        "wrongly": door.let_in_wrongly(event)[:50],
    }
    return render(request, "events/scan_log.html", context)
