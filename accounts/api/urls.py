from django.urls import path

from accounts.api.oauth import TokenView
from accounts.api.profiles import ProfilesView, ProfileView

urlpatterns = [
    path("oauth/token", TokenView.as_view(), name="oauth-token"),
    path("profiles", ProfilesView.as_view(), name="profiles"),
    path("profiles/<uuid:profile_id>", ProfileView.as_view(), name="profile"),
]
