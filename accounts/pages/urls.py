"""The addresses of signing in and of tickets."""

from django.urls import path

from accounts.pages.sign_in import sign_in, sign_out
from accounts.pages.socket_tickets import issue_ticket

urlpatterns = [
    path("sign-in", sign_in, name="sign-in"),
    path("sign-out", sign_out, name="sign-out"),
    path("socket-tickets", issue_ticket, name="socket-tickets"),
]
