"""3,000 people vote in one burst, and three stages read the question wall as fast as they can.

    python -m tests.benchmarks.wall

Read the ratios: queries a vote; how often the wall was made for each second of the burst; processor seconds of a vote
among 3,000 against one among 130.
"""

import os
import tempfile
import time

FEW, MANY, READERS, MOST, SLACK = 130, 3_000, 3, 3, 1.25
STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def burst(event):
    """Everybody votes once and the wall is read after each vote; `(queries of each vote, seconds, processor seconds)`."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from events import passes
    from events.models import Attendee
    from sessions import asking

    Attendee.objects.filter(event=event).update(status="confirmed")
    people = list(event.attendees.all())
    question = asking.ask(event, people[0], "怎么开始？", at=timezone.now(), approved=True)
    phone, path, asked, spent = Client(), f"/attend/{event.slug}/questions/{question.pk}/vote/", [], 0.0
    began = time.perf_counter()
    for person in people:
        phone.cookies[passes.COOKIE] = passes.sign(person)
        with CaptureQueriesContext(connection) as queries:
            before = time.process_time()
            answer = phone.post(path, {"stands": "1"}, headers={"x-fragment": "1"})
            spent += time.process_time() - before
        assert answer.json() == {"standing": True}
        asked.append(sum(row["sql"].startswith(STATEMENTS) for row in queries))
        for _reader in range(READERS):
            asking.wall(event)
    seconds = time.perf_counter() - began
    question.refresh_from_db()
    assert question.votes == len(people)
    return asked, seconds, spent


def main():
    os.environ["VAR_DIR"] = tempfile.mkdtemp()
    os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR", ALLOWED_HOSTS="testserver")
    os.environ["NEXTSTOP_LOCAL"] = "1"  # static files as they lie
    import django

    django.setup()
    from celery.signals import before_task_publish
    from django.core.management import call_command

    from sessions import asking
    from tests.benchmarks import lists

    call_command("migrate", verbosity=0)
    made, really = [], asking._wall
    asking._wall = lambda event: made.append(event.pk) or really(event)  # counts, and makes it
    (few, _browser), (many, _browser) = lists.prepare(FEW), lists.prepare(MANY)
    _asked, _seconds, small = burst(few)
    hints: list = []
    before_task_publish.connect(lambda sender, **_more: hints.append(sender), weak=False)
    made.clear()
    asked, seconds, large = burst(many)
    told = len(hints)
    ratio = (large / MANY) / (small / FEW)
    kept = max(asked) <= MOST and len(made) <= 2 * seconds + 2 and told <= seconds + 1 and ratio <= SLACK
    print(
        f"{MANY} votes, each with at most {max(asked)} queries (goal: {MOST}); "
        f"the wall was asked for {READERS * MANY / seconds:.0f} times a second and made {len(made) / seconds:.1f} times "
        f"(goal: at most 2), workers asked to tell the counts {told / seconds:.1f} times a "
        f"second; a vote costs {ratio:.2f} of one among {FEW} "
        f"{'kept' if kept else 'MISSED'}"
    )
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
