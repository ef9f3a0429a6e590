"""The cast: the same people in every test (and in the demo)."""

import importlib.util
import os
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation

from events import passes
from events.models import Attendee, Contribution, CrewMember, Event, Role, Series, Sponsor, User
from tests.servers import redis_beside

NOW = datetime(2024, 1, 6, 7, 38, tzinfo=UTC)  # 15:38 in Beijing: the panel is on


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests of this process, which has room for one Playwright."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # two cores, two suites: what a person sees at once may take seconds here
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=["--no-sandbox", "--disable-gpu", "--disable-extensions"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def emptied_between_tests():
    """Between tests that commit, the tables are emptied, and only that.

    Django would send `post_migrate` each time, half a second for permissions that no test changes: their tables stay.
    Rows are deleted, which logs refuse: their guards step aside for that moment. PostgreSQL would truncate each table that
    there is, a second for files that were empty before; so only those that hold a row, where the account may do that.
    """
    from django.core.management.commands import flush
    from django.db import connection

    from events import append_only

    stay = {"django_content_type", "auth_permission", "django_migrations"}
    patch = pytest.MonkeyPatch()

    def tables_of_people(style, connection, **options):
        names = [name for name in connection.introspection.django_table_names(only_existing=True) if name not in stay]
        if connection.vendor != "postgresql":
            return connection.ops.sql_flush(style, names, **options)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('is_superuser')")
            if cursor.fetchone() != ("on",):
                return connection.ops.sql_flush(style, names, **options)
            holds = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names]  # noqa: S608
            cursor.execute(" UNION ALL ".join(holds))
            filled = [name for (name,) in cursor.fetchall()]
        unguarded = ["SET LOCAL session_replication_role = replica"]  # no trigger, no foreign key
        return unguarded * bool(filled) + [f"DELETE FROM {name}" for name in filled]  # noqa: S608

    patch.setattr(flush, "sql_flush", tables_of_people)
    patch.setattr(flush, "emit_post_migrate_signal", lambda *arguments: None)
    if connection.vendor == "sqlite":
        operations = type(connection.ops)
        empty = operations.execute_sql_flush

        def emptied(ops, statements):
            with append_only.lifted(ops.connection):
                empty(ops, statements)

        patch.setattr(operations, "execute_sql_flush", emptied)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def own_broker(tmp_path_factory):
    """What tests send lies in a folder of theirs: the product that runs here next, or now, finds no message of a test."""
    from config.celery import app

    options = app.conf.broker_transport_options
    if "data_folder_out" not in options:  # Redis
        return
    own = {name: str(tmp_path_factory.mktemp("broker")) for name in ("queue", "control")}
    folders = {"data_folder_in": own["queue"], "data_folder_out": own["queue"], "control_folder": own["control"]}
    app.conf.broker_transport_options = {**options, **folders}


@pytest.fixture(autouse=True)
def own_language():
    """A test begins as a process does, in no language but the site's: what the page before it spoke does not last."""
    translation.deactivate()


@pytest.fixture
def english(own_language):
    """For a test that reads words without a page that chose a language."""
    translation.activate("en")


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def series(db):
    return Series.objects.create(name="Hi～AI，交个朋友？", name_en="Hi~AI, shall we be friends?", slug="hi-ai")


@pytest.fixture
def beijing(series):
    """The event, running now by the machine's clock, so that pages behave as on the day."""
    from django.utils import timezone

    at = timezone.now()
    return Event.objects.create(
        series=series,
        number=1,
        slug="beijing",
        code="HIAI",
        title="Hi～AI，交个朋友？",
        title_en="Hi~AI, shall we be friends?",
        city="北京",
        city_en="Beijing",
        next_city="上海",
        next_city_en="Shanghai",
        venue="智谱AI",
        address="北京市海淀区中关村东路 1 号",
        timezone="Asia/Shanghai",
        doors_at=at - timedelta(hours=2),
        starts_at=at - timedelta(minutes=98),
        ends_at=at + timedelta(hours=3),
        published_at=at - timedelta(days=20),
        capacity=130,
    )


def account(email, name, event=None, role=None, **fields):
    user = User.objects.create_user(email, name=name, **fields)
    if event is not None:
        CrewMember.objects.create(event=event, user=user, role=role)
    return user


@pytest.fixture
def mei(beijing):
    return account("mei@nextstop.example", "姜一禾", beijing, Role.ORGANISER)


@pytest.fixture
def leo(beijing):
    return account("leo@nextstop.example", "Leo", beijing, Role.HOST)


@pytest.fixture
def dana(beijing):
    return account("dana@nextstop.example", "Dana", beijing, Role.DOOR)


@pytest.fixture
def ed(beijing):
    return account("ed@nextstop.example", "小北", beijing, Role.EDITOR)


@pytest.fixture
def stranger(db):
    return account("stranger@nextstop.example", "Stranger")


def seat(event, name, contact, *, carriage=None, seat=None, status=Attendee.Status.CONFIRMED, **fields):
    """An attendee as the sign-up would have made them: numbered, holding a seat."""
    Event.objects.filter(pk=event.pk).update(tickets_issued=event.tickets_issued + 1)
    event.refresh_from_db()
    attendee = Attendee.objects.create(
        event=event,
        name=name,
        contact=contact,
        number=event.tickets_issued,
        status=status,
        carriage=carriage,
        seat=seat,
        **fields,
    )
    if attendee.holds_a_seat:
        Event.objects.filter(pk=event.pk).update(taken=event.taken + 1)
        event.refresh_from_db()
    return attendee


@pytest.fixture
def bo(beijing):
    return seat(beijing, "林小满", "bo@nextstop.example", carriage=6, seat=11)


@pytest.fixture
def chen(beijing):
    return seat(beijing, "Kevin周", "chen@nextstop.example", carriage=6, seat=12)


@pytest.fixture
def dai(beijing):
    return seat(beijing, "豆包侠", "dai@nextstop.example", carriage=1, seat=8)


@pytest.fixture
def acme(beijing):
    sponsor = Sponsor.objects.create(event=beijing, name="联想", name_en="Lenovo")
    Contribution.objects.create(sponsor=sponsor, what="K7机械键盘", what_en="K7 mechanical keyboard")
    return sponsor


@pytest.fixture
def client_of():
    """A browser in which this user is logged in."""

    def make(user, **headers):
        client = Client(headers=headers or {"accept-language": "en"})
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def as_attendee():
    """A phone that knows this attendee by its signed cookie."""

    def make(attendee, language="en"):
        client = Client(headers={"accept-language": language})
        client.cookies[passes.COOKIE] = passes.sign(attendee)
        return client

    return make


@pytest.fixture
def visitor():
    """A browser that nobody knows."""
    return Client(headers={"accept-language": "en"})


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    """Media of a test stay in its own folder; static files are read where they lie, without collecting them."""
    settings.MEDIA_ROOT = tmp_path / "media"
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    if settings.REDIS_URL:  # a cache of its own for each process: `cache.clear()` empties a whole database of Redis
        own = redis_beside(settings.REDIS_URL, 4 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]))
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": own}}


def pytest_configure(config):
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop in the test's thread


def pytest_collection_modifyitems(config, items):
    """Without a Chromium the browser tests are left out, and one line says so.

    With one, a journey that fails is walked once more: on a busy machine a page can lose a race against a test's clock.
    The summary counts these as "rerun"; a journey that fails twice is a failure.
    """
    here = os.environ.get("CHROMIUM")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(
                pytest.mark.flaky(reruns=1) if here else pytest.mark.skip(reason="no Chromium on this machine")
            )


def pytest_terminal_summary(terminalreporter):
    """One line for what was left out, with the reasons; another for the journeys that were walked twice."""
    reasons = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else "?"
        reasons[reason] = reasons.get(reason, 0) + 1
    told = []
    if reasons:
        each = "; ".join(f"{count} because: {reason}" for reason, count in reasons.items())
        told.append(f"skipped {sum(reasons.values())}: {each}")
    if importlib.util.find_spec("playwright") is None:
        told.append("left out: tests/browser, because: no Chromium on this machine")
    if left_out := terminalreporter.config.option.markexpr:
        told.append(f"left out: what is not `{left_out}`, for time; everything: make test ARGS=\"-m ''\"")
    if told:
        terminalreporter.write_line("; ".join(told), yellow=True)
    if again := sorted({report.nodeid for report in terminalreporter.stats.get("rerun", [])}):
        terminalreporter.write_line(f"walked twice: {', '.join(again)}", yellow=True)


def pytest_sessionfinish(session, exitstatus):
    """Where NOTHING_SKIPPED is set a skipped test fails the run, but for those that begin their reason with "optional: ".

    They need what an operator adds, what a licence keeps out, the other database, or a right that a machine may not
    give (a disk to mount, IPv6); the line of reasons names each.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("NOTHING_SKIPPED") or reporter is None or exitstatus != 0:
        return
    reasons = [report.longrepr[2] for report in reporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    if session.config.option.markexpr or any("optional: " not in reason for reason in reasons):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
