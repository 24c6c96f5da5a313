"""The WSGI side alone: REST and pages in production, where sockets are served by an ASGI process of their own."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("COUNTINGHOUSE_PROCESS", "web")


def _build() -> Any:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    # Imports models, which are there only after the set-up.
    from config.refusing import refuse_other_pins

    refuse_other_pins()
    return application


application = _build()
