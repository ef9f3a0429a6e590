"""The programme and its feeds from the cache, and with 10 and with 1,000 entries: `python -m tests.benchmarks.programme`.

Read the ratios: processor seconds of this process, so that other load on the machine does not count. A page from the
cache stands against a view that answers two letters, behind the same middleware, in the same run, in turns. The page of
an edition that is not printed yet may cost at most linearly more with more entries.
"""

import gc
import io
import os
import statistics
import tempfile
import time
from datetime import timedelta

FEW, MANY, ROUNDS, ASKED, GOAL, SLACK = 10, 1_000, 9, 60, 0.60, 1.25
PAGES = ("programme/", "programme.ics", "schedule.json", "schedule.xml")


def prepare(count):
    """An announced programme of so many entries, with a speaker each."""
    from django.utils import timezone

    from events.models import Event, Series
    from sessions import publishing
    from sessions.models import Appearance, Speaker, Talk

    at = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=9)
    event = Event.objects.create(
        series=Series.objects.get_or_create(slug="hi", defaults={"name": "Hi"})[0],
        number=count,
        slug=f"with-{count}",
        code=f"P{count}",
        title="Hi",
        city="Beijing",
        doors_at=at,
        starts_at=at,
        ends_at=at + timedelta(days=4),
        published_at=timezone.now(),
    )
    talks = Talk.objects.bulk_create(
        Talk(
            event=event,
            title=f"数字人 {n}",
            abstract="它从哪里来。" * 8,
            starts_at=at + timedelta(minutes=30 * (n // 6)),
            minutes=30,
            room=f"R{n % 6}",
        )
        for n in range(count)
    )
    speakers = Speaker.objects.bulk_create(Speaker(event=event, name=f"讲者{n}") for n in range(count))
    Appearance.objects.bulk_create(
        Appearance(talk=talk, speaker=speaker) for talk, speaker in zip(talks, speakers, strict=True)
    )
    publishing.publish(event, by=None, at=timezone.now(), tell=False)
    return event


def asker():
    """`ask(path)` is one request at the site's WSGI application, as a browser that nobody knows; it gives the body."""
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.urls import path

    from config import urls

    urls.urlpatterns.insert(0, path("trivial", lambda request: HttpResponse(b"ok")))
    application = get_wsgi_application()

    def ask(path):
        path, _mark, query = path.partition("?")
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "testserver"}
        environ |= {"SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http"}
        environ |= {"wsgi.input": io.BytesIO(), "HTTP_ACCEPT_LANGUAGE": "en", "REMOTE_ADDR": "127.0.0.1"}
        said = []
        answer = application(environ, lambda status, headers, _error=None: said.append(status))
        body = b"".join(answer)
        answer.close()
        assert said[0].startswith("200") and body, (path, said)
        return body

    return ask


def spent(work, times):
    began = time.process_time()
    for _ in range(times):
        work()
    return time.process_time() - began


def rates(ask, event):
    """What part of the trivial view's rate each cached page has, in the middle of some rounds."""
    found = {}
    for name in PAGES:
        address = f"/attend/{event.slug}/{name}"
        ask(address), ask("/trivial")
        shares = []
        for _ in range(ROUNDS):
            gc.collect()
            shares.append(spent(lambda: ask("/trivial"), ASKED) / spent(lambda at=address: ask(at), ASKED))
        found[name] = statistics.median(shares)
    return found


def printing(ask, event, name):
    """Seconds to print one page anew, the least of some rounds: a touch makes a new edition."""
    from sessions.models import Edition

    least = []
    for _ in range(3):
        Edition.touch(event.pk)
        gc.collect()
        least.append(spent(lambda: ask(f"/attend/{event.slug}/{name}"), 1))
    return min(least)


def main():
    os.environ["VAR_DIR"] = tempfile.mkdtemp()
    os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR", ALLOWED_HOSTS="testserver")
    os.environ["NEXTSTOP_LOCAL"] = "1"  # static files as they lie
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    few, many, ask = prepare(FEW), prepare(MANY), asker()
    kept = True
    for event, count in ((few, FEW), (many, MANY)):
        for name, share in rates(ask, event).items():
            kept &= share >= GOAL
            print(
                f"{name:14} of {count:5} entries from the cache: {share:.2f} of the rate of a trivial view "
                f"(goal: at least {GOAL:.2f}) {'kept' if share >= GOAL else 'MISSED'}",
                flush=True,
            )
    for name in PAGES:
        small, large = printing(ask, few, name), printing(ask, many, name)
        ratio = (large / MANY) / (small / FEW)
        kept &= ratio <= SLACK
        print(
            f"{name:14} printed anew: {1000 * small:7.1f} ms with {FEW}, {1000 * large:7.1f} ms with {MANY}: "
            f"{ratio:.3f} an entry (goal: at most 1) {'kept' if ratio <= SLACK else 'MISSED'}",
            flush=True,
        )
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
