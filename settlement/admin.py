"""The books in the break-glass admin: shown, never changed. Only what an asset is called and whether it is active may be."""

from django.contrib import admin

from core.admin import ReferenceAdmin, ShownAdmin
from settlement.models import (
    Asset,
    BalanceSnapshot,
    Break,
    BusinessDay,
    Deposit,
    Entry,
    LedgerAccount,
    Posting,
    ReconciliationRun,
    ValuationPrice,
)


@admin.register(Asset)
class AssetAdmin(ReferenceAdmin):
    list_display = ("code", "name", "kind", "scale", "payment_scale", "calendar", "status")
    corrigible = ("name", "calendar", "status")


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ShownAdmin):
    list_display = ("code", "name", "kind", "asset", "balance", "held", "status")
    list_filter = ("kind", "status")
    list_select_related = ("asset",)


@admin.register(Entry)
class EntryAdmin(ShownAdmin):
    list_display = ("id", "kind", "event_at", "business_date", "source_type", "source_id", "narrative")


@admin.register(Posting)
class PostingAdmin(ShownAdmin):
    list_display = ("id", "entry_id", "source", "destination", "asset", "amount")
    list_select_related = ("source", "destination", "asset")


@admin.register(Deposit)
class DepositAdmin(ShownAdmin):
    list_display = ("outside_reference", "profile", "omnibus", "amount", "status", "credited_at")
    list_select_related = ("profile", "omnibus")


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(ShownAdmin):
    list_display = ("omnibus", "business_date", "run_version", "status", "difference", "failure", "run_at")
    list_select_related = ("omnibus",)


@admin.register(Break)
class BreakAdmin(ShownAdmin):
    list_display = ("run", "kind", "amount", "outside_reference", "opened_on", "status")
    list_select_related = ("run",)


@admin.register(ValuationPrice)
class ValuationPriceAdmin(ShownAdmin):
    list_display = ("asset", "currency", "price", "source", "event_at")
    list_select_related = ("asset",)


@admin.register(BusinessDay)
class BusinessDayAdmin(ShownAdmin):
    list_display = ("business_date", "status", "cut_off_at", "prepared_by", "signed_off_by", "closed_at")


@admin.register(BalanceSnapshot)
class BalanceSnapshotAdmin(ShownAdmin):
    list_display = ("business_date", "account", "opening", "credits", "debits", "closing", "held")
    list_select_related = ("account",)
