"""The pages of the whole day, as rich as the demo: no rule of axe is broken, nothing is wider than a narrow phone.

In both languages and both themes. The sign-up and the raffle have closer looks of their own beside this file.
"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config import demo
from events import passes
from events.models import User
from raffle import drawing, opening
from raffle.models import Draw, Raffle

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(900),
]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
ATTEND = ["", "register/?preview", "ticket/", "aboard/", "people/", "live/", "programme/", "questions/", "film/team/"]
ATTEND += ["film/", "film/wall/", "luck/", "raffle/", "raffle/1/", "recap/", "my-data/", "edit/", "lost/"]
ATTEND += ["privacy/", "poster/"]
DESK = ["", "attendees/", "programme/", "raffle/", "raffle/settings/", "raffle/model/", "film/", "questions/", "polls/"]
DESK += ["speakers/", "jobs/", "crew/", "seats/", "form/", "badges/", "door/", "door/log/", "clone/"]
DESK += ["attendees/import/", "programme/paste/", "programme/edit/", "raffle/prizes/import/", "door/kiosk/"]
REMOTE = ["remote/", "raffle/", "monitor/"]
ELSEWHERE = ["/", "/organise/?all", "/accounts/2fa/", "/accounts/email/", "/accounts/2fa/webauthn/add/"]
SCENES = ["welcome", "now", "shots", "questions"]


@pytest.fixture
def day():
    """The demo's day with one draw that has its winner."""
    event = demo.seed()
    Raffle.objects.update(delay=10)
    at = timezone.now() - timedelta(seconds=120)
    draw = opening.open_draw(event.prizes.first(), at=at, press="1", quantity=1)
    drawing.freeze(draw, at=at + timedelta(seconds=16))
    drawing.compute(Draw.objects.get(pk=draw.pk), now=lambda: at + timedelta(seconds=20))
    drawing.reveal(Draw.objects.get(pk=draw.pk), at=timezone.now())
    return event


@pytest.fixture
def known(day, open_browser, live_server):
    """A browser that is both: the captain of a team among the attendees, and the organiser."""
    client = Client()
    client.force_login(User.objects.get(email="mei@nextstop.example"), "django.contrib.auth.backends.ModelBackend")
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    cookies[passes.COOKIE] = passes.sign(day.attendees.get(number=4))

    def make(**options):
        page = open_browser(**options)
        page.context.add_cookies([{"name": k, "value": v, "url": live_server.url} for k, v in cookies.items()])
        return page

    return make


def broken(page):
    from axe_playwright_python.sync_playwright import Axe

    return [(v["id"], v["nodes"][0]["html"][:160]) for v in Axe().run(page, options=RULES).response["violations"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_every_page_is_accessible_and_fits_a_narrow_phone(day, known, language, theme):
    # So high that no bar below covers what stands above it; without motion no colour is on its way to another.
    page = known(language=language, color_scheme=theme, width=320, height=3000, reduced_motion="reduce")
    found = []
    for path in (
        *(f"/attend/beijing/{path}" for path in ATTEND),
        f"/line/{day.series.slug}/",
        *(f"/organise/beijing/{path}" for path in DESK),
        *(f"/stage/beijing/{path}" for path in REMOTE),
        *ELSEWHERE,
    ):
        assert page.goto(path).status == 200, path
        if wide := page.evaluate("document.documentElement.scrollWidth - 320"):
            found.append((path, f"{wide} px wider than the phone"))
        found += [(path, *rule) for rule in broken(page)]
    page.set_viewport_size({"width": 1920, "height": 1080})
    for scene in SCENES:
        day.stage.show(scene, by=None, at=timezone.now())
        page.goto("/stage/beijing/")
        found += [(scene, *rule) for rule in broken(page)]
    assert not found, "\n".join(map(str, found))
