"""The programme from a text agenda: paste, look at what was read, mend it, make it."""

from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events import live
from events.access import crew_only
from events.db import write_gate
from events.text import clean_text
from sessions import agenda, wall_clock
from sessions.models import Appearance, Speaker, Talk

WHY = {
    "time": gettext_lazy("no time at the beginning"),
    "title": gettext_lazy("nothing after the time"),
    "order": gettext_lazy("earlier than the line above"),
    "end": gettext_lazy("ends before it starts"),
}
MOST = 200
LONGEST = 50_000  # characters
SHORTEST_BREAK = 10  # minutes: the rest of a pasted break may take a delay


@crew_only()
def paste(request, event):
    """Step one: the text. Step two: a table to correct. Step three: entries, all or none."""
    text = request.POST.get("text", "")[:LONGEST]
    if request.POST.get("step") == "make":
        return _make(request, event)
    entries, problems = agenda.read(text) if text else ([], [])
    rows = [
        {
            "time": f"{entry.start // 60:02d}:{entry.start % 60:02d}",
            "minutes": entry.minutes,
            "title": entry.title,
            "people": "、".join(entry.people),
            "kind": entry.kind,
        }
        for entry in entries[:MOST]
    ]
    told = [(problem.line, problem.text[:80], WHY[problem.code]) for problem in problems[:20]]
    if len(entries) > MOST or len(request.POST.get("text", "")) > LONGEST:
        words = _("only the first %(n)d entries were read: paste the rest afterwards") % {"n": len(rows)}
        told.insert(0, (len(rows), "…", words))
    return _show(request, event, text=text, rows=rows, problems=told)


def _show(request, event, *, text="", rows=(), problems=(), status=200):
    context = {"event": event, "text": text, "rows": rows, "problems": problems, "kinds": Talk.Kind.choices}
    return render(request, "sessions/paste.html", context, status=status)


def _make(request, event):
    columns = [request.POST.getlist(name) for name in ("time", "minutes", "title", "people", "kind")]
    rows = [
        dict(zip(("time", "minutes", "title", "people", "kind"), row, strict=False))
        for row in zip(*columns, strict=False)
    ]
    talks, wrong, clock = [], [], 0
    for number, row in enumerate(rows[:MOST], 1):
        try:
            clock += wall_clock.ahead(clock % 1440, _clock(row["time"]))
            talks.append(
                (
                    _talk(event, row, clock),
                    [
                        clean_text(name)[:60]
                        for name in row["people"].replace("，", "、").replace(",", "、").split("、")
                    ],
                )
            )
        except wall_clock.NoSuchTime:
            wrong.append((number, row["title"][:80], _("this time does not exist on that day: the clocks go forward")))
        except ValueError:
            wrong.append((number, row["title"][:80], _("time, minutes or title are missing")))
    if wrong or not talks:
        return _show(request, event, rows=rows, problems=wrong, status=422)
    with write_gate(), transaction.atomic():
        for talk, names in talks:
            talk.save()
            for order, name in enumerate(dict.fromkeys(filter(None, names))):  # somebody named twice comes once
                speaker, _new = Speaker.objects.get_or_create(event=event, name=name)
                Appearance.objects.create(
                    talk=talk,
                    speaker=speaker,
                    order=order,
                    role=Appearance.Role.PANELIST if talk.kind == Talk.Kind.PANEL else Appearance.Role.SPEAKER,
                )
        live.tell(event, "programme")
    messages.success(request, _("%(n)d entries are in the programme.") % {"n": len(talks)})
    return redirect("talks:run", event.slug)


def _clock(text) -> int:
    """Minutes after midnight of "14:05"; raises ValueError."""
    hour, minute = (int(part) for part in text.split(":"))
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise ValueError
    return hour * 60 + minute


def _talk(event, row, clock) -> Talk:
    """An unsaved entry in the event's zone, so many minutes after the midnight before the agenda's first."""
    minutes, title = int(row["minutes"]), clean_text(row["title"])[:120]
    if not title or not 1 <= minutes <= 1440 or row["kind"] not in Talk.Kind.values:
        raise ValueError
    days, (hour, minute) = clock // 1440, divmod(clock % 1440, 60)
    if days:
        day = event.local(event.doors_at).date() + timedelta(days=days)
        at = wall_clock.moment(day, hour, minute, event.zone)
    else:  # long before the doors is after midnight
        at = wall_clock.on_the_day(event.doors_at, hour, minute, event.zone)
    least = min(minutes, SHORTEST_BREAK) if row["kind"] == Talk.Kind.BREAK else 0
    return Talk(event=event, kind=row["kind"], title=title, starts_at=at, minutes=minutes, least_minutes=least)
