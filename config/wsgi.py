"""WSGI entry point: the pages."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# What was loaded so far lives as long as the process, and a form makes hundreds of small objects: the collector went
# through the whole product again and again, a tenth of what a sign-up costs.
gc.collect()
gc.freeze()
gc.set_threshold(20_000)
