"""The only views that look at all apps: the front page, the organiser's list of events, the dashboard."""

from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import is_valid_path, resolve, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config import overview
from events import passes, scenes
from events.access import attendee_for, crew_only, has_second_factor, public, signed_in
from events.admin_scope import may_enter
from events.jobs import retry
from events.models import Event, Role, Stage


@public
def home(request):
    """The front page: the stops that are coming, and those that were; whoever is at one of them is called here, too."""
    now = timezone.now()
    published = Event.objects.published().select_related("series").order_by("-starts_at")
    coming = [event for event in published if not event.is_over(now) and event.ends_at > now]
    past = [event for event in published if event not in coming]
    _at_a_running_event(request, published, now)
    response = render(request, "config/home.html", {"coming": coming[::-1], "past": past, "at": now})
    if getattr(request, "attendee", None):
        add_never_cache_headers(response)
    return response


def _at_a_running_event(request, published, at) -> None:
    """Whose ticket of an event that is running this device holds, as on that event's pages; a stranger's session stays shut."""
    if not request.COOKIES.keys() & {passes.COOKIE, settings.SESSION_COOKIE_NAME}:
        return
    for event in published:
        if event.is_running(at) and (attendee := attendee_for(request, event)):
            request.event, request.attendee = event, attendee
            return


@public
def short_link(request, code, number=None):
    """/HIAI opens the event, or the box; /HIAI/4 the proof of the fourth draw, /HIAI?c=… the check-in: what fits a QR."""
    event = Event.objects.published().filter(code=code.upper()).first()
    if event is None:
        return _with_a_slash(request)
    if "c" in request.GET and attendee_for(request, event):  # the welcome scene: whoever has a ticket checks in with it
        return redirect(f"{reverse('events:board', args=[event.slug])}?{urlencode({'c': request.GET['c'][:12]})}")
    if number:
        return redirect("raffle:proof", event.slug, number)
    return redirect("raffle:luck" if _draws(event) and attendee_for(request, event) else "events:event", event.slug)


def _draws(event) -> bool:
    """Whether the stage shows the raffle: whoever has a ticket takes part from its address then, scanned or typed."""
    stage = Stage.objects.filter(event=event).first()
    return stage is not None and event.is_running(timezone.now()) and scenes.get(stage.scene).page == "raffle:luck"


def _with_a_slash(request):
    """An address that only lacks its last slash (`/organise`) looks like a short one: on to the page, else 404."""
    if not request.path.endswith("/") and is_valid_path(f"{request.path_info}/"):
        match = resolve(f"{request.path_info}/")
        if match.url_name != "short":
            return redirect(request.get_full_path(force_append_slash=True))
    raise Http404


@public
def security_txt(request):
    """RFC 9116: where to report a hole. The operator's address, or the site's sender of mails."""
    contact = settings.SECURITY_CONTACT or f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    until = (timezone.now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [f"Contact: {contact}", f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: zh, en"]
    lines.append(f"Canonical: {settings.SITE_URL}{request.path}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@public
def admin_login(request):
    """The admin's own log-in form knows no second factor: everybody comes in through the house's door.

    Who is logged in and is sent here may not enter: for want of a second factor, or because it is no place of theirs.
    """
    if not request.user.is_authenticated:
        return redirect(f"{settings.LOGIN_URL}?next={quote(request.GET.get('next', '/admin/'), safe='/')}")
    if may_enter(request):
        return redirect("admin:index")
    if settings.CREW_NEEDS_SECOND_FACTOR and not has_second_factor(request.user):
        return redirect("mfa_index")
    raise Http404


@signed_in
def organise(request):
    """The events that this person helps to run; straight to it when there is one."""
    events = list(Event.objects.run_by(request.user).select_related("series"))
    if len(events) == 1 and "all" not in request.GET:
        return redirect("dashboard", events[0].slug)
    return render(
        request, "config/organise.html", {"events": events, "at": timezone.now(), "organises": may_enter(request)}
    )


@crew_only(Role.HOST, Role.DOOR, Role.EDITOR)
def dashboard(request, event):
    """What needs a person now, and the state of everything. Each role sees its part; the door's is the door itself."""
    if request.crew_roles == {Role.DOOR}:
        return redirect("events:door", event.slug)
    return render(request, "config/dashboard.html", overview.dashboard(request, event, timezone.now()))


@crew_only(Role.HOST, Role.EDITOR)
def dashboard_needs(request, event):
    """The dashboard's moving parts as a fragment."""
    return render(request, "config/dashboard_body.html", overview.dashboard(request, event, timezone.now()))


@crew_only(Role.EDITOR)
def jobs(request, event):
    """What the workers are doing, and what failed."""
    return render(request, "config/jobs.html", overview.jobs(event, timezone.now()))


@require_POST
@crew_only(Role.EDITOR)
def job_again(request, event, job):
    """Try a failed job once more."""
    row = get_object_or_404(event.jobs, pk=job)
    if retry(row):
        messages.success(request, _("It runs again."))
    else:
        messages.info(request, _("Somebody has started it already."))
    return redirect("jobs", event.slug)
