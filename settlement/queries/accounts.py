"""Ledger accounts with their balances, and the trial balance that ends in zero."""

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from accounts.queries.shown_names import is_named
from core.domain.refusals import NotFound
from settlement.models import LedgerAccount


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What a list of accounts shows; ``text`` is part of the account's code or name, or of its owner's
    name.
    """

    kind: str = ""
    asset: str = ""
    text: str = ""

    def narrow(self, accounts: "QuerySet[LedgerAccount]") -> "QuerySet[LedgerAccount]":
        """The accounts that fit."""
        if self.kind:
            accounts = accounts.filter(kind=self.kind)
        if self.asset:
            accounts = accounts.filter(asset__code=self.asset)
        if self.text:
            accounts = accounts.filter(
                Q(code__icontains=self.text) | Q(name__icontains=self.text) | is_named(self.text, "profile__entity__")
            )
        return accounts


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account; ``title`` is how people call it. ``balance`` is what came in less what went out, ``held`` its
    reserved part, at the asset's scale.
    """

    id: UUID
    code: str
    title: str
    name: str
    kind: str
    owner: str
    balance: Decimal
    held: Decimal
    available: Decimal | None
    asset: str
    scale: int
    payment_scale: int
    status: str


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """An asset's balances: ``owed`` is the sum of those above zero, ``out_there`` of those below, ``total``
    is zero.
    """

    asset: str
    payment_scale: int
    owed: Decimal
    out_there: Decimal
    held: Decimal
    total: Decimal


def list_accounts(account_filter: AccountFilter) -> "QuerySet[LedgerAccount]":
    """The accounts that fit; the caller orders and cuts."""
    return account_filter.narrow(LedgerAccount.objects.select_related("asset", "profile__entity"))


def account_row(account: LedgerAccount) -> AccountRow:
    """The row of an account that ``list_accounts`` read. Only accounts that hold have something available."""
    return AccountRow(
        id=account.id,
        code=account.code,
        title=f"{account.profile.reference} · {account.asset.code}" if account.profile else account.code,
        name=account.name,
        kind=account.kind,
        owner=account.profile.entity.shown_name if account.profile else "",
        balance=account.balance,
        held=account.held,
        available=account.balance - account.held if account.kind in ("CLIENT", "HOUSE") else None,
        asset=account.asset.code,
        scale=account.asset.scale,
        payment_scale=account.asset.payment_scale,
        status=account.status,
    )


def get_account(account_id: UUID) -> LedgerAccount:
    """The account ``account_id``. Refuses an unknown one with ``NotFound``."""
    account = LedgerAccount.objects.select_related("asset", "profile__entity").filter(id=account_id).first()
    if account is None:
        raise NotFound("ledger account")
    return account


def list_trial_balances() -> list[TrialBalance]:
    """One row an asset; ``total`` other than zero is a broken ledger. One statement over all accounts."""
    sums = (
        LedgerAccount.objects.values("asset__code", "asset__payment_scale")
        .annotate(
            owed=Sum("balance", filter=Q(balance__gt=0), default=Decimal(0)),
            out_there=Sum("balance", filter=Q(balance__lt=0), default=Decimal(0)),
            held_total=Sum("held"),
            total=Sum("balance"),
        )
        .order_by("asset__code")
    )
    return [
        TrialBalance(
            each["asset__code"],
            each["asset__payment_scale"],
            each["owed"],
            each["out_there"],
            each["held_total"],
            each["total"],
        )
        for each in sums
    ]


def find_account(text: str) -> LedgerAccount | None:
    """The account whose code or id is ``text``."""
    named = Q(code=text)
    with suppress(ValueError):
        named |= Q(pk=UUID(text))
    return LedgerAccount.objects.filter(named).first()
