"""Badges in parts: no file is so long that it ends before the last person, without a word."""

import re

import pytest
from django.core.cache import cache

from events import badges
from events.models import Attendee

URL = "/organise/beijing/badges/"


@pytest.fixture
def crowd(beijing):
    """250 people, all in car 6."""
    cache.clear()
    Attendee.objects.bulk_create(
        Attendee(
            event=beijing, number=n, name=f"人{n}", contact=f"p{n}@x.example", status="confirmed", carriage=6, seat=n
        )
        for n in range(1, 251)
    )


@pytest.fixture
def printed(monkeypatch):
    """The numbers of each file that was asked for: what a file holds is drawn elsewhere (test_door_self.py)."""
    files = []

    def drawn(people):
        files.append([person.number for person in people])
        return b"%PDF"

    monkeypatch.setattr(badges, "sheets", drawn)
    return files


def links(page, word):
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+sheets.pdf[^"]*)"', page) if word in link]


@pytest.mark.parametrize(
    ("path", "word", "numbers"),
    [
        ("", "?part", range(1, 251)),
        ("", "?car=6", range(1, 251)),
        ("?after=40", "?after=40", range(41, 251)),
        ("?after=249", "?after=249", [250]),
        ("?after=250", "?after=250", []),
    ],
)
def test_the_files_that_the_page_names_hold_everybody_once(crowd, mei, client_of, printed, path, word, numbers):
    desk = client_of(mei)

    for link in links(desk.get(URL + path).content.decode(), word):
        desk.get(link)

    assert sorted(sum(printed, [])) == list(numbers)
    assert all(len(file) <= 200 for file in printed)


@pytest.mark.parametrize(("after", "told"), [("40", "210 badges after number 40"), ("249", "1 badge after number 249")])
def test_how_many_came_later_is_told(crowd, mei, client_of, after, told):
    page = client_of(mei).get(f"{URL}?after={after}").content.decode()

    assert told in page and f'value="{after}"' in page


@pytest.mark.parametrize("after", ["", "x", "-1", "99999999999999999999", "０"])
def test_what_is_no_number_of_a_ticket_shows_the_page_alone(crowd, mei, client_of, after):
    answer = client_of(mei).get(URL, {"after": after})

    assert answer.status_code == 200 and "?after=" not in answer.content.decode()
