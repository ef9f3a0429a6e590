"""Lists, exports, the desk and the door with 130 and with 30,000 people: `python -m tests.benchmarks.lists`.

Nine of ten have a seat and the rest wait; two of three of those are inside, by two doors.

Read the ratio: processor seconds of this process a person, so that other load on the machine does not count. At most
linear means at most 1 (a page of the list shows fifty people, however many there are: there the whole page counts).
"""

import gc
import os
import tempfile
import time
from datetime import timedelta

FEW, MANY, ROUNDS, SLACK = 130, 30_000, 3, 1.25


def prepare(count):
    """An event with so many people, most of them seated and inside; `(event, its organiser's browser)`."""
    from django.test import Client
    from django.utils import timezone

    from events.models import Attendee, CheckIn, CrewMember, Event, Series, User

    at, seated = timezone.now(), count * 9 // 10
    event = Event.objects.create(
        series=Series.objects.get_or_create(slug="hi", defaults={"name": "Hi"})[0],
        number=count,
        slug=f"with-{count}",
        code=f"W{count}",
        title="Hi",
        city="Beijing",
        doors_at=at + timedelta(days=9),
        starts_at=at + timedelta(days=9),
        ends_at=at + timedelta(days=9, hours=4),
        published_at=at,
        capacity=seated,
        taken=seated,
        tickets_issued=count,
        seats_per_carriage=-(-seated // 10),
    )
    Attendee.objects.bulk_create(
        (
            Attendee(
                event=event,
                number=number,
                name=f"人{number}",
                contact=f"p{number}@nextstop.example",
                status="confirmed" if number <= seated else "waitlisted",
                carriage=(number - 1) % 10 + 1 if number <= seated else None,
                seat=(number - 1) // 10 + 1 if number <= seated else None,
                queued_at=at + timedelta(milliseconds=number),
            )
            for number in range(1, count + 1)
        ),
        batch_size=500,
    )
    people = event.attendees.confirmed().order_by("number").values_list("pk", "number")
    CheckIn.objects.bulk_create(
        (CheckIn(attendee_id=pk, at=at, door=str(number % 2 + 1)) for pk, number in people if number % 3),
        batch_size=500,
    )
    mei = User.objects.get_or_create(email="mei@nextstop.example", defaults={"name": "Mei"})[0]
    CrewMember.objects.create(event=event, user=mei, role="organiser")
    browser = Client()
    browser.force_login(mei, backend="django.contrib.auth.backends.ModelBackend")
    return event, browser


def cost(browser, path):
    """`(processor seconds, queries)` of a page, the least of some rounds."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    spent, asked = [], 0
    for _ in range(ROUNDS):
        gc.collect()
        with CaptureQueriesContext(connection) as queries:
            began = time.process_time()
            answer = browser.get(path)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            spent.append(time.process_time() - began)
        assert answer.status_code == 200 and body, (path, answer.status_code)
        asked = len(queries)
    return min(spent), asked


PAGES = (  # name, path
    ("list, first page", "attendees/"),
    ("list, a page far in", "attendees/?page=3"),
    ("list, searched", "attendees/?q=人12"),
    ("desk", ""),
    ("export, CSV", "attendees/export/"),
    ("export, Excel", "attendees/export/?as=xlsx"),
    ("badges' page", "badges/"),
    ("badges after a number", "badges/?after=100"),
    ("seats", "seats/"),
    ("door", "door/"),
    ("door, how many", "door/counts/"),
)


def main():
    os.environ["VAR_DIR"] = tempfile.mkdtemp()
    os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR", ALLOWED_HOSTS="testserver")
    os.environ["NEXTSTOP_LOCAL"] = "1"  # static files as they lie
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    (few, browser), (many, _browser) = prepare(FEW), prepare(MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    kept = True
    for name, path in PAGES:
        small, few_queries = cost(browser, f"/organise/{few.slug}/{path}")
        large, many_queries = cost(browser, f"/organise/{many.slug}/{path}")
        ratio = (large / MANY) / (small / FEW)
        good = ratio <= SLACK and few_queries == many_queries
        kept &= good
        print(
            f"{name:22} {1000 * small:8.1f} ms with {FEW}, {1000 * large:8.1f} ms with {MANY}: "
            f"{ratio:6.3f} a person (goal: at most 1, and {SLACK} for what a busy machine adds), {few_queries} and {many_queries} queries "
            f"{'kept' if good else 'MISSED'}",
            flush=True,
        )
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
