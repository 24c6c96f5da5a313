"""The doors: the REST API under /v1 and the back office under /ops."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from config import health
from config.docs import DocsView, OpenApiView
from core.api.time import TimeView

handler400 = "config.problems.bad_request"
handler403 = "config.problems.permission_denied"
handler404 = "config.problems.page_not_found"
handler500 = "config.problems.server_error"

# Plural nouns, hyphens in paths, no trailing slash.
v1_urlpatterns: list[URLPattern | URLResolver] = [
    # Patterns are tried in turn: orders come first because they come most.
    path("", include("trading.api.urls")),
    path("", include("settlement.api.urls")),
    path("", include("accounts.api.urls")),
    path("", include("compliance.api.urls")),
    path("time", TimeView.as_view(), name="time"),
    path("openapi.json", OpenApiView.as_view(), name="openapi"),
    path("docs", DocsView.as_view(), name="api-docs"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(v1_urlpatterns)),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("ops/admin/", admin.site.urls),
    path("ops/", include("config.backoffice.urls")),
    path("", RedirectView.as_view(url="/ops/")),
]
