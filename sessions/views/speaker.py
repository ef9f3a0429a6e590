"""The speaker's own page, behind the signed link in their mail; the monitor before them on the day."""

import functools

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from events.access import anyone, crew_only
from events.models import Role
from sessions import feedback, portraits, programme, slides, speaking
from sessions.forms import AbstractForm, SpeakerForm
from sessions.models import Appearance, Material, Speaker


def _speaker(request, event):
    """The speaker whom this browser knows; 404 otherwise."""
    found = speaking.known_to(request, event)
    if found is None:
        raise Http404
    return found


@never_cache
@anyone
def enter(request, event, signed):
    """The link of the mail: this browser knows the speaker from now on, and the address bar does not."""
    speaker = speaking.read(event, signed)
    if speaker is None:
        raise Http404
    request.session[speaking.KEY.format(event.pk)] = f"{speaker.pk}.{speaker.link_version}"
    return redirect("talks:speaker", event.slug)


def measured(view=None, *, most=slides.MOST_BYTES):
    """Refuse a body that is too large by its announced length, before it is read: nothing of it reaches the disk.

    `most` is in bytes. A body that does not say how large it is is not read either.
    """
    if view is None:
        return functools.partial(measured, most=most)

    @csrf_exempt  # Django's own check would read the whole body first; it is made below
    @functools.wraps(view)
    def wrapper(request, event, *args, **kwargs):
        length = request.META.get("CONTENT_LENGTH") or ""
        if request.method == "POST" and not length.isdecimal():
            return unread(
                request, event, status=411, error=_("Your browser did not say how large the file is. Try another one.")
            )
        if length.isdecimal() and int(length) > most + 100_000:
            words = {"mb": int(length) // 1_000_000, "most": most // 1_000_000}
            error = _("%(mb)d MB; the limit is %(most)d. Export it with smaller pictures.") % words
            return unread(request, event, status=413, error=error)
        return csrf_protect(view)(request, event, *args, **kwargs)

    return wrapper


@anyone
def unread(request, event, *, status, error):
    """The speaker's page with the reason; what was typed and shared before is all there."""
    request._read_started = True
    request._post, request._files = QueryDict(), MultiValueDict()
    return _page(request, event, _speaker(request, event), status=status, error=error)


@measured(most=portraits.MOST_BYTES)
@never_cache
@anyone
def page(request, event):
    """Own talks, own words, own slides, the questions to them, and what the room thought."""
    speaker = _speaker(request, event)
    form = SpeakerForm(request.POST or None, request.FILES or None, instance=speaker)
    if request.method == "POST" and form.is_valid():
        _keep(form)
        messages.success(request, _("Saved."))
        return redirect("talks:speaker", event.slug)
    return _page(request, event, speaker, form=form, status=422 if form.errors else 200)


def _keep(form) -> None:
    """Write what the form asks for and nothing else: meanwhile somebody has begun the talk, or replaced the link."""
    form.save(commit=False).save(update_fields=[name for name in form.fields if name in form._meta.fields])


def _page(request, event, speaker, *, form=None, abstract=None, typed=None, status=200, error=""):
    """`abstract` and `typed` are what was refused: a form, and `(talk, fields)`. It stands where it was typed."""
    now = timezone.now()
    today = {line.talk.pk: line for line in programme.day(event, at=now).lines}
    rows = []
    for part in speaker.appearances.select_related("talk").order_by("talk__starts_at"):
        talk = part.talk
        rows.append(
            {
                "part": part,
                "talk": talk,
                "line": today.get(talk.pk),
                "shown": today[talk.pk].talk if talk.pk in today else talk,
                "form": abstract
                if abstract and abstract.instance == talk
                else AbstractForm(instance=talk, prefix=f"t{talk.pk}"),
                "typed": typed[1] if typed and typed[0] == talk.pk else None,
                "materials": talk.materials.all(),
                "questions": talk.questions.public().select_related("attendee").by_votes()[:30],
                "feedback": feedback.counts(talk) if feedback.has_begun(talk, today.get(talk.pk), at=now) else None,
            }
        )
    context = {
        "event": event,
        "speaker": speaker,
        "form": form or SpeakerForm(instance=speaker),
        "rows": rows,
        "error": error,
        "kinds": [choice for choice in Material.Kind.choices if choice[0] in (Material.Kind.TEXT, Material.Kind.CODE)],
        "most": slides.MOST_BYTES // 1_000_000,
        "most_bytes": slides.MOST_BYTES,
    }
    return render(request, "sessions/speaker.html", context, status=status)


@require_POST
@measured
@never_cache
@anyone
def speaker_act(request, event, talk, act):
    """Confirm or decline a part, change the abstract, share or take back slides and prompts."""
    speaker, now = _speaker(request, event), timezone.now()
    part = get_object_or_404(Appearance.objects.select_related("talk__event"), speaker=speaker, talk=talk)
    if act in ("confirm", "decline"):
        speaking.confirm(part, comes=act == "confirm", at=now)
    elif act == "abstract":
        form = AbstractForm(request.POST, instance=part.talk, prefix=f"t{talk}")
        if not form.is_valid():
            return _page(request, event, speaker, abstract=form, status=422, error=_("That abstract is too long."))
        _keep(form)
    elif act == "share":
        error = _share(request, part.talk, now)
        if error:
            typed = None if request.FILES else (part.talk_id, request.POST)
            return _page(request, event, speaker, typed=typed, status=422, error=error)
    elif act == "when":
        row = _material(request, part.talk)
        speaking.open_(row, when=request.POST.get("when", ""), at=now)
    elif act == "unshare":
        _material(request, part.talk).delete()
    else:
        raise Http404
    messages.success(request, _("Saved."))
    return redirect("talks:speaker", event.slug)


def _material(request, talk) -> Material:
    asked = request.POST.get("material", "")
    return get_object_or_404(talk.materials, pk=int(asked) if asked.isdecimal() and len(asked) < 19 else 0)


def _share(request, talk, now):
    """What is wrong with what the speaker shares, in words; "" when it is kept."""
    when, title = request.POST.get("when", ""), request.POST.get("title", "")
    try:
        if "picture" in request.FILES:
            speaking.share_picture(talk, request.FILES["picture"], title=title, when=when, at=now)
        elif "file" in request.FILES:
            speaking.share_slides(talk, request.FILES["file"], title=title, when=when, at=now)
        else:
            kind = request.POST.get("kind")
            kind = kind if kind in (Material.Kind.TEXT, Material.Kind.CODE) else Material.Kind.TEXT
            speaking.share_text(talk, title=title, text=request.POST.get("text", ""), kind=kind, when=when, at=now)
    except (slides.Refused, portraits.Refused) as reason:
        return str(reason)
    except speaking.TooLong as long:
        return _("%(n)d characters; the limit is %(most)d.") % {"n": long.args[0], "most": speaking.LONGEST_TEXT}
    except ValueError:
        return _("Choose a file, or write what is to be shared.")
    return ""


@anyone
def material(request, event, material, kind):
    """Slides that were let out, or the speaker's own, or for the crew."""
    row = get_object_or_404(Material.objects.select_related("talk"), pk=material, talk__event=event)
    public = programme.let_out(event, at=timezone.now()).filter(pk=row.pk).exists()
    if not public and not request.crew_roles:
        own = _speaker(request, event)
        if not row.talk.appearances.filter(speaker=own).exists():
            raise Http404
    field = {"slides.pdf": row.file, "first.jpg": row.preview, "picture.jpg": row.preview}.get(kind)
    if not field:
        raise Http404
    response = FileResponse(field.open("rb"), as_attachment=False, filename=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"  # a PDF may hold scripts
    response["Cache-Control"] = "private, max-age=60"
    return response


@crew_only(Role.HOST)
def monitor(request, event):
    """What the person on stage sees: minutes left in a colour, what follows, the question on top; of one track."""
    now = timezone.now()
    track = request.GET.get("track", "")
    today = programme.day_of(event, track, at=now) if track else programme.day(event, at=now)
    onair = event.questions.public().filter(pinned_at__isnull=False).first()
    context = {"event": event, "today": today, "at": now, "onair": onair, "track": track}
    part = "X-Fragment" in request.headers
    return render(request, "sessions/monitor_body.html" if part else "sessions/monitor.html", context)


@require_POST
@crew_only(Role.HOST)
def invite(request, event, speaker):
    """Mail a speaker their link (again)."""
    row = get_object_or_404(Speaker.objects.select_related("event"), pk=speaker, event=event)
    if speaking.invite(row, again=True):
        messages.success(request, _("The link is on its way to %(name)s.") % {"name": row.name})
    else:
        messages.error(request, _("%(name)s has no mail address here.") % {"name": row.name})
    return redirect("talks:speakers", event.slug)


@require_POST
@crew_only()
def address(request, event, speaker):
    """Where mails to a speaker go. Who still has none hears of no change."""
    row = get_object_or_404(Speaker, pk=speaker, event=event)
    mail = request.POST.get("mail", "").strip()
    try:
        Speaker._meta.get_field("mail").run_validators(mail)
    except ValidationError:
        messages.error(request, _("“%(mail)s” is no mail address.") % {"mail": mail[:80]})
    else:
        Speaker.objects.filter(pk=row.pk).update(mail=mail)
        messages.success(request, _("Saved."))
    return redirect("talks:speakers", event.slug)


@crew_only(Role.HOST)
def speakers(request, event):
    """Everybody who speaks: confirmed or not, has a link or not."""
    rows = event.speakers.prefetch_related("appearances__talk").select_related("event")
    links = [(row, speaking.link(row)) for row in rows]
    context = {"event": event, "speakers": links, "crew_roles": request.crew_roles}
    return render(request, "sessions/speakers.html", context)
