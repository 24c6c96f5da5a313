"""A small house in which money moves in every way it can: the acts of the stories that Hypothesis tells, and of eight threads.

Each act asks the operation that the product asks. Its answer is what the house acknowledged: the entries that are booked by now,
as (kind, source), or the code of the refusal. An act picks whom and what it is about by numbers that it is given, so a story or a
thread with the same numbers does the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import ApprovalRequest, StaffUser
from accounts.operations.cancel_approval import cancel_approval
from accounts.operations.create_profile import create_profile
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM, Actor
from settlement.models import Deposit, InternalTransfer, LedgerAccount, ManualJournal, Withdrawal
from settlement.operations.complete_return import complete_return
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.end_withdrawal import cancel_withdrawal, fail_withdrawal, reject_withdrawal
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.release_deposit import release_deposit
from settlement.operations.return_deposit import return_deposit
from settlement.operations.reverse_deposit import reverse_deposit
from settlement.operations.reverse_journal import reverse_journal
from settlement.operations.reverse_transfer import reverse_transfer
from settlement.operations.send_withdrawal import ask_withdrawal, retry_withdrawal, send_withdrawal
from settlement.operations.start_transfers import TransferWish, start_transfers
from settlement.operations.submit_journal import submit_journal
from tests.desk import a_person
from tests.four_eyes import approve, decide
from tests.identities import hold
from tests.settlement.withdrawals.paying import OFFICER, Paying
from tests.world import Client, World

# What may be said no to. Anything else that an act raises is a fault of the house.
USUAL = {
    "INSUFFICIENT_AVAILABLE", "STATE_CHANGED", "APPROVAL_ALREADY_DECIDED", "APPROVAL_ALREADY_PENDING", "APPROVAL_EXPIRED",
    "APPROVER_IS_REQUESTER", "WITHDRAWAL_ALREADY_SENT", "OUTCOME_UNKNOWN", "ACTION_NOT_PERMITTED", "AMOUNT_BELOW_MINIMUM",
    "WITHDRAWAL_LIMIT_EXCEEDED", "SCREENING_PENDING", "CLIENT_REFERENCE_REUSED", "ENTRY_ALREADY_REVERSED",
}  # fmt: skip
FATES = ("", "", "", "sbx:error:", "sbx:unknown:", "sbx:returned:")
Booked = set[tuple[str, UUID]]


@dataclass
class Owner:
    """A client with two profiles; the second begins with nothing."""

    client: Client
    profiles: tuple[UUID, UUID]


@dataclass
class Moving:
    """Three clients, one of whom may not simply receive; the firm's own money; and three people who may do everything."""

    world: World
    paying: Paying
    owners: list[Owner]
    house: UUID
    people: list[StaffUser]
    number: int = 0
    booked: Booked = field(default_factory=set)

    # --- value comes in

    def deposit(self, who: int, amount: Decimal) -> Booked:
        """To any of the six profiles; a client who may not simply receive has it under review."""
        owner, profile_id = self.whose(who)
        deposit_id = self.world.deposit(
            Client(owner.client.entity_id, profile_id, owner.client.credential),
            "USD",
            str(amount),
            self.reference("IN"),
        )
        self.paying.custodian.receive(
            asset="USD",
            amount=amount,
            reference=Deposit.objects.get(pk=deposit_id).outside_reference,
            at=self.paying.at,
        )
        is_credited = Deposit.objects.get(pk=deposit_id).status != "UNDER_REVIEW"
        return {("DEPOSIT" if is_credited else "DEPOSIT_RECEIVED", deposit_id)}

    def judge_deposit(self, which: int, is_released: bool) -> Booked:
        """Compliance releases one that waits, or has it sent back."""
        deposit = pick(Deposit.objects.filter(status="UNDER_REVIEW"), which)
        if deposit is None:
            return set()
        act = release_deposit if is_released else return_deposit
        act(deposit_id=deposit.pk, reason="Looked at.", actor=OFFICER, at=self.paying.at)
        return {("DEPOSIT_RELEASED", deposit.pk)} if is_released else set()

    def finish_return(self, which: int) -> Booked:
        deposit = pick(Deposit.objects.filter(status="RETURNING"), which)
        if deposit is None:
            return set()
        reference = f"OUT-{deposit.pk}"
        complete_return(deposit_id=deposit.pk, return_reference=reference, actor=OFFICER, at=self.paying.at)
        return {("DEPOSIT_RETURNED", deposit.pk)}

    def recall(self, which: int) -> Booked:
        """The sender's bank wants it back: asked for, and done once another person says so."""
        deposit = pick(Deposit.objects.filter(status="CREDITED"), which)
        if deposit is not None:
            actor = Actor("PERSON", self.people[0].pk)
            reverse_deposit(deposit_id=deposit.pk, reason="Recalled.", actor=actor, at=self.paying.at)
        return set()

    # --- value leaves

    def withdraw(self, who: int, amount: Decimal, fate: int, is_net: bool) -> Booked:
        """Asked for; how its gateway will take it is in its reference."""
        owner, profile_id = self.whose(who)
        client = Client(owner.client.entity_id, profile_id, owner.client.credential)
        reference = self.reference(FATES[fate % len(FATES)] + "W")
        self.paying.ask(client, str(amount), reference, kind="NET" if is_net else "GROSS")
        return set()

    def send(self, which: int) -> Booked:
        """Approved ones go to the gateway."""
        withdrawal = pick(Withdrawal.objects.filter(status="APPROVED"), which)
        if withdrawal is not None:
            send_withdrawal(withdrawal_id=withdrawal.pk, gateways=self.gateways, at=self.paying.at)
        return set()

    def ask(self, which: int) -> Booked:
        """The gateway is asked about any that it may have; some it pays, some it sends back."""
        withdrawal = pick(Withdrawal.objects.filter(status__in=["SENT", "ERRORED", "COMPLETED"]), which)
        if withdrawal is None:
            return set()
        status = ask_withdrawal(withdrawal_id=withdrawal.pk, gateways=self.gateways, at=self.paying.at)
        booked = {("WITHDRAWAL", withdrawal.pk)} if status in {"COMPLETED", "RETURNED"} else set()
        return booked | ({("WITHDRAWAL_RETURNED", withdrawal.pk)} if status == "RETURNED" else set())

    def stop(self, which: int, how: int) -> Booked:
        """Taken back by the client, refused or given up by the house, or sent once more."""
        withdrawal = pick(Withdrawal.objects.exclude(status__in=["COMPLETED", "RETURNED"]), which)
        if withdrawal is None:
            return set()
        told: dict[str, Any] = {"withdrawal_id": withdrawal.pk, "at": self.paying.at}
        if how % 4 == 0:
            owner = next(o for o in self.owners if withdrawal.profile_id in o.profiles)
            actor = self.paying.actor(owner.client)
            cancel_withdrawal(entity_id=owner.client.entity_id, actor=actor, **told)
        else:
            act = (reject_withdrawal, fail_withdrawal, retry_withdrawal)[how % 4 - 1]
            act(reason="Story.", actor=OFFICER, **told)
        return set()

    # --- value moves within the house

    def transfer(self, legs: Sequence[tuple[int, int, Decimal]]) -> Booked:
        """One transfer or a batch, all or none: at once, or when others have approved."""
        actor = Actor("PERSON", self.people[0].pk)
        wishes = [
            TransferWish(self.whose(source)[1], self.whose(destination)[1], "USD", amount, self.reference("T"))
            for source, destination, amount in legs
            if source % 6 != destination % 6
        ]
        if not wishes:
            return set()
        started = start_transfers(wishes=wishes, actor=actor, at=self.paying.at)
        return {("INTERNAL_TRANSFER", each.pk) for each in started.transfers if each.status == "EXECUTED"}

    def take_transfer_back(self, which: int) -> Booked:
        transfer = pick(InternalTransfer.objects.filter(status="EXECUTED", reverses__isnull=True), which)
        if transfer is None:
            return set()
        actor = Actor("PERSON", self.people[0].pk)
        back = reverse_transfer(transfer_id=transfer.pk, reason="Story.", actor=actor, at=self.paying.at)
        return {("REVERSAL", each.pk) for each in back.transfers if each.status == "EXECUTED"}

    def journal(self, lines: Sequence[tuple[int, int, Decimal]]) -> Booked:
        """Drafted and submitted in one: between clients, the firm's own and the bank."""
        maker = Actor("PERSON", self.people[1].pk)
        accounts = self.accounts()
        terms = [
            LineTerms(accounts[source % len(accounts)], accounts[destination % len(accounts)], amount)
            for source, destination, amount in lines
            if source % len(accounts) != destination % len(accounts)
        ]
        if terms:
            with transaction.atomic():
                wish = JournalTerms("CORRECTION", "Story.", terms)
                journal = draft_journal(terms=wish, actor=maker, at=self.paying.at)
                submit_journal(journal_id=journal.pk, actor=maker, at=self.paying.at)
        return set()

    def take_journal_back(self, which: int) -> Booked:
        journal = pick(ManualJournal.objects.filter(status="POSTED", reverses__isnull=True), which)
        if journal is not None:
            maker = Actor("PERSON", self.people[1].pk)
            reverse_journal(journal_id=journal.pk, reason="Story.", actor=maker, at=self.paying.at)
        return set()

    # --- others decide

    def judge(self, which: int, who: int, verdict: int) -> Booked:
        """One of three people says yes, mostly, or no; or who asked takes the wish back."""
        request = pick(ApprovalRequest.objects.filter(status="PENDING"), which)
        if request is None:
            return set()
        if verdict % 8 == 7:
            asker = Actor(request.requested_by_kind, request.requested_by_id)
            cancel_approval(approval_id=request.pk, actor=asker, at=self.paying.at)
            return set()
        says = "REJECT" if verdict % 8 == 6 else "APPROVE"
        # Nobody decides before it was asked; of two threads one may be ahead of the other.
        moment = max(self.paying.at, request.requested_at)
        decided = decide(request.pk, self.people[who % 3], says, note="Story.", at=moment)
        return self.executed(request) if decided.status == "EXECUTED" else set()

    def executed(self, request: ApprovalRequest) -> Booked:
        """The entries of a request that was executed."""
        if request.action == "DEPOSIT_REVERSAL":
            return {("DEPOSIT_REVERSED", UUID(request.payload["deposit_id"]))}
        if request.action == "MANUAL_JOURNAL":
            is_mirror = bool(request.payload["reverses"])
            return {("REVERSAL" if is_mirror else "MANUAL_JOURNAL", UUID(request.payload["journal_id"]))}
        if request.action == "INTERNAL_TRANSFER":
            return {
                ("REVERSAL" if each["reverses"] else "INTERNAL_TRANSFER", UUID(each["transfer_id"]))
                for each in request.payload["transfers"]
            }
        return set()

    def sweep(self, minutes: int) -> Booked:
        """Time passes, and the house takes every withdrawal on; what that books shows in their states."""
        self.paying.sweep(after=timedelta(minutes=minutes))
        return set()

    # --- what all need

    def do(self, act: Callable[[], Booked]) -> str:
        """Do it; answers DONE or the code of a usual refusal. Anything else is the caller's to see."""
        try:
            self.booked |= act()
        except Refusal as refused:
            if refused.code not in USUAL:
                raise
            return refused.code
        return "DONE"

    @property
    def gateways(self) -> dict[str, Any]:
        return {"SIMULATOR": self.paying.simulator}

    def whose(self, who: int) -> tuple[Owner, UUID]:
        owner = self.owners[who % 3]
        return owner, owner.profiles[who // 3 % 2]

    def accounts(self) -> list[UUID]:
        """The accounts that people may move by hand: the firm's own, the bank, and those of clients."""
        clients = LedgerAccount.objects.filter(kind="CLIENT", asset__code="USD").order_by("pk")
        return [self.house, self.world.omnibus["USD"], *clients.values_list("pk", flat=True)]

    def reference(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}-{self.number}"


def pick(rows: Any, which: int) -> Any:
    """One of the rows, by a number; none where there are none."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    return rows.model.objects.get(pk=keys[which % len(keys)]) if keys else None


def a_house_with_money(directory: Path) -> Moving:
    """Alder and Birch with 5,000.00 each, Cedar with 500.00 and SELL_ONLY; the firm with 5,000.00 of its own."""
    world = World()
    paying = Paying(world, directory)
    owners = []
    for name, amount in (("Alder", "5000.00"), ("Birch", "5000.00"), ("Cedar", "500.00")):
        client = paying.client(name, usd=amount)
        second = create_profile(entity_id=client.entity_id, name="Second", reference="second", at=world.at)
        hold(second, at=world.at)
        paying.destination(client)
        owners.append(Owner(client, (client.profile_id, second)))
    paying.control(owners[2].client, "SELL_ONLY")
    house = open_firm_account(
        kind="HOUSE", asset_id=world.usd.pk, asset_code="USD", label="", name="The firm's own", at=world.at
    )
    people = [a_person(name, ("OPERATIONS", "TREASURER", "COMPLIANCE")) for name in ("Olive", "Tom", "Tara")]
    lines = [LineTerms(world.omnibus["USD"], house, Decimal(5000))]
    with transaction.atomic():
        journal = draft_journal(terms=JournalTerms("CORRECTION", "Begin.", lines), actor=SYSTEM, at=world.at)
        approval_id = submit_journal(journal_id=journal.pk, actor=SYSTEM, at=world.at)
    approve(approval_id, people[:1])
    paying.custodian.receive(asset="USD", amount=Decimal(5000), reference="OWN", at=world.at)
    assert settings.REPORTING_ASSET == "USD"
    return Moving(world, paying, owners, house, people)
