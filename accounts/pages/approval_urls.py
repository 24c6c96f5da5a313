"""The addresses of approvals and their policies."""

from django.urls import path

from accounts.pages.approval import decide_one, show_approval, take_back
from accounts.pages.approvals import decide_chosen, show_approvals
from accounts.pages.policies import show_policies, show_policy
from core.api import paths  # noqa: F401  (registers the path parts)

urlpatterns = [
    path("approvals", show_approvals, name="approvals"),
    path("approvals/decide", decide_chosen, name="approvals-decide"),
    path("approvals/<uuid:approval_id>", show_approval, name="approval"),
    path("approvals/<uuid:approval_id>/decide", decide_one, name="approval-decide"),
    path("approvals/<uuid:approval_id>/cancel", take_back, name="approval-cancel"),
    path("policies", show_policies, name="policies"),
    path("policies/<ref:action>", show_policy, name="policy"),
]
