"""Celery tasks: load by id, call one function. The jobs of this app run through events.tasks.run_job."""
