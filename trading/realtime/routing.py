"""The sockets of the trading app."""

from django.urls import URLPattern, path

from trading.realtime.ops_consumer import OpsConsumer

websocket_urlpatterns: list[URLPattern] = [path("ws/ops", OpsConsumer.as_asgi())]
