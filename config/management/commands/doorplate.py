"""`manage.py doorplate`: what a person opens next. Printed by `make run`."""

import os
from shlex import quote
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from config import demo, entry
from events.models import Attendee, Event, User
from sessions import speaking

MAIL_BOX = "Mail box"


class Command(BaseCommand):
    help = "Print the addresses of the demo, with one-time log-in links in local mode."

    def handle(self, *args, **options):
        event = Event.objects.published().order_by("starts_at").first()
        if event is None:
            self.stdout.write(f"Nextstop is running: {settings.SITE_URL}/")
            return
        base = settings.SITE_URL
        rows = [("Event page", f"{base}/attend/{event.slug}/")]
        if settings.LOCAL:
            entry.forget_all()
            rows += list(self.links(event))
            rows.append((MAIL_BOX if here(base) else f"{MAIL_BOX} (as Organiser)", f"{base}/-/mail/"))
        rows.append(("Health", f"{base}/-/health/"))
        self.stdout.write("\nNextstop 下一站 is running. Ctrl-C ends it.\n")
        for label, url in rows:
            self.stdout.write(f"  {label:<22} {url}")
        if settings.LOCAL:
            given = [f"{name}={os.environ[name]}" for name in ("SITE_URL", "VAR_DIR") if os.environ.get(name)]
            again = " ".join([*given, "NEXTSTOP_LOCAL=1 .venv/bin/python manage.py doorplate"])
            self.stdout.write(f"  Each link with /-/enter/ logs in once. `{again}` prints fresh ones.")
            self.stdout.write(
                "  One browser (a profile or a private window) for each person: a crew's link logs the one before out. "
                "The organiser alone may open every desk, the door and the stage."
            )
            if closed := demo.closed(event, at=timezone.now()):
                said = f"The demo's day is over: {', '.join(closed)}"
                self.stdout.write(f"  {said}. Begin a new day: Ctrl-C, then `{self.new_day()}`")
            self.stdout.write("")

    def new_day(self) -> str:
        """The command line that throws the demo's data away and makes it anew."""
        folder = settings.VAR_DIR
        if folder == settings.BASE_DIR / "var":
            return "rm -rf var && make run"
        return f"rm -rf {quote(str(folder))} && VAR_DIR={quote(str(folder))} make run"

    def links(self, event):
        """One-time links for the demo's people."""
        people = {
            "Organiser": ("mei", f"/organise/{event.slug}/"),
            "Host (remote)": ("leo", f"/stage/{event.slug}/remote/"),
            "Stage (big screen)": ("leo", f"/stage/{event.slug}/"),
            "Door": ("dana", f"/organise/{event.slug}/door/"),
            "Film editor": ("ed", f"/organise/{event.slug}/film/"),
        }
        for label, (key, then) in people.items():
            user = User.objects.filter(email=f"{key}@nextstop.example").first()
            if user is not None:
                yield label, entry.issue(user, then)
        guests = Attendee.objects.filter(event=event, status=Attendee.Status.CONFIRMED).order_by("number")
        for label, attendee in (("Attendee (on the way)", guests.first()), ("Attendee (inside)", guests[1:2].first())):
            if attendee is not None:
                yield label, entry.issue(attendee, f"/attend/{event.slug}/ticket/")
        if (speaker := event.speakers.order_by("pk").first()) is not None:
            yield "Speaker", speaking.link(speaker)


def here(base) -> bool:
    """Whether a browser of this machine arrives as one: what listens on the network shows the mails to organisers."""
    return urlsplit(base).hostname in {"127.0.0.1", "::1", "localhost"}
