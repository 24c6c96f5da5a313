"""The sockets: which paths there are, and from which origin a browser may open them."""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.conf import settings

from trading.realtime.routing import stream_urlpatterns, websocket_urlpatterns

_Application = Callable[[dict[str, Any], Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Awaitable[Any]]


class OwnOriginOnly:
    """Lets a socket under /ws/ in only from our own origin (scheme, host and port) or one of COUNTINGHOUSE_ORIGINS.

    A browser sends the origin with every socket and cookies with it, so another site's page could otherwise speak in a
    signed-in person's name.
    """

    def __init__(self, inner: _Application) -> None:
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass the socket on, or close it before it is accepted, which a browser sees as 403."""
        headers = dict(scope.get("headers", ()))
        if scope["path"].startswith("/ws/") and not _is_own_origin(headers, scope.get("scheme", "ws")):
            await send({"type": "websocket.close", "code": 4003})
            return
        await self._inner(scope, receive, send)


def _is_own_origin(headers: dict[bytes, bytes], scheme: str) -> bool:
    origin = headers.get(b"origin", b"").decode("latin-1")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    host = headers.get(b"host", b"").decode("latin-1")
    return bool(host) and origin == f"{'https' if scheme == 'wss' else 'http'}://{host}"


def socket_application() -> OwnOriginOnly:
    """The application behind every socket; those of people have the session's user in their scope."""
    people, programs = AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), URLRouter(stream_urlpatterns)

    async def by_path(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await (programs if scope["path"].startswith("/v1/") else people)(scope, receive, send)

    return OwnOriginOnly(by_path)
