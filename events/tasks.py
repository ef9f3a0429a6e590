"""Celery tasks: load by id, call one function."""

from celery import shared_task

from events import jobs, ticking


@shared_task(acks_late=True, ignore_result=True)
def run_job(job_id):
    jobs.run(job_id)


@shared_task(ignore_result=True)
def sweep():
    jobs.sweep()


@shared_task(ignore_result=True)
def tick():
    ticking.tick()


@shared_task(ignore_result=True)
def tidy():
    ticking.tidy()
