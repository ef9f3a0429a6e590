"""The storyboard in a browser: a shot is moved and trimmed, the plan follows, a preview of the change is there in time."""

import os
import re
import threading
import time

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import expect

from cocreation import editing, music, teams
from cocreation.media import copies, looking
from cocreation.models import Challenge, Clip, Rendition
from tests.cocreation.drawing import film
from tests.work import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture
def version(beijing, bo, tmp_path):
    """Three real shots of a team under one of our own pieces."""
    challenge = Challenge.objects.create(event=beijing, title="地球Online 2024", title_en="Earth Online 2024")
    team = teams.make(challenge, bo, "补丁小队")
    for slot, source in enumerate(("testsrc2", "testsrc", "smptehdbars"), 1):
        path = film(tmp_path, f"{slot}.mp4", seconds=2.5, source=source, more=("-pix_fmt", "yuv420p", "-t", "2.5"))
        facts = looking.look(path).facts
        clip = Clip.objects.create(
            team=team, slot=slot, title=f"Take {slot}", state="ready", facts=facts, ending=".mp4", sha256=f"{slot}" * 64
        )
        clip.original.save(path.name, ContentFile(path.read_bytes()))
        still = tmp_path / "poster.jpg"
        copies.poster(path, still, facts)
        made = Rendition(clip=clip, kind="poster")
        made.file.save("poster.jpg", ContentFile(still.read_bytes()), save=True)
    return editing.new_version(challenge, soundtrack=music.house_piece(beijing, "departure"))


def logged_in(page, person, client, live_server):
    from django.conf import settings

    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_shot_is_moved_and_its_preview_comes(version, open_browser, ed, client, live_server, language):
    page = open_browser(language=language, width=1440, height=900)
    logged_in(page, ed, client, live_server)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"/organise/beijing/film/versions/{version.pk}/")
    expect(page.locator(".sbrow")).to_have_count(3)

    page.locator('.sbrow [data-act="down"]').first.click()
    page.locator(".sbrow .sbcaption").first.fill("鲸鱼读取存档")
    page.locator(".sbrow .sbcaption").first.blur()
    expect(page.locator(".sbat").first).to_contain_text("0:04")
    version.refresh_from_db()
    slots = [Clip.objects.get(pk=row["clip"]).slot for row in version.sequence]
    assert slots == [2, 1, 3]
    assert version.sequence[0]["caption"] == "鲸鱼读取存档"

    worker = threading.Thread(target=work, daemon=True)
    began = time.monotonic()
    worker.start()
    expect(page.locator("story-board video")).to_have_attribute("src", re.compile("/film/films/"), timeout=60_000)
    took = time.monotonic() - began
    worker.join(60)
    expect(page.locator("story-board video")).to_have_attribute(
        "src", f"/attend/beijing/film/films/{version.renders.first().pk}/film/"
    )
    if os.environ.get("SHOTS"):
        page.wait_for_timeout(800)
        page.screenshot(path=f"{os.environ['SHOTS']}/board-{language}.png", full_page=True)
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=f"{os.environ['SHOTS']}/board-{language}-dark.png", full_page=True)
        page.goto("/organise/beijing/film/")
        page.screenshot(path=f"{os.environ['SHOTS']}/desk-{language}.png", full_page=True)
    assert wrong == []
    assert took < 60
