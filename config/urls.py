"""The doors: the REST API under /v1 and the back office under /ops."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
