"""The sockets of the trading app."""

from django.urls import URLPattern, path

from trading.realtime.ops_consumer import OpsConsumer
from trading.realtime.stream.consumer import StreamConsumer

websocket_urlpatterns: list[URLPattern] = [path("ws/ops", OpsConsumer.as_asgi())]
# Programs show a token in a message: no cookie is looked at, so a page of another site has nothing to speak with.
stream_urlpatterns: list[URLPattern] = [path("v1/stream", StreamConsumer.as_asgi())]
