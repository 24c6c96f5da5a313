"""The break-glass admin, for superusers: reference data may be corrected with a record, all else is shown and never changed.

Nothing is deleted here, there are no actions, and nothing that an operation does is done here: an operation guards what it does.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode

from core import clock
from core.models import AuditEntry, IdempotentRequest, OutboxMessage, SealedRecord, SealHead, StreamHead
from core.operations.record_audit import Actor, record_audit
from core.pages.access import has_fresh_factor, is_let_in

MOST_ROWS_COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Counts up to 10,000 rows and shows no page beyond: counting a whole ledger would take longer than showing the page."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list[:MOST_ROWS_COUNTED]
        return int(rows.count())


class ShownAdmin(admin.ModelAdmin):
    """Shows rows; adds, changes and deletes none."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    actions = None
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CorrectionForm(forms.ModelForm):
    """The row as it is to be, and why."""

    reason = forms.CharField(max_length=200, help_text="It stands on the record with the change.")


class ReferenceAdmin(ShownAdmin):
    """Lets ``corrigible`` fields be changed, for a reason; each change is an audit entry in the same transaction."""

    form = CorrectionForm
    corrigible: tuple[str, ...] = ()
    # Shown in this order; empty: every field.
    shown: tuple[str, ...] = ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.model._meta.fields if field.name not in self.corrigible]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*(self.shown or [field.name for field in self.model._meta.fields]), "reason"]

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        before = self.model._base_manager.get(pk=obj.pk)
        super().save_model(request, obj, form, change)
        record_audit(
            actor=Actor(kind="PERSON", id=request.user.pk, source_ip=request.META.get("REMOTE_ADDR")),
            action=f"{obj._meta.app_label}.{obj._meta.model_name}.correct",
            object_type=obj._meta.label_lower,
            object_id=str(obj.pk),
            at=clock.now(),
            changes=[
                {"field": name, "before": str(getattr(before, name)), "after": str(getattr(obj, name))}
                for name in form.changed_data
                if name != "reason"
            ],
            reason=form.cleaned_data["reason"],
        )


@admin.register(AuditEntry)
class AuditEntryAdmin(ShownAdmin):
    list_display = ("event_at", "actor_kind", "actor_id", "action", "object_type", "object_id", "reason")
    list_filter = ("actor_kind",)


@admin.register(SealedRecord)
class SealedRecordAdmin(ShownAdmin):
    list_display = ("seal_seq", "kind", "kind_seq", "object_id", "sealed_at", "leaf_hash")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ShownAdmin):
    list_display = ("id", "topic", "channel", "entity_id", "stream_seq", "created_at", "sealed_at")


@admin.register(IdempotentRequest)
class IdempotentRequestAdmin(ShownAdmin):
    list_display = ("created_at", "principal_id", "route", "key", "status_code", "resource_id")


admin.site.register([SealHead, StreamHead], ShownAdmin)


def _breaks_glass(request: HttpRequest) -> bool:
    return is_let_in(request) and bool(getattr(request.user, "is_superuser", False))


def _may_enter(request: HttpRequest) -> bool:
    """A superuser whose second factor is fresh; asked at every page, so a session that was left alone opens nothing."""
    return _breaks_glass(request) and has_fresh_factor(request)


def _sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """One door for staff: the back office's, with its pace; a superuser is asked for the factor. Anybody else stays outside."""
    to = request.GET.get("next", "")
    if _breaks_glass(request):
        return HttpResponseRedirect(f"{reverse('ops:step-up')}?{urlencode({'next': to})}")
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(to, settings.LOGIN_URL)


admin.site.has_permission = _may_enter  # type: ignore[method-assign]
admin.site.login = _sign_in  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Countinghouse break-glass"
