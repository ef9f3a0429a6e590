"""A house of real processes that can be killed: web, worker and beat as `make run` starts them, on a database of its own.

`python -m tests.raffle.killed_world` (run by `House`) writes the people and prints who they are.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
PEOPLE = int(os.environ.get("HOUSE_PEOPLE", "12"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """`servers`: "" for the embedded defaults, else (DATABASE_URL, REDIS_URL) of servers to use; `people` in the room."""

    def __init__(self, folder, servers=(), people=12):
        from config import runner

        self.port, self.children = free_port(), {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))}
        os.environ, before = kept, os.environ
        try:
            self.env = runner.environment()
        finally:
            os.environ = before
        self.env |= {"VAR_DIR": str(folder), "PORT": str(self.port), "SITE_URL": f"http://127.0.0.1:{self.port}"}
        self.env |= {
            "HOUSE_PEOPLE": str(people),
            "SECRET_KEY": "killed" * 10,
            "OPENAI_API_KEY": "",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "",
        }
        if servers:
            self.env |= {"DATABASE_URL": servers[0], "REDIS_URL": servers[1]}
        self.lines = runner.commands(self.env)
        self.manage("migrate", "-v0")
        answer = subprocess.run(
            [sys.executable, "-m", "tests.raffle.killed_world"], cwd=ROOT, env=self.env, capture_output=True, text=True
        )
        assert answer.returncode == 0, answer.stderr
        self.cast = json.loads(answer.stdout.strip().splitlines()[-1])
        for name in ("web", "worker", "beat"):
            self.start(name)
        self.wait(self.up, 60, "the first page")
        self.host = self.browser(self.cast["host"])
        self.host.get("/stage/beijing/raffle/")

    def manage(self, *words):
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, check=True, capture_output=True)

    def start(self, name):
        log = open(Path(self.env["VAR_DIR"]) / f"{name}.log", "ab")
        self.children[name] = subprocess.Popen(
            self.lines[name], cwd=ROOT, env=self.env, start_new_session=True, stdout=log, stderr=log
        )

    def kill(self, *names):
        """kill -9 of the whole session of each."""
        for name in names:
            child = self.children.pop(name, None)
            if child is not None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def up(self):
        try:
            return httpx.get(f"{self.env['SITE_URL']}/-/ready/", timeout=2).status_code in (200, 503)
        except httpx.HTTPError:
            return False

    def wait(self, condition, seconds, what):
        """How long it took until the condition held."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < seconds, f"never happened: {what}"
            time.sleep(0.2)
        return time.monotonic() - began

    def browser(self, cookies):
        idle = httpx.Limits(keepalive_expiry=2)  # the server ends an idle line after five: a request must not meet that
        return httpx.Client(base_url=self.env["SITE_URL"], cookies=cookies, timeout=20, limits=idle)

    def post(self, path, **fields):
        headers = {"X-CSRFToken": self.host.cookies["nextstop_csrf"], "Accept": "application/json"}
        return self.host.post(f"/stage/beijing/raffle/{path}", data=fields, headers=headers)

    def show(self, scene):
        """Put a scene on the stage."""
        headers = {"X-CSRFToken": self.host.cookies["nextstop_csrf"]}
        self.host.post("/stage/beijing/show/", data={"scene": scene}, headers=headers)

    def draw(self):
        """The newest draw as the stage reads it; None while the web is away or nothing was drawn."""
        try:
            return self.host.get("/stage/beijing/raffle/state.json").json()["draw"]
        except (httpx.HTTPError, ValueError):  # no answer, or half a one
            return None

    def phase(self, *wanted):
        def check():
            draw = self.draw()
            return draw is not None and draw["phase"] in wanted

        return check

    def proof(self):
        return self.host.get("/attend/beijing/raffle/proof.json").json()

    def end(self):
        self.kill(*list(self.children))


class StageBrowser:
    """A Chromium of its own as the stage, killed as a machine that loses its power; it comes back with its profile."""

    def __init__(self, house, browser_type, folder):
        self.house, self.browser_type, self.folder = house, browser_type, folder
        self.start()

    def start(self):
        """A new process, without waiting for the page: the web may be away."""
        self.debugging = free_port()
        command = [os.environ["CHROMIUM"], "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=960,540"]
        command += ["--force-prefers-reduced-motion", f"--user-data-dir={self.folder}"]
        command += [f"--remote-debugging-port={self.debugging}", "about:blank"]
        quiet = subprocess.DEVNULL
        self.child = subprocess.Popen(command, start_new_session=True, stdout=quiet, stderr=quiet)
        self.page = None

    def kill(self):
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def shows(self):
        """The stage's page, opened when it is not yet."""
        if self.page is None:
            browser = self.browser_type.connect_over_cdp(f"http://127.0.0.1:{self.debugging}")
            context, site = browser.contexts[0], self.house.env["SITE_URL"]
            context.add_cookies([{"name": n, "value": v, "url": site} for n, v in self.house.cast["host"].items()])
            page = context.pages[0]
            page.goto(f"{site}/stage/beijing/", wait_until="domcontentloaded")
            self.page = page
        return self.page


def write():
    """One event, its host, people in the room; prints the host's cookies and the prize."""
    from django.test import Client
    from django.utils import timezone

    from events import passes
    from events.models import CheckIn, CrewMember, Event, Series, User
    from raffle import entering
    from raffle.models import Prize, Raffle
    from tests.conftest import seat

    at = timezone.now()
    series = Series.objects.create(name="x", slug="x")
    times = {"doors_at": at, "starts_at": at, "ends_at": at + timezone.timedelta(hours=5), "published_at": at}
    event = Event.objects.create(
        series=series, slug="beijing", code="HIAI", title="x", city="北京", capacity=130, **times
    )
    raffle = entering.raffle_of(event, at=at)
    Raffle.objects.update(delay=8_000_000, delay_fixed=True, countdown_ms=10_000)
    phones = []
    for n in range(PEOPLE):
        person = seat(event, f"乘客{n}", f"p{n}@nextstop.example")
        CheckIn.objects.create(attendee=person, at=at)
        entrant, _secret = entering.enter_on_paper(raffle, person)
        phones.append([{passes.COOKIE: passes.sign(person)}, entrant.eid])
    user = User.objects.create_user("leo@nextstop.example", name="Leo")
    CrewMember.objects.create(event=event, user=user, role="host")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    prize = Prize.objects.create(event=event, name="K7", quantity=99)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    print(json.dumps({"host": cookies, "prize": prize.pk, "phones": phones}))


if __name__ == "__main__":
    import django

    django.setup()
    write()
