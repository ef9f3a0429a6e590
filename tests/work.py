"""Does the work that pages left for the workers, in this process, through the same door as a worker."""

from events import jobs
from events.models import Job


def work() -> int:
    """Run every waiting job, and those that they enqueue; returns how many."""
    done = 0
    while waiting := list(Job.objects.filter(state=Job.State.WAITING, not_before=None).values_list("pk", flat=True)):
        for job in waiting:
            jobs.run(job)
            done += 1
    return done
