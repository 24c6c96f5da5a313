"""The addresses of the back office, under /ops/."""

from django.urls import include, path

from config.backoffice.frame import open_first_screen
from config.backoffice.search import find
from core.pages.preferences import keep_preference

app_name = "ops"
urlpatterns = [
    path("", open_first_screen, name="home"),
    path("search", find, name="search"),
    path("preferences", keep_preference, name="preferences"),
    path("", include("accounts.pages.urls")),
    path("", include("trading.pages.urls")),
    path("", include("settlement.pages.urls")),
    path("", include("compliance.pages.urls")),
]
