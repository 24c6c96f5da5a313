"""The addresses of signing in, of one's own account, and of the members of staff."""

from django.urls import path

from accounts.pages import invitation, me, passkeys, staff
from accounts.pages.sign_in import sign_in, sign_in_factor, sign_out
from accounts.pages.socket_tickets import issue_ticket
from accounts.pages.step_up import step_up

urlpatterns = [
    path("sign-in", sign_in, name="sign-in"),
    path("sign-in/factor", sign_in_factor, name="sign-in-factor"),
    path("sign-out", sign_out, name="sign-out"),
    path("step-up", step_up, name="step-up"),
    path("passkeys/ask", passkeys.ask_passkey, name="passkey-ask"),
    path("passkeys/make", passkeys.make_passkey, name="passkey-make"),
    path("invitations/<str:token>", invitation.open_invitation, name="invitation"),
    path("join", invitation.join, name="join"),
    path("socket-tickets", issue_ticket, name="socket-tickets"),
    path("me", me.show_me, name="sessions"),
    path("me/sessions/end", me.end_mine, name="sessions-end"),
    path("me/app", me.enrol_app, name="me-app"),
    path("me/passkey", me.enrol_passkey, name="me-passkey"),
    path("me/factors/<int:factor_id>/remove", me.drop_factor, name="me-factor-remove"),
    path("me/recovery-codes", me.renew_codes, name="me-recovery-codes"),
    path("me/password", me.set_password, name="me-password"),
    path("staff", staff.show_staff, name="staff"),
    path("staff/invite", staff.invite, name="staff-invite"),
    path("staff/<uuid:staff_id>", staff.show_one, name="staff-one"),
    path("staff/<uuid:staff_id>/roles", staff.ask_role, name="staff-roles"),
    path("staff/<uuid:staff_id>/sessions/end", staff.end_theirs, name="staff-sessions-end"),
    path("staff/<uuid:staff_id>/<slug:verb>", staff.move, name="staff-move"),
]
