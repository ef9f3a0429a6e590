"""What takes minutes leaves a hand free for what takes seconds."""

import pytest

from cocreation import editing, handing, hands, storyboard, team_cuts
from events import jobs
from events.models import Job
from tests.cocreation.drawing import film as drawn
from tests.cocreation.test_clips import film_of
from tests.cocreation.test_montages import film, ready, small  # noqa: F401  (fixtures)

DESK = "/organise/beijing/film/"


@pytest.fixture
def while_two_are_made(monkeypatch):
    """Calls this while two jobs that take long are at work."""

    def run(meanwhile):
        def long(job):
            if job.subject == 1:
                jobs.run(jobs.enqueue("long", subject=2).pk)
            else:
                meanwhile()

        monkeypatch.setitem(jobs.KINDS, "long", jobs.Kind("long", hands.takes_long(long), "media", 1))
        jobs.run(jobs.enqueue("long", subject=1).pk)
        assert list(Job.objects.filter(kind="long").values_list("state", flat=True)) == ["done", "done"]

    return run


def work_on(*kinds):
    for job in Job.objects.filter(kind__in=kinds, state="waiting").order_by("pk"):
        jobs.run(job.pk)


def test_two_films_do_not_hold_up_the_pictures_of_a_new_shot(
    while_two_are_made, challenge, make_clip, sent, tmp_path, ed, client_of
):
    make_clip(2)
    sent(drawn(tmp_path, seconds=2, rate=4, size="960x540", more=("-c:v", "libx264")))
    work_on("probe_clip")
    editing.render(editing.new_version(challenge))
    said = []

    def meanwhile():
        work_on("render_montage", "make_proxy", "upscale_clip")
        said.extend(Job.objects.order_by("kind").filter(event=challenge.event).values_list("kind", "state"))
        said.append("排队中，机器都在忙" in client_of(ed, accept_language="zh-CN").get(DESK).content.decode())

    while_two_are_made(meanwhile)

    assert said == [
        ("make_proxy", "done"),
        ("probe_clip", "done"),
        ("render_montage", "waiting"),
        ("upscale_clip", "done"),
        True,
    ]
    called = Job.objects.get(kind="render_montage")
    assert (called.state, called.not_before, called.note) == ("waiting", None, "")
    assert called.attempts_allowed - called.attempt == jobs.KINDS["render_montage"].attempts


def test_who_stands_in_line_longest_is_called_first(while_two_are_made, film, kite, challenge):  # noqa: F811
    editing.publish(film)
    team_cuts.ask(film, kite, "gif")
    handing.pack(film)
    editing.render(editing.new_version(challenge))
    kinds = ("cut_for_team", "pack_handover", "render_montage")
    rows = Job.objects.filter(kind__in=kinds, state="waiting").order_by("pk")
    in_line = []

    while_two_are_made(lambda: (work_on(*kinds[::-1]), in_line.extend(rows.values_list("kind", "note"))))

    assert in_line == [(kind, hands.IN_LINE) for kind in kinds]
    assert [(job.kind, job.note) for job in rows] == [(kinds[0], ""), (kinds[1], ""), (kinds[2], hands.IN_LINE)]


def test_a_preview_waits_for_no_film(while_two_are_made, small, ready, challenge, tmp_path):  # noqa: F811
    ready(film_of(tmp_path, "one.mp4", seconds=2))
    storyboard.draft(editing.new_version(challenge))

    while_two_are_made(lambda: work_on("render_montage"))

    assert Job.objects.get(kind="render_montage").state == "done"
