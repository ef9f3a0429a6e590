"""The organiser's list of people, and the end of the day."""

from collections import Counter

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from events import admission, exporting, following, live, questions
from events.access import crew_only
from events.models import Attendee, Event
from events.text import clean_text

PER_PAGE = 50
UNTOLD = "untold"
DECISIONS = {
    "approve": admission.approve,
    "accept": admission.accept,
    "decline": admission.decline,
    "cancel": admission.cancel,
}


@crew_only()
def attendees(request, event):
    """Everybody, by name, number or status; a page takes the same few queries however many there are."""
    rows = event.attendees.filter(forgotten_at=None).select_related("invited_by").with_arrival().order_by("number")
    status, query = request.GET.get("status", ""), clean_text(request.GET.get("q", ""))
    if status in Attendee.Status.values:
        rows = rows.filter(status=status)
    elif status == UNTOLD:
        rows = rows.out_of_reach()
    if query:
        wanted = Q(name__icontains=query) | Q(code__iexact=query)
        rows = rows.filter(wanted | Q(number=int(query[:9])) if query.isdecimal() else wanted)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row.said = questions.answered(event, row.answers)
    again = event.attendees.confirmed().aggregate(asked=Count("asked_at"), coming=Count("coming_at"))
    context = {
        "page": page,
        "again": again,
        "status": status,
        "q": query,
        "statuses": [*Attendee.Status.choices, (UNTOLD, _("No message reaches them"))],
        "back": request.GET.urlencode(),
        "several": status in {Attendee.Status.APPLIED, Attendee.Status.WAITLISTED},
        "at": timezone.now(),
    }
    return render(request, "events/attendees.html", context)


@require_POST
@crew_only()
def decide(request, event, attendee):
    """Approve, decline or cancel somebody; back to the same page of the list."""
    person = get_object_or_404(event.attendees, pk=attendee)
    act = DECISIONS.get(request.POST.get("what", ""))
    now = timezone.now()
    if act is None or not act(person, at=now, by=request.user):
        waits = person.status == Attendee.Status.WAITLISTED and event.gives_seats(now)
        full = act is admission.approve and waits  # nothing else keeps somebody in line
        words = _("No seat is free: they stay in line.") if full else _("Nothing changed: it was decided already.")
        messages.info(request, words)
    elif act is admission.approve and person.status == Attendee.Status.WAITLISTED:
        messages.info(request, _("No seat was left: on the waiting list."))
    return _back(request)


@require_POST
@crew_only()
def decide_many(request, event):
    """The same for everybody who is ticked, first come first; whoever was decided meanwhile is left as they are."""
    act = DECISIONS.get(request.POST.get("what", ""))
    chosen = [value for value in request.POST.getlist("person") if value.isdecimal()][:PER_PAGE]
    people = event.attendees.filter(pk__in=chosen).order_by("queued_at", "pk") if act else []
    answered = [(person, act(person, at=timezone.now(), by=request.user)) for person in people]  # type: ignore[misc]
    done = sum(decided for _person, decided in answered)
    without = Counter(decided for person, decided in answered if person.status == Attendee.Status.WAITLISTED)
    stay = without[False] if act is admission.approve and event.gives_seats(timezone.now()) else 0
    if done or not stay:
        told = ngettext("%(n)d person has an answer.", "%(n)d people have an answer.", done) % {"n": done}
        messages.success(request, told)
    if n := without[True]:
        words = ngettext(
            "No seat was left for %(n)d of them: on the waiting list.",
            "No seat was left for %(n)d of them: on the waiting list.",
            n,
        )
        messages.info(request, words % {"n": n})
    if stay:
        words = ngettext(
            "No seat is free: %(n)d person stays in line.", "No seat is free: %(n)d people stay in line.", stay
        )
        messages.info(request, words % {"n": stay})
    return _back(request)


def _back(request):
    """The page of the list that the button stood on."""
    asked = QueryDict(request.POST.get("back", "")[:500])
    kept = {name: asked[name] for name in ("q", "status", "page") if asked.get(name)}
    return redirect(reverse("events:attendees", args=[request.event.slug]) + (f"?{urlencode(kept)}" if kept else ""))


@crew_only()
def export(request, event):
    """The list for a spreadsheet: CSV with a BOM, or XLSX; in neither can a cell be a formula."""
    if request.GET.get("as") == "xlsx":
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        response: HttpResponseBase = HttpResponse(exporting.xlsx(event), content_type=kind)
        ending = "xlsx"
    else:
        response, ending = (
            StreamingHttpResponse(exporting.csv_chunks(event), content_type="text/csv; charset=utf-8"),
            "csv",
        )
    response["Content-Disposition"] = f'attachment; filename="{event.slug}-attendees.{ending}"'
    return response


@require_POST
@crew_only()
def capacity(request, event):
    """More or fewer seats, at any time."""
    try:
        offered = admission.change_capacity(event, int(request.POST.get("seats", "")[:6]), at=timezone.now())
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    except ValueError:
        messages.error(request, _("How many seats? A whole number."))
    else:
        told = ngettext("%(n)d person in line is offered a seat.", "%(n)d people in line are offered a seat.", offered)
        messages.success(request, told % {"n": offered} if offered else _("Saved."))
        places = event.carriages * event.seats_per_carriage
        if event.capacity > places:
            words = _("The train has %(places)d places: who comes later gets a ticket without a seat number.")
            messages.info(request, words % {"places": places})
    return redirect("events:attendees", event.slug)


@require_POST
@crew_only()
def end(request, event):
    """The day is over: from now on the recap is shown. Pressed again, it runs again."""
    now = timezone.now()
    over = event.is_over(now)
    Event.objects.filter(pk=event.pk).update(ended_at=None if over else now)
    live.tell(event, "programme")
    messages.success(request, _("The event runs again.") if over else _("The recap is open."))
    return redirect("events:recap", event.slug)


@require_POST
@crew_only()
def announce(request, event):
    """Write to those who asked to hear of this stop."""
    count = following.announce(event)
    messages.success(request, ngettext("%(n)d person is told.", "%(n)d people are told.", count) % {"n": count})
    return redirect("dashboard", event.slug)
