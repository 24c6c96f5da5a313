"""One port, one origin: HTTP goes to Django's WSGI side in a pool of threads, sockets stay on the event loop.

ASGI costs a synchronous Django view three to seven times its CPU, so only sockets use it.
"""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("COUNTINGHOUSE_PROCESS", "web")

_WEB_THREADS = 12


def _build() -> Any:
    """Set Django up, refuse to serve with other pins, then put the two sides together."""
    from a2wsgi import WSGIMiddleware
    from channels.routing import ProtocolTypeRouter
    from django.core.wsgi import get_wsgi_application

    wsgi: Any = get_wsgi_application()
    # These import models, which are there only after the set-up.
    from config.refusing import refuse_other_pins
    from config.sockets import socket_application

    refuse_other_pins()
    http = WSGIMiddleware(wsgi, workers=_WEB_THREADS)
    return ProtocolTypeRouter({"http": http, "websocket": socket_application()})


application = _build()
