"""Jobs: done once, by whoever is alive; a lost worker or broker costs time, never the job."""

from datetime import timedelta

import pytest
import structlog
from django.db import transaction
from django.utils import timezone, translation

from events import jobs
from events.models import Job

DONE = []


@jobs.kind("test_note")
def note(job):
    DONE.append((job.subject, job.attempt))


@jobs.kind("test_crash", attempts=2)
def crash(job):
    raise OSError("the disk hiccupped")


@jobs.kind("test_refuse")
def refuse(job):
    raise jobs.Failed("0.8 s, at least 2 s")


@pytest.fixture(autouse=True)
def nothing_done():
    DONE.clear()


def test_what_a_visitors_job_was_asked_by_ends_with_the_job(db):
    structlog.contextvars.bind_contextvars(request_id="a-visitor")
    job = jobs.enqueue("test_note")
    structlog.contextvars.clear_contextvars()

    jobs.run(job.pk)

    assert job.request_id == "a-visitor"
    assert jobs.enqueue("test_note", key="a tick's own").request_id == ""


def test_a_job_is_done_and_its_row_says_so(db):
    job = jobs.enqueue("test_note", subject=7)

    jobs.run(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert DONE == [(7, 1)]


def test_a_message_that_comes_twice_does_the_job_once(db):
    job = jobs.enqueue("test_note", subject=7)

    jobs.run(job.pk)
    jobs.run(job.pk)

    assert DONE == [(7, 1)]


def test_the_same_key_is_open_once(db):
    first = jobs.enqueue("test_note", subject=7)
    second = jobs.enqueue("test_note", subject=7)

    assert (first is not None, second) == (True, None)


def test_a_job_of_a_transaction_that_failed_does_not_exist(transactional_db):
    with pytest.raises(RuntimeError), transaction.atomic():
        jobs.enqueue("test_note", subject=7)
        raise RuntimeError

    assert Job.objects.count() == 0


def test_a_crash_is_tried_again_and_ends_as_failed_with_its_reason(db):
    job = jobs.enqueue("test_crash", subject=1)
    jobs.run(job.pk)
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    jobs.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempt) == (Job.State.FAILED, 2)
    assert job.error == "OSError: the disk hiccupped"


def test_a_refusal_is_not_tried_again(db):
    job = jobs.enqueue("test_refuse", subject=1)

    jobs.run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempt, job.error) == (Job.State.FAILED, 1, "0.8 s, at least 2 s")


def test_the_job_of_a_silent_worker_goes_back_and_the_silent_one_publishes_nothing(db):
    job = jobs.enqueue("test_note", subject=7)
    silent = jobs.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_ends_at=timezone.now() - timedelta(seconds=1))

    assert jobs.sweep() == 1
    jobs.run(job.pk)

    assert DONE == [(7, 2)]
    with pytest.raises(jobs.Lost):
        silent.hold()
    with pytest.raises(jobs.Lost):
        silent.progress(1, 2)


def test_cancelling_a_running_job_stops_it_at_its_next_sign(db):
    job = jobs.enqueue("test_note", subject=7)
    claim = jobs.claim(job.pk)

    jobs.cancel(job)

    with pytest.raises(jobs.Cancelled):
        claim.progress(1, 2)


def test_a_failed_job_can_be_tried_again_and_an_old_attempt_stays_fenced(db):
    job = jobs.enqueue("test_crash", subject=1)
    zombie = jobs.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED)
    job.refresh_from_db()

    assert jobs.retry(job) is True

    again = jobs.claim(job.pk)
    assert again.attempt == zombie.attempt + 1
    assert zombie.still_mine() is False
    assert again.still_mine() is True


def test_a_job_that_nobody_announced_is_announced_by_the_sweeper(db, settings):
    job = jobs.enqueue("test_note", subject=7)
    Job.objects.filter(pk=job.pk).update(announced_at=timezone.now() - timedelta(minutes=1))

    jobs.sweep()

    job.refresh_from_db()
    assert timezone.now() - job.announced_at < timedelta(seconds=5)


@jobs.kind("test_slow", attempts=3)
def slow(job):
    for step in range(100):
        job.progress(step, 100)


def test_a_job_that_uses_up_its_time_is_ended_and_says_so(db, settings):
    settings.JOB_SECONDS = {**settings.JOB_SECONDS, "default": 0}
    job = jobs.enqueue("test_slow")

    jobs.run(job.pk)

    job.refresh_from_db()
    with translation.override("zh-hans"):
        assert (job.state, jobs.told(job.error)) == (Job.State.FAILED, "0 秒后仍未完成。")
