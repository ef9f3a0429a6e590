"""ASGI entry points: live updates (`hub`), and live updates with the pages behind them (`application`, embedded).

Pages run under WSGI in threads, also here: the same pages are two to three times slower on Django's own ASGI handler.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.lanes import Lanes
from config.wsgi import application as pages
from events.live.hub import Hub

hub = Hub()
application = Hub(pages=Lanes(pages))
