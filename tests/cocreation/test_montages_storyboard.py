"""The storyboard: what a hand changes is kept, planned again and shown at once; kept films stay as they are."""

import json
import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from cocreation import editing, offers, plans, shots, storyboard
from cocreation.models import Clip, Montage, Render, Soundtrack
from events import jobs
from events.models import Job
from tests.cocreation.test_clips import film_of, work_off
from tests.cocreation.test_montages import film, ready, small  # noqa: F401  (fixtures)


@pytest.fixture
def version(challenge, make_clip):
    for slot in (1, 2, 3):
        make_clip(slot, facts={"width": 1280, "height": 720, "seconds": 4.0, "sound": True})
    return editing.new_version(challenge)


def save(client, version, rows, **more):
    wishes = {"rows": rows, "style": "express", "length": "all", "own_sound": "over", "soundtrack": ""}
    address = f"/organise/beijing/film/versions/{version.pk}/save/"
    return client.post(address, json.dumps(wishes | more), content_type="application/json")


def test_order_trim_lock_mute_and_caption_are_kept_and_planned(version, ed, client_of):
    a, b, c = [row["clip"] for row in version.sequence]
    rows = [{"clip": c, "caption": "鲸鱼\u202e"}, {"clip": a, "start": 30, "length": 41, "lock": True, "mute": True}]

    answer = save(client_of(ed), version, rows, soundtrack="piece:departure", style="ticket").json()

    version.refresh_from_db()
    assert version.sequence == [
        {"clip": c, "caption": "鲸鱼"},
        {"clip": a, "start": 30, "length": 41, "lock": True, "mute": True},
    ]
    assert (version.style, version.soundtrack.piece, version.order) == ("ticket", "departure", "hand")
    assert [(row["clip"], row["source"], row["length"]) for row in answer["rows"]][1] == (a, 30, 41)
    assert Montage.objects.count() == 1, "no film was made of it: it is worked on"
    assert Render.objects.get().is_draft


def test_a_version_with_a_film_stays_and_a_change_makes_the_next(version, ed, client_of):
    Render.objects.create(montage=version, finished_at=timezone.now())
    kept = list(version.sequence)

    answer = save(client_of(ed), version, version.sequence[:1]).json()

    version.refresh_from_db()
    newest = Montage.objects.first()
    assert version.sequence == kept
    assert newest.number == 2 and newest.sequence == kept[:1]
    assert answer["url"] == f"/organise/beijing/film/versions/{newest.pk}/"


@pytest.mark.parametrize(
    "wishes",
    [
        {"rows": []},
        {"rows": [{"clip": 999999}]},
        {"rows": "x"},
        {"rows": [{"clip": "1; drop"}]},
        {"rows": [{"clip": [1]}]},
        {"soundtrack": "999999"},
        {"soundtrack": "piece:nothing"},
    ],
)
def test_what_makes_no_sense_changes_nothing(version, ed, client_of, wishes):
    before = list(version.sequence)

    answer = save(
        client_of(ed), version, wishes.get("rows", before), **{k: v for k, v in wishes.items() if k != "rows"}
    )

    version.refresh_from_db()
    assert (answer.status_code, version.sequence) == (400, before)
    assert Render.objects.count() == 0


@pytest.mark.parametrize("order", ["team", "vote", "flow", "hand"])
def test_the_desk_shows_the_rows_of_the_plan_without_planning(challenge, make_clip, dai, order):
    """A film of all shots leaves none out: music and beats are not asked for at each refresh."""
    from cocreation import teams

    other = teams.make(challenge, dai, "豆腐小队")
    for slot in (1, 2, 3):
        make_clip(slot, likes_count=slot)
        make_clip(slot, team=other, likes_count=9 - slot, facts={"seconds": 3.0, "flow": [slot / 3, 0.2, 0.5]})
    sequence = editing.sequence_of(challenge, order)
    sequence = [sequence[0] | {"mute": True}, *sequence[1:]]
    version = editing.new_version(challenge, order=order, sequence=sequence)
    Clip.objects.filter(slot=2).update(likes_count=20)
    Clip.objects.filter(slot=3, team=other).update(withdrawn_at=timezone.now())

    planned = [(row.clip, row.row) for row in storyboard.board(version)[0]]

    assert storyboard.shown(version) == planned and len(planned) == 5


def test_the_desk_does_not_plan_a_film_of_all_shots(version, challenge, ed, client_of, monkeypatch):
    asked = []
    planned = storyboard.board
    monkeypatch.setattr(storyboard, "board", lambda montage: asked.append(montage.length) or planned(montage))

    assert "Storyboard of version 1" in client_of(ed).get("/organise/beijing/film/").content.decode()
    assert asked == []
    editing.new_version(challenge, length="30")
    assert "Storyboard of version 2" in client_of(ed).get("/organise/beijing/film/").content.decode()
    assert asked == ["30"]


@pytest.mark.parametrize("length", ["all", "30"])
def test_a_plan_of_shots_that_are_not_ready_says_so(challenge, make_clip, ed, client_of, length):
    clip = make_clip(1)
    version = editing.new_version(challenge, length=length)
    address, desk = f"/organise/beijing/film/plan/{version.pk}/", client_of(ed)
    assert "A film needs at least one shot." in desk.post(address, {"drop": clip.pk}, follow=True).content.decode()
    Clip.objects.update(state="received")

    said = desk.post(address, {"render": "1"}, follow=True).content.decode()

    assert "No shot is ready yet." in said and "A film needs at least one shot." not in said
    assert Render.objects.count() == 0


def test_a_shot_of_another_challenge_cannot_be_taken(version, ed, client_of, beijing, make_clip, dai):
    from cocreation import teams
    from cocreation.models import Challenge

    other = Challenge.objects.create(event=beijing, title="另一个")
    theirs = make_clip(1, team=teams.make(other, dai, "别队"))

    assert save(client_of(ed), version, [{"clip": theirs.pk}]).status_code == 400


def test_a_new_change_stops_the_preview_of_the_old_one(version, ed, client_of):
    save(client_of(ed), version, version.sequence)
    save(client_of(ed), version, version.sequence[::-1])

    first, second = Job.objects.filter(kind="render_montage").order_by("pk")
    assert (first.state, second.state) == (Job.State.CANCELLED, Job.State.WAITING)


def test_the_preview_stands_in_no_line_behind_films_and_copies(version, ed, client_of):
    save(client_of(ed), version, version.sequence)
    editing.render(version)

    assert list(Job.objects.order_by("pk").values_list("queue", flat=True)) == ["probe", "media"]


def test_the_preview_is_small_seen_by_the_crew_alone_and_never_published(
    small,  # noqa: F811
    ready,  # noqa: F811
    tmp_path,
    challenge,
    ed,
    client_of,
    visitor,
):  # noqa: F811
    ready(film_of(tmp_path, "one.mp4", seconds=2))
    version = editing.new_version(challenge)
    attempt = storyboard.draft(version)
    work_off()

    attempt.refresh_from_db()
    state = client_of(ed).get(f"/organise/beijing/film/versions/{version.pk}/state/").json()
    editing.publish(attempt)
    attempt.refresh_from_db()
    assert state["film"] == f"/attend/beijing/film/films/{attempt.pk}/film/"
    assert client_of(ed).get(state["film"]).status_code == 200
    assert visitor.get(state["film"]).status_code == 404
    assert attempt.published_at is None and not attempt.phone


def test_what_a_rule_left_out_for_time_stays_out_when_a_hand_moves_a_shot(version, ed, client_of, challenge, make_clip):
    for slot in range(4, 41):
        make_clip(slot, facts={"width": 1280, "height": 720, "seconds": 4.0})
    short = editing.new_version(challenge, order="vote", length="30")
    shown = [row.clip.pk for row in storyboard.board(short)[0]]
    assert len(shown) < 40
    assert len(storyboard.spare(short, storyboard.board(short)[0])) == 40 - len(shown)

    rows = [{"clip": pk} for pk in (shown[1], shown[0], *shown[2:])]
    save(client_of(ed), short, rows, length="30", order="hand")

    short.refresh_from_db()
    assert [row.clip.pk for row in storyboard.board(short)[0]] == [row["clip"] for row in rows]


def test_an_order_by_rule_takes_all_shots_again_and_keeps_what_a_hand_wished(version, ed, client_of, challenge):
    a, b, c = [row["clip"] for row in version.sequence]
    Clip.objects.filter(pk=b).update(likes_count=9)
    save(client_of(ed), version, [{"clip": c}, {"clip": a, "mute": True}])

    save(client_of(ed), version, [{"clip": c}, {"clip": a, "mute": True}], order="vote")

    version.refresh_from_db()
    assert version.order == "vote"
    assert version.sequence == [{"clip": b}, {"clip": a, "mute": True}, {"clip": c}]


def test_the_tempo_of_one_music_is_not_written_to_another(version, ed, client_of, challenge):
    one, two = (Soundtrack.objects.create(event=challenge.event, title=word, file=f"{word}.mp3") for word in "ab")

    save(client_of(ed), version, version.sequence, soundtrack=str(one.pk), bpm=97.5, offset=0.3, tempo_of=one.pk)
    save(client_of(ed), version, version.sequence, soundtrack=str(two.pk), bpm=97.5, offset=0.3, tempo_of=one.pk)

    one.refresh_from_db()
    two.refresh_from_db()
    assert ((one.bpm, one.offset), (two.bpm, two.offset)) == ((97.5, 0.3), (None, 0))


def test_a_caption_is_the_teams_until_a_hand_writes_another_or_none(version, ed, client_of):
    a, b, c = [row["clip"] for row in version.sequence]
    Clip.objects.update(caption="读取存档")

    save(
        client_of(ed),
        version,
        [{"clip": a, "caption": "读取存档"}, {"clip": b, "caption": ""}, {"clip": c, "caption": "x"}],
    )

    version.refresh_from_db()
    assert version.sequence == [{"clip": a}, {"clip": b, "caption": ""}, {"clip": c, "caption": "x"}]
    assert [item.caption for item in storyboard.board(version)[1].shots] == ["读取存档", "", "x"]


def test_the_preview_of_one_version_stops_none_of_another(version, ed, mei, client_of, challenge):
    other = editing.new_version(challenge)

    for editor, one in ((ed, version), (mei, other)):
        save(client_of(editor), one, one.sequence[::-1])

    assert set(Job.objects.filter(kind="render_montage").values_list("state", flat=True)) == {Job.State.WAITING}
    state = client_of(ed).get(f"/organise/beijing/film/versions/{version.pk}/state/").json()
    assert (state["percent"], state["error"]) == (0, "")


def test_an_open_board_is_told_when_its_music_was_listened_to(version, beijing, ed, client_of):
    address = f"/organise/beijing/film/versions/{version.pk}/state/"
    assert client_of(ed).get(address).json()["heard"] is True  # one of our own pieces, or none
    track = Soundtrack.objects.create(event=beijing, title="Night bus", credit="X", file="film/music/none.wav")
    Montage.objects.filter(pk=version.pk).update(soundtrack=track)
    assert client_of(ed).get(address).json()["heard"] is False

    for heard in ({"silent": True}, {"bpm": 120.0, "times": [0.0, 0.5], "first": 0, "seconds": 4.0}):
        Soundtrack.objects.filter(pk=track.pk).update(heard=heard)
        assert client_of(ed).get(address).json()["heard"] is True


def test_a_preview_that_was_stopped_is_not_waited_for(version, ed, client_of):
    jobs.cancel(editing.job_of(storyboard.draft(version)))

    state = client_of(ed).get(f"/organise/beijing/film/versions/{version.pk}/state/").json()

    assert (state["percent"], state["error"]) == (None, "")


def test_a_version_whose_film_failed_or_was_stopped_is_worked_on_and_one_that_is_being_made_stays(
    version, ed, client_of
):
    attempt = editing.render(version)
    assert storyboard.is_kept(version)

    for state in (Job.State.FAILED, Job.State.CANCELLED):
        Job.objects.filter(subject=attempt.pk).update(state=state)
        save(client_of(ed), version, version.sequence[::-1])
        version.refresh_from_db()

    assert Montage.objects.count() == 1


def test_music_is_taken_away_by_the_editor_and_our_own_pieces_stay(version, ed, dana, client_of, challenge):
    track = Soundtrack.objects.create(event=challenge.event, title="a", file="a.mp3")
    own = Soundtrack.objects.create(event=challenge.event, title="b", piece="lantern")

    assert client_of(dana).post(f"/organise/beijing/film/music/{track.pk}/remove/").status_code == 404
    for one in (track, own):
        client_of(ed).post(f"/organise/beijing/film/music/{one.pk}/remove/")

    assert list(Soundtrack.objects.all()) == [own]


def test_whoever_cuts_sees_the_label_on_every_player(film, ed, client_of):  # noqa: F811
    other, address = editing.copy_of(film.montage, film.montage.sequence), "/organise/beijing/film/versions/"
    page = client_of(ed)

    for found in (f"{address}{film.montage_id}/", f"{address}{film.montage_id}/beside/{other.pk}/"):
        shown = page.get(found).content.decode()
        assert shown.count('<span class="tag aigc">AI-generated</span>') == shown.count("<video") == 1


def test_two_versions_are_compared_shot_by_shot(version, ed, client_of, challenge):
    a, b, c = [row["clip"] for row in version.sequence]
    other = editing.new_version(challenge, sequence=[{"clip": b}, {"clip": a, "start": 0, "length": 60}], order="hand")

    rows = storyboard.compared(version, other)

    assert [(row.clip.pk, row.kind) for row in rows] == [(b, "moved"), (a, "trimmed"), (c, "gone")]
    page = client_of(ed).get(f"/organise/beijing/film/versions/{other.pk}/beside/{version.pk}/")
    assert page.status_code == 200


def test_the_page_shows_every_shot_and_takes_to_swap_in(version, ed, client_of, make_clip):
    extra = make_clip(4)

    page = client_of(ed).get(f"/organise/beijing/film/versions/{version.pk}/").content.decode()

    for row in version.sequence:
        assert f'data-clip="{row["clip"]}"' in page
    assert f'data-add="{extra.pk}"' in page


def test_a_teams_part_can_be_shared_as_gif_and_vertical_film(film, bo, dai, visitor, as_attendee):  # noqa: F811
    from cocreation.models import TeamCut
    from cocreation.rendering import pieces

    editing.publish(film)
    for kind in ("gif", "vertical"):
        assert as_attendee(dai).post(f"/attend/beijing/film/films/{film.pk}/cuts/{kind}/").status_code == 404
        as_attendee(bo).post(f"/attend/beijing/film/films/{film.pk}/cuts/{kind}/")
    work_off()

    tall, moving = TeamCut.objects.get(kind="vertical"), TeamCut.objects.get(kind="gif")
    assert pieces.frames_in(tall.file.path) == sum(row["frames"] for row in film.scenes)
    assert b"".join(visitor.get(f"/attend/beijing/film/cuts/{moving.pk}/").streaming_content).startswith(b"GIF89a")
    with Image.open(moving.file.path) as picture:
        assert picture.info["comment"].decode() == "AI 生成内容  AI-generated"
        assert picture.n_frames == round(sum(row["frames"] for row in film.scenes) / 3)
    assert f"/attend/beijing/film/cuts/{tall.pk}/" in as_attendee(bo).get("/attend/beijing/film/").content.decode()
    editing.unpublish(film)
    assert visitor.get(f"/attend/beijing/film/cuts/{moving.pk}/").status_code == 404


def test_a_gif_with_a_picture_too_few_is_not_kept(film, bo, as_attendee, monkeypatch):  # noqa: F811
    from cocreation.models import TeamCut
    from cocreation.rendering import shares

    monkeypatch.setattr(shares, "_cut", lambda spans, *, sound, whole=shares._cut: whole([(0, 30)], sound=sound))
    editing.publish(film)
    as_attendee(bo).post(f"/attend/beijing/film/films/{film.pk}/cuts/gif/")
    work_off()

    assert not TeamCut.objects.get().file


def test_the_second_of_two_editors_is_told_and_nothing_of_either_is_lost(version, ed, mei, client_of):
    a, b, c = [row["clip"] for row in version.sequence]
    pages = {who: client_of(who) for who in (ed, mei)}
    address = f"/organise/beijing/film/versions/{version.pk}/"
    seen = {who: re.search(r'seen="(\w+)"', page.get(address).content.decode()).group(1) for who, page in pages.items()}

    first = save(pages[ed], version, [{"clip": b}, {"clip": a}], seen=seen[ed]).json()
    again = save(pages[ed], version, [{"clip": c}, {"clip": a}], seen=first["seen"]).json()
    second = save(pages[mei], version, [{"clip": a}], seen=seen[mei]).json()

    version.refresh_from_db()
    newest = Montage.objects.first()
    assert (first["url"], again["url"]) == (address, address)
    assert second["url"] == f"/organise/beijing/film/versions/{newest.pk}/" != address
    assert (version.sequence, newest.sequence) == ([{"clip": c}, {"clip": a}], [{"clip": a}])
    said = pages[mei].get(second["url"]).content.decode()
    assert "Somebody else changed version 1 while you did. Theirs is kept there, yours is version 2." in said


def test_a_change_that_is_sent_twice_because_the_answer_was_lost_is_one_change(version, ed, client_of):
    seen = storyboard.mark(version)

    for _twice in range(2):
        answer = save(client_of(ed), version, version.sequence[:1], seen=seen).json()

    assert answer["url"] == f"/organise/beijing/film/versions/{version.pk}/"
    assert Montage.objects.count() == 1


def test_a_change_of_a_kept_version_that_is_sent_again_makes_one_version(version, ed, mei, client_of):
    Render.objects.create(montage=version, finished_at=timezone.now())
    seen = storyboard.mark(version)

    answers = [save(client_of(ed), version, version.sequence[:1], seen=seen).json() for _twice in range(2)]

    assert (answers[0]["url"], Montage.objects.count()) == (answers[1]["url"], 2)
    save(client_of(mei), version, version.sequence[:1], seen=seen)
    assert Montage.objects.count() == 3, "another person's wish is another version"


def test_a_kept_version_is_compared_as_its_film_shows_it(version, challenge):
    a, b, c = [row["clip"] for row in version.sequence]
    rows = [{"clip": pk, "team": 1, "start": 0, "frames": 50} for pk in (a, b, c)]
    Render.objects.create(montage=version, finished_at=timezone.now(), scenes=rows)
    other = editing.new_version(challenge, sequence=[{"clip": a, "start": 0, "length": 50}], order="hand")
    Clip.objects.filter(pk=c).update(withdrawn_at=timezone.now(), may_publish=False)

    found = storyboard.compared(version, other)

    assert [(row.clip.pk, row.kind, row.before) for row in found] == [(a, "same", 1), (b, "gone", 2), (c, "gone", 3)]


def filmed(version):
    """A film of the version as it is planned now, without its file."""
    plan = plans.timeline_of(version)
    return Render.objects.create(montage=version, finished_at=timezone.now(), plan=plan.as_json(), frames=plan.frames)


def board_of(version):
    rows, timeline = storyboard.board(version)
    return [(row.clip.pk, row.start, row.length, row.source, row.caption) for row in rows], timeline


def test_a_version_with_a_film_is_shown_as_that_film_whatever_was_liked_or_tapped_since(
    version, ed, client_of, challenge
):
    a, b, c = [row["clip"] for row in version.sequence]
    track = Soundtrack.objects.create(event=challenge.event, title="a", file="a.mp3", bpm=97.5, heard={"seconds": 60})
    voted = editing.new_version(challenge, order="vote", soundtrack=track)
    filmed(voted)
    before = board_of(voted)

    Clip.objects.filter(pk=c).update(likes_count=9, caption="later")
    Soundtrack.objects.update(bpm=140)
    voted = Montage.objects.get(pk=voted.pk)

    assert board_of(voted) == before and [row[0] for row in before[0]] == [a, b, c]
    assert [clip.pk for clip, _row in storyboard.shown(voted)] == [a, b, c]
    save(client_of(ed), voted, [{"clip": a, "mute": True}, {"clip": b}, {"clip": c}], order="vote", soundtrack="")
    newest = Montage.objects.first()
    assert (newest.number, newest.order) == (3, "hand"), "the order of the film, not the likes of today"
    assert [row["clip"] for row in newest.sequence] == [a, b, c]


def test_a_rule_that_is_chosen_anew_looks_at_the_likes_of_today(version, ed, client_of, challenge):
    a, b, c = [row["clip"] for row in version.sequence]
    filmed(version)
    Clip.objects.filter(pk=c).update(likes_count=9)

    save(client_of(ed), version, version.sequence, order="vote")

    assert Montage.objects.first().order == "vote"
    assert [row.clip.pk for row in storyboard.board(Montage.objects.first())[0]] == [c, a, b]


def test_the_desk_goes_on_from_the_film_with_the_takes_of_today(version, ed, client_of, make_clip):
    a, b, c = [row["clip"] for row in version.sequence]
    filmed(version)
    new = sent_again(Clip.objects.get(pk=b))
    shots.withdraw(Clip.objects.get(pk=c), at=timezone.now())

    assert [row.clip.pk for row in storyboard.board(version)[0]] == [a, b, c], "that is what the film shows"
    assert [clip.pk for clip, _row in storyboard.shown(version)] == [a, new.pk]
    client_of(ed).post(f"/organise/beijing/film/plan/{version.pk}/", {"up": new.pk})
    assert Montage.objects.first().sequence == [{"clip": new.pk}, {"clip": a}]
    page = client_of(ed).get(f"/organise/beijing/film/versions/{version.pk}/").content.decode()
    assert "Not in this film any more" not in page


def test_all_that_a_hand_can_change_is_told_when_versions_are_compared(version, ed, client_of, challenge):
    a, b, c = [row["clip"] for row in version.sequence]
    one = [{"clip": a, "start": 0, "length": 60}, {"clip": b, "mute": True}, {"clip": c, "caption": "x"}]
    two = [{"clip": a, "start": 30, "length": 60}, {"clip": b}, {"clip": c, "caption": "y", "mute": True, "length": 45}]
    first = editing.new_version(challenge, sequence=one, order="hand")
    filmed(first)
    other = editing.new_version(challenge, sequence=two, order="hand", length="30", style="ticket", own_sound="off")

    rows = {row.clip.pk: row.kinds for row in storyboard.compared(first, other)}

    assert rows == {a: ("part",), b: ("heard",), c: ("trimmed", "muted", "caption")}
    page = client_of(ed).get(f"/organise/beijing/film/versions/{other.pk}/beside/{first.pk}/").content.decode()
    for said in (
        "another part",
        "muted",
        "not muted any more",
        "other caption",
        "30 s",
        "Ticket",
        "Sound of the shots: Off",
    ):
        assert said in page


def sent_again(clip, **facts):
    """Another take in the place of this one."""
    Clip.objects.filter(pk=clip.pk).update(withdrawn_at=timezone.now(), original="a.mp4")
    values = {"state": "ready", "facts": clip.facts | facts, "ending": clip.ending, "original": "b.mp4"}
    return Clip.objects.create(team=clip.team, slot=clip.slot, **values)


def test_an_earlier_take_of_a_place_is_swapped_in_and_stays(version, ed, client_of):
    a, b, c = [row["clip"] for row in version.sequence]
    new = sent_again(Clip.objects.get(pk=b))
    address = f"/organise/beijing/film/versions/{version.pk}/"

    page = client_of(ed).get(address).content.decode()
    assert f'data-add="{b}"' in page and page.count(f'<option value="{b}">') == 1, "in its own place alone"
    assert "1 earlier take" in page
    answer = save(client_of(ed), version, [{"clip": a}, {"clip": b, "take": True, "mute": True}, {"clip": c}])

    version.refresh_from_db()
    assert [row["clip"] for row in answer.json()["rows"]] == [a, b, c]
    assert version.sequence[1] == {"clip": b, "take": True, "mute": True}
    assert [int(item.key) for item in plans.timeline_of(version).shots] == [a, b, c]
    page = client_of(ed).get(address).content.decode()
    assert "data-take" in page and f'data-add="{new.pk}"' in page
    save(client_of(ed), version, version.sequence, order="vote")
    version.refresh_from_db()
    assert [row["clip"] for row in version.sequence] == [a, b, c], "a rule orders the takes that a hand has chosen"


def gone(clip):
    Clip.objects.filter(pk=clip.pk).update(original="")


def held_back(clip):
    heir = Clip.objects.current().get(team=clip.team, slot=clip.slot)
    Clip.objects.filter(pk=heir.pk).update(may_publish=False)


def taken_back(clip):
    heir = Clip.objects.current().get(team=clip.team, slot=clip.slot)
    shots.withdraw(heir, at=timezone.now())
    sent_again(heir)


@pytest.mark.parametrize("end", [gone, held_back, taken_back], ids=lambda end: end.__name__)
def test_an_earlier_take_is_offered_and_shown_only_while_it_may_be(version, ed, client_of, end):
    a, b, c = [row["clip"] for row in version.sequence]
    old = Clip.objects.get(pk=b)
    sent_again(old)
    version.sequence = [{"clip": a}, {"clip": b, "take": True, "caption": "x"}]
    version.save()
    assert b in plans.rows_of(version)

    end(old)

    shown = plans.todays(version.sequence, version.challenge)
    heir = Clip.objects.ready().filter(team=old.team, slot=old.slot).first()
    assert shown == [{"clip": a}] + ([{"clip": heir.pk, "caption": "x"}] if heir else [])
    assert old not in storyboard.takes(version, [])


@pytest.mark.long
def test_a_film_is_made_of_an_earlier_take(film, kite, challenge):  # noqa: F811
    old = kite.clips.get(slot=2)
    Clip.objects.filter(pk=old.pk).update(withdrawn_at=timezone.now())
    values = {"facts": old.facts, "ending": old.ending, "sha256": old.sha256, "original": old.original.name}
    new = Clip.objects.create(team=kite, slot=2, state="ready", **values)
    rows = [{"clip": film.scenes[0]["clip"]}, {"clip": old.pk, "take": True}]
    attempt = editing.render(editing.new_version(challenge, sequence=rows, order="hand"))
    work_off()

    attempt.refresh_from_db()
    assert [row["clip"] for row in attempt.scenes] == [film.scenes[0]["clip"], old.pk]
    assert editing.withheld(attempt) == []
    Clip.objects.filter(pk=new.pk).update(may_publish=False)
    assert editing.withheld(attempt) == [old]


def test_the_preview_of_each_version_stays_beside_that_of_another(version, challenge):
    other = editing.new_version(challenge)
    for montage in (version, other, version, other):
        made = storyboard.draft(montage)
        Render.objects.filter(pk=made.pk).update(finished_at=timezone.now())
    storyboard.draft(version)

    assert all(storyboard.last_draft(montage)[0] for montage in (version, other))
    assert Render.objects.exclude(finished_at=None).count() == 3, "the older ones go with the next"


def test_a_part_to_share_that_failed_can_be_asked_for_again(film, bo, as_attendee):  # noqa: F811
    from cocreation import team_cuts
    from cocreation.models import TeamCut

    editing.publish(film)
    address = f"/attend/beijing/film/films/{film.pk}/cuts/gif/"
    as_attendee(bo).post(address)
    assert "being made" in as_attendee(bo).get("/attend/beijing/film/").content.decode()
    Job.objects.filter(kind="cut_for_team").update(state="failed")

    page = as_attendee(bo).get("/attend/beijing/film/").content.decode()
    assert "It did not work. Try again." in page and address in page and "being made" not in page
    assert team_cuts.heal(None) == 1
    assert team_cuts.heal(None) == 0
    work_off()
    assert TeamCut.objects.get().file


def test_a_shared_part_stays_when_the_film_is_made_again_with_better_pictures(film, kite, visitor):  # noqa: F811
    from cocreation.models import TeamCut

    editing.publish(film)
    cut = TeamCut(render=film, team=kite, kind="gif", made_at=timezone.now())
    cut.file.save("a.gif", ContentFile(b"GIF89a"))
    address = f"/attend/beijing/film/cuts/{cut.pk}/"
    again = Render.objects.create(montage=film.montage, finished_at=timezone.now(), scenes=film.scenes)

    editing.publish(again)
    assert visitor.get(address).status_code == 200
    Render.objects.filter(pk=again.pk).update(scenes=film.scenes[:1])
    assert visitor.get(address).status_code == 404


def test_a_draft_does_not_take_the_published_film_back(film, ed, client_of):  # noqa: F811
    editing.publish(film)
    sketch = Render.objects.create(montage=film.montage, is_draft=True, finished_at=film.finished_at)

    answer = client_of(ed).post(f"/organise/beijing/film/renders/{sketch.pk}/publish/")
    editing.publish(sketch)

    film.refresh_from_db()
    assert answer.status_code == 404 and film.published_at is not None


def test_each_theme_has_its_film_on_the_phone_the_stage_and_the_recap(
    film,  # noqa: F811
    challenge,
    beijing,
    leo,
    visitor,
    client_of,
):
    from cocreation.models import Challenge

    other = Challenge.objects.create(event=beijing, title="第二个题目", order=9)
    second = editing.new_version(other, sequence=[])
    second = Render.objects.create(montage=second, finished_at=timezone.now(), file="film/x.mp4", frames=300)
    editing.publish(film)
    editing.publish(second)

    assert f"?challenge={other.pk}" in visitor.get("/attend/beijing/film/").content.decode()
    remote = client_of(leo)
    page = remote.get("/stage/beijing/remote/").content.decode()
    assert all(f'name="challenge" value="{theme.pk}"' in page for theme in (challenge, other))
    for version, (theme, shown) in enumerate([(challenge, film), (other, second)]):
        remote.post("/stage/beijing/film/", {"challenge": theme.pk, "version": version})
        assert f"films/{shown.pk}/film/" in remote.get("/stage/beijing/scene/").content.decode()
    piece = offers.recap(beijing, None, timezone.now())
    assert [row[1].pk for row in piece.context["films"]] == [film.pk, second.pk]


def test_music_for_which_there_is_no_room_is_refused_in_words(beijing, ed, client_of, challenge, settings):
    settings.DISK_RESERVE_MB = 10**9
    form = {"title": "a", "credit": "b", "file": SimpleUploadedFile("a.mp3", b"x"), "bpm": "", "offset": "0"}

    said = client_of(ed).post("/organise/beijing/film/music/", form, follow=True)

    assert "The disk is full: the music was not kept." in said.content.decode()
    assert not Soundtrack.objects.exists()


def test_a_tempo_that_no_music_has_is_refused(beijing, ed, client_of, challenge):
    file = SimpleUploadedFile("a.mp3", b"x")

    said = client_of(ed).post(
        "/organise/beijing/film/music/",
        {"title": "a", "credit": "b", "file": file, "bpm": "-5", "offset": "0"},
        follow=True,
    )

    assert "from 30 to 300" in said.content.decode()
    assert not Soundtrack.objects.exists()


@pytest.mark.parametrize(
    "tempo, said",
    [
        ({"bpm": 320, "offset": 0}, "Beats a minute: from 30 to 300."),
        ({"bpm": 120, "offset": -11}, "First beat at second: from -10 to 60."),
    ],
)
def test_a_number_that_no_music_has_is_named_by_what_it_may_be(version, ed, client_of, challenge, tempo, said):
    track = Soundtrack.objects.create(event=challenge.event, title="a", file="a.mp3")

    answer = save(client_of(ed), version, version.sequence, soundtrack=str(track.pk), tempo_of=track.pk, **tempo)

    assert (answer.status_code, answer.json()["error"]) == (400, said)
