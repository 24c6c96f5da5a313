"""For ASGI servers: the whole web application on one port and one origin."""

import os

from config.application import build_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("COUNTINGHOUSE_PROCESS", "web")

application = build_application()
