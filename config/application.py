"""The web application: HTTP on Django's WSGI side in a pool of threads, sockets on the event loop.

ASGI costs a synchronous Django view three to seven times its CPU, so only sockets use it.
"""

from collections.abc import Callable
from typing import Any

_WEB_THREADS = 12


def build_application(before_asking_servers: Callable[[], None] | None = None) -> Any:
    """Set Django up, refuse to serve with other pins, and put the two sides together.

    `before_asking_servers` is called when all code is loaded, before the database is spoken to for the first time.
    """
    from a2wsgi import WSGIMiddleware
    from channels.routing import ProtocolTypeRouter
    from django.core.wsgi import get_wsgi_application
    from django.urls import get_resolver

    wsgi: Any = get_wsgi_application()
    # These import models, which are there only after the set-up; the URLs bring the views in.
    from config.refusing import refuse_other_pins
    from config.sockets import socket_application

    sockets = socket_application()
    http = WSGIMiddleware(wsgi, workers=_WEB_THREADS)
    _ = get_resolver().url_patterns
    if before_asking_servers:
        before_asking_servers()
    refuse_other_pins()
    return ProtocolTypeRouter({"http": http, "websocket": sockets})
