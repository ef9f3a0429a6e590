"""The database or Redis goes away on the day, and comes back: what people see, what is kept, what heals by itself."""

import contextlib
import json
import re
import threading
import time

import httpx
import pytest

from events.models import Attendee
from tests.faults.installation import SERVERS, Installation, wait_until
from tests.smtp_server import SmtpServer

pytestmark = [
    pytest.mark.fault,
    pytest.mark.xdist_group("installation"),
    pytest.mark.timeout(420),
    pytest.mark.skipif(not SERVERS, reason="needs PostgreSQL and Redis (DATABASE_URL, REDIS_URL)"),
]
REGISTER = "/attend/beijing/register/"


@pytest.fixture(scope="module")
def mail_server():
    with SmtpServer() as server:
        yield server


@pytest.fixture(scope="module")
def production(tmp_path_factory, mail_server):
    """Every service of docker-compose.yml, with the demo in it: one installation for all tests of this file."""
    installation = Installation(
        tmp_path_factory.mktemp("production"), SMTP_HOST="127.0.0.1", SMTP_PORT=str(mail_server.port), SMTP_TLS="0"
    )
    installation.python("from config import demo; demo._shots = lambda *a: None; demo.seed()")
    installation.start()
    wait_until(installation.answers, seconds=60, what="the pages answer")
    wait_until(lambda: hub_answers(installation), seconds=60, what="the hub answers")
    yield installation
    installation.stop()


def hub_answers(installation):
    try:
        return httpx.get(f"http://127.0.0.1:{installation.hub_port}/live/beijing/since").status_code == 200
    except httpx.HTTPError:
        return False


def sign_up(installation, name, contact):
    """A newcomer's browser: reads the form, waits as a person would, sends it. Returns the answer."""
    with httpx.Client(base_url=installation.site.base_url, headers=installation.site.headers, timeout=30) as phone:
        page = phone.get(REGISTER)
        assert page.status_code == 200
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        cookie = "; ".join(f"{key}={value}" for key, value in page.cookies.items())
        time.sleep(1.2)
        return phone.post(
            REGISTER,
            data={**hidden, "name": name, "contact": contact},
            headers={"referer": f"https://meet.example.org{REGISTER}", "cookie": cookie},
        )


def sent_to(mail_server, who):
    """How many mails the mail server took for this person."""
    return sum(mail["To"].startswith(who) for mail in mail_server.mails)


def signed_up(installation, contact):
    return installation.rows(f"SELECT status FROM events_attendee WHERE contact = '{contact}'")  # noqa: S608


LOG_IN = """
from django.conf import settings
from django.test import Client
from events.models import User
client = Client()
client.force_login(User.objects.get(email="mei@nextstop.example"), "django.contrib.auth.backends.ModelBackend")
print(settings.SESSION_COOKIE_NAME + "=" + client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


def move_the_stage(installation, scene):
    """The organiser's browser presses a scene on the remote."""
    installation_url = "https://meet.example.org/stage/beijing/remote/"
    cookie = installation.python(LOG_IN).splitlines()[-1]
    page = installation.site.get("/stage/beijing/remote/", headers={"cookie": cookie})
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    key = next(name for name in page.cookies if "csrf" in name)
    return installation.site.post(
        "/stage/beijing/show/",
        data={"scene": scene, "csrfmiddlewaretoken": token},
        headers={"cookie": f"{cookie}; {key}={page.cookies[key]}", "referer": installation_url},
    )


class Listener:
    """A phone's open page, which listens to the hub: the news that came, in order."""

    def __init__(self, installation):
        self.news = []
        self.url = f"http://127.0.0.1:{installation.hub_port}/live/beijing/"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        with contextlib.suppress(httpx.HTTPError), httpx.stream("GET", self.url, timeout=None) as stream:
            for line in stream.iter_lines():
                if line.startswith("event: "):
                    self.news.append(line.removeprefix("event: "))


def test_the_services_of_the_compose_file_carry_a_sign_up_to_its_mail_and_the_stage_to_phones(production, mail_server):
    listener = Listener(production)
    wait_until(lambda: "hello" in listener.news, seconds=10, what="the hub greets")

    answer = sign_up(production, "夏里", "xia@nextstop.example")

    assert answer.status_code == 302, answer.text[:400]
    assert signed_up(production, "xia@nextstop.example") == [("confirmed",)]
    assert move_the_stage(production, "questions").status_code in (200, 204, 302)
    wait_until(lambda: "stage" in listener.news, seconds=10, what="a phone hears that the stage moved")
    wait_until(lambda: sent_to(mail_server, "xia@"), seconds=90, what="the mail is sent")
    the_logs_know_nobody(production, answer)
    health = wait_until(lambda: healthy(production), seconds=60, what="the health page is content")
    assert set(health["parts"].values()) == {"ok"}
    for service in production.workers:
        assert production.alive(service), service
    assert httpx.get(f"http://127.0.0.1:{production.hub_port}/-/ready/").status_code == 200
    page = production.site.get("/attend/beijing/")
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        assert production.site.get(path).status_code == 200, path


def the_logs_know_nobody(installation, answer):
    """No name, contact or signed link in any process's log; the request's id leads from the page to its jobs."""
    ticket = installation.python(
        "from events import passes; from events.models import Attendee; "
        "print(passes.link(Attendee.objects.get(contact='xia@nextstop.example')))"
    ).splitlines()[-1]
    assert installation.site.get(ticket.removeprefix("https://meet.example.org")).status_code == 302
    request_id = answer.headers["x-request-id"]
    logs = {name: installation.log(name) for name in installation.processes}
    assert request_id in logs["web"]
    wait_until(lambda: request_id in installation.log("worker"), seconds=20, what="the worker's log has the request id")
    for name, text in logs.items():
        assert "夏里" not in text, name
        assert "xia@nextstop.example" not in text, name
        assert ticket.rstrip("/").rpartition("/")[2] not in text, name


def healthy(installation):
    answer = installation.site.get("/-/health/")
    return answer.json() if answer.status_code == 200 else None


def test_while_redis_is_away_people_sign_up_and_their_mail_comes_when_it_is_back(production, mail_server):
    production.redis_cable.pull()

    started = time.monotonic()
    answer = sign_up(production, "李白", "li@nextstop.example")
    took = time.monotonic() - started

    assert answer.status_code == 302
    assert took < 12
    assert signed_up(production, "li@nextstop.example") == [("confirmed",)]
    health = production.site.get("/-/health/")
    assert health.status_code == 503
    assert "does not answer" in health.json()["parts"]["broker"]
    assert health.json()["parts"]["database"] == "ok"
    assert not sent_to(mail_server, "li@")

    production.redis_cable.plug()
    wait_until(lambda: sent_to(mail_server, "li@"), seconds=120, what="the mail is sent by itself")
    assert sent_to(mail_server, "li@") == 1


def test_while_the_database_is_away_pages_say_so_and_it_heals_by_itself(production, mail_server):
    sign_up(production, "杜甫", "du@nextstop.example")
    production.database_cable.pull()

    ready = production.site.get("/-/ready/")
    assert ready.status_code == 503
    assert "does not answer" in ready.json()["database"]
    health = production.site.get("/-/health/")
    assert health.status_code == 503
    parts = health.json()["parts"]
    parts.pop("shaping")  # a library of this machine
    assert parts == {
        **dict.fromkeys(["broker", "disk", "font", "ffmpeg", "emcee"], "ok"),
        "database": "does not answer (OperationalError)",
        "workers": "cannot be told (OperationalError)",
    }
    page = production.site.get("/attend/beijing/")
    assert page.status_code == 503
    assert "Traceback" not in page.text
    assert "try again" in page.text.lower()
    chinese = production.site.get("/attend/beijing/", headers={"accept-language": "zh-CN"})
    assert "再试" in chinese.text
    time.sleep(12)  # long enough for the workers' and the beat's next steps to fail

    production.database_cable.plug()
    wait_until(production.answers, seconds=20, what="the pages are back")
    assert production.site.get("/attend/beijing/").status_code == 200
    assert sign_up(production, "豆包", "dou@nextstop.example").status_code == 302
    wait_until(
        lambda: sent_to(mail_server, "du@") == sent_to(mail_server, "dou@") == 1,
        seconds=90,
        what="both mails are sent",
    )
    assert len(signed_up(production, "du@nextstop.example")) == 1
    assert all(process.poll() is None for process in production.processes.values())


def test_two_web_processes_and_the_last_seat(production):
    """gunicorn runs two: eight people at once for one seat, and one gets it."""
    production.python(
        "from django.db.models import F\nfrom events.models import Event\nEvent.objects.update(capacity=F('taken') + 1)"
    )
    answers = []
    people = [
        threading.Thread(target=lambda n=n: answers.append(sign_up(production, f"人{n}", f"p{n}@nextstop.example")))
        for n in range(8)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()

    assert [answer.status_code for answer in answers] == [302] * 8
    states = sorted(
        status for (status,) in production.rows("SELECT status FROM events_attendee WHERE contact LIKE 'p%'")
    )
    assert states == [Attendee.Status.CONFIRMED] + [Attendee.Status.WAITLISTED] * 7
    assert json.loads(production.site.get("/-/ready/").text)["ok"] is True
