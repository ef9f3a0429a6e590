"""The health pages name what is wrong."""

from django.utils import timezone

from events.models import Worker


def test_ready_answers_when_the_database_does(visitor, db):
    answer = visitor.get("/-/ready/")

    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "database": "ok"}


def test_without_a_worker_the_health_page_says_which_queues_wait(visitor, db):
    answer = visitor.get("/-/health/")

    assert answer.status_code == 503
    assert answer.json()["parts"]["workers"].startswith("no worker for default, mail, probe, media, upscale")
    assert answer.json()["parts"]["database"] == "ok"


def test_with_all_queues_served_everything_is_well(visitor, db):
    Worker.objects.create(name="a", queues="default,mail", heard_at=timezone.now())
    Worker.objects.create(name="b", queues="media,probe,upscale", heard_at=timezone.now())

    answer = visitor.get("/-/health/")

    assert answer.json()["parts"] == dict.fromkeys(
        ["database", "broker", "workers", "disk", "font", "ffmpeg", "emcee"], "ok"
    )
    assert answer.status_code == 200


def test_too_little_disk_is_named_with_the_figure(visitor, db, settings):
    settings.DISK_RESERVE_MB = 10**9

    assert "MB left, uploads are refused" in visitor.get("/-/health/").json()["parts"]["disk"]
