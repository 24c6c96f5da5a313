"""One wish of every action under policy: whoever registers an action adds its wish here, and all of these tests try it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

from accounts.domain.credential_terms import CredentialTerms
from accounts.models import ApprovalPolicy, ProfileMember, StaffUser
from accounts.operations.carry_out import Outcome, Wish, carry_out
from accounts.operations.set_control import ControlWish, set_control
from core import clock
from core.domain.chain import instant_text
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.models import Deposit, Destination, InternalTransfer, LedgerAccount, ManualJournal, RailChange
from settlement.operations.ask_deposit_release import release_payload
from settlement.operations.book_transfers import new_transfer
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.submit_journal import payload_of
from tests.desk import a_person
from tests.four_eyes import a_person_with
from tests.people import a_client
from tests.settlement.arriving import arrive
from tests.settlement.withdrawals.paying import Paying
from tests.world import World
from trading.operations.engage_kill_switch import SwitchTerms, engage_kill_switch


def _policy_change() -> Wish:
    a_person_with("market.approve")
    policy = ApprovalPolicy.objects.get(action="MARKET_RESUME")
    payload = {
        "action": "MARKET_RESUME",
        "replaces_version": str(policy.policy_version),
        "tiers": [{"from_value": "0", "approvals": "1", "permission": "market.approve"}],
        "expires_after_hours": "8",
        "needs_reauthentication": True,
        "daily_limit": None,
    }
    return Wish(
        action="POLICY_CHANGE", subject_type="accounts.approval_policy", subject_id="MARKET_RESUME", payload=payload
    )


def _role_grant() -> Wish:
    person = a_person("Nora New", role=())
    payload = {"kind": "GRANT", "staff_id": str(person.pk), "role": "VIEWER"}
    return Wish(action="ROLE_GRANT", subject_type="accounts.staff_user", subject_id=person.pk, payload=payload)


def _market_resume() -> Wish:
    world = World()
    world.change_phase("HALTED")
    world.match()
    payload = {
        "market_id": str(world.market_id), "market": "BTC-USD", "was": "HALTED", "phase": "AUCTION", "reason": "All is well",
        "reason_code": "OTHER",
    }  # fmt: skip
    return Wish(action="MARKET_RESUME", subject_type="trading.market", subject_id=world.market_id, payload=payload)


def _reference_price() -> Wish:
    world = World()
    payload = {
        "market_id": str(world.market_id), "market": "BTC-USD", "reason": "Opening", "ticks": "120000", "price": "60000",
    }  # fmt: skip
    return Wish(action="REFERENCE_PRICE", subject_type="trading.market", subject_id=world.market_id, payload=payload)


def _market_change() -> Wish:
    world = World()
    payload = {
        "market_id": str(world.market_id), "market": "BTC-USD", "version": "1", "reason": "Wider", "entry_band": "0.1",
        "execution_band": "0.05", "tick_size": "1", "lot_size": "0.001",
    }  # fmt: skip
    return Wish(action="MARKET_CHANGE", subject_type="trading.market", subject_id=world.market_id, payload=payload)


def _market_session() -> Wish:
    world, at = World(), clock.now()
    starts_at, ends_at = (instant_text(at + timedelta(hours=hours)) for hours in (24, 25))
    payload = {
        "market_id": str(world.market_id), "market": "BTC-USD", "phase": "CANCEL_ONLY", "next_phase": "AUCTION",
        "starts_at": starts_at, "ends_at": ends_at, "session_reason": "MAINTENANCE", "reason": "New disks",
    }  # fmt: skip
    return Wish(action="MARKET_SESSION", subject_type="trading.market", subject_id=world.market_id, payload=payload)


def _kill_switch_release() -> Wish:
    world = World()
    switch = engage_kill_switch(
        terms=SwitchTerms("MARKET", world.market_id, "SYSTEM_FAULT"),
        actor=Actor("PERSON", a_person().pk),
        at=clock.now(),
    )
    return Wish(
        action="KILL_SWITCH_RELEASE",
        subject_type="trading.kill_switch",
        subject_id=switch.pk,
        payload={"switch_id": str(switch.pk), "reason": "All is well"},
    )


def _control_clear() -> Wish:
    person = a_client()
    identity_id = ProfileMember.objects.get(profile_id=person.profile_id, role="HOLDER").identity_id
    control_id = set_control(
        identity_id=identity_id,
        wish=ControlWish("FROZEN", "COMPLIANCE_INVESTIGATION"),
        set_by="OPERATOR",
        actor=Actor("PERSON", a_person().pk),
        at=clock.now(),
    )
    payload = {"control_id": str(control_id), "identity_id": str(identity_id), "note": "Settled."}
    return Wish(
        action="CONTROL_CLEAR", subject_type="accounts.identity_control", subject_id=control_id, payload=payload
    )


def _credential_create() -> Wish:
    person, credential_id = a_client(), new_id()
    terms = CredentialTerms(label="program", scopes=("orders:read",))
    payload = {"kind": "CREATE", "credential_id": str(credential_id), "entity_id": str(person.entity_id)}
    return Wish(
        action="CREDENTIAL_CREATE",
        subject_type="accounts.credential",
        subject_id=credential_id,
        payload=payload | terms.as_payload(),
        entity_id=person.entity_id,
    )


def _internal_transfer() -> Wish:
    """A transfer that waits: a world's client sends to another. What it does is told by tests of its own."""
    world = World()
    source, destination = world.client("Sender", USD="50000.00"), world.client("Receiver")
    transfer_id = str(new_id())
    said = {
        "transfer_id": transfer_id, "batch_id": str(new_id()), "from_profile_id": str(source.profile_id),
        "to_profile_id": str(destination.profile_id), "asset_id": str(world.usd.pk), "asset": "USD", "amount": "5000",
        "client_reference": "sample", "reverses": "", "reason": "Tests", "value": "5000", "value_price": "1",
    }  # fmt: skip
    return Wish(
        action="INTERNAL_TRANSFER",
        subject_type="settlement.internal_transfer",
        subject_id=transfer_id,
        payload={"transfers": [said]},
        reason="Tests",
        value=Decimal(5000),
        entity_id=source.entity_id,
    )


def _manual_journal() -> Wish:
    world = World()
    client = world.client("Charged", USD="100.00")
    account = LedgerAccount.objects.get(profile_id=client.profile_id)
    lines = [LineTerms(account.pk, world.omnibus["USD"], Decimal(12))]
    actor = Actor("PERSON", a_person("Dirk Drafts", role=()).pk)
    journal = draft_journal(terms=JournalTerms("BANK_CHARGE", "Tests", lines), actor=actor, at=clock.now())
    said = payload_of(journal, list(journal.lines.select_related("asset")))
    return Wish(
        action="MANUAL_JOURNAL",
        subject_type="settlement.manual_journal",
        subject_id=journal.pk,
        payload=said,
        reason="Tests",
        value=Decimal(12),
    )


def _withdrawal() -> Wish:
    """One that the screening has passed, and that waits for nothing else."""
    paying = Paying(World(), Path(mkdtemp()))
    withdrawal = paying.ask(paying.client(usd="5000.00"), "2000.00")
    withdrawal.mark(at=paying.at, screening="CLEAR")
    return Wish(
        action="WITHDRAWAL",
        subject_type="settlement.withdrawal",
        subject_id=withdrawal.pk,
        payload={"withdrawal_id": str(withdrawal.pk), "asset": "USD", "net_amount": "2000.00"},
        value=withdrawal.value,
        entity_id=withdrawal.profile.entity_id,
    )


def _deposit_reversal() -> Wish:
    """A deposit that was credited, and that the client still has."""
    world = World()
    client = world.client("Recalled", USD="100.00")
    deposit = Deposit.objects.get(profile_id=client.profile_id)
    payload = {
        "deposit_id": str(deposit.pk), "profile_id": str(client.profile_id), "asset": "USD", "amount": "100.00",
        "outside_reference": deposit.outside_reference, "recall_reference": "", "reason": "Tests",
    }  # fmt: skip
    return Wish(
        action="DEPOSIT_REVERSAL",
        subject_type="settlement.deposit",
        subject_id=deposit.pk,
        payload=payload,
        reason="Tests",
        value=Decimal(100),
    )


def _deposit_attribution() -> Wish:
    """Nobody's, of which somebody says whose it is."""
    person, deposit = a_client(), arrive("WIRE")
    payload = {
        "deposit_id": str(deposit.pk), "profile_id": str(person.profile_id), "asset": "USD", "amount": "250.00",
        "outside_reference": deposit.outside_reference, "reason": "Tests",
    }  # fmt: skip
    return Wish(
        action="DEPOSIT_ATTRIBUTION",
        subject_type="settlement.deposit",
        subject_id=deposit.pk,
        payload=payload,
        reason="Tests",
        value=Decimal(250),
        entity_id=person.entity_id,
    )


def _deposit_entry() -> Wish:
    """A payment that somebody saw at the bank."""
    world = World()
    client = world.client("Paid")
    payload = {
        "deposit_id": str(new_id()), "profile_id": str(client.profile_id), "omnibus_id": str(world.omnibus["USD"]),
        "rail_id": "", "asset": "USD", "amount": "250.00", "outside_reference": "WIRE-7", "value_date": "2026-03-02",
        "sender_account": "CH9300762011623852957", "sender_vasp": "", "note": "", "sender_subject_id": "",
        "sender_is_known": "",
    }  # fmt: skip
    return Wish(
        action="DEPOSIT_ENTRY",
        subject_type="settlement.deposit_entry",
        subject_id=new_id(),
        payload=payload,
        value=Decimal(250),
        entity_id=client.entity_id,
    )


def _deposit_release() -> Wish:
    """One that is too small to be taken without a look."""
    person = a_client()
    deposit = arrive("WIRE", person.profile_id, amount=Decimal(5))
    return Wish(
        action="DEPOSIT_RELEASE",
        subject_type="settlement.deposit",
        subject_id=deposit.pk,
        payload=release_payload(deposit, "Tests"),
        reason="Tests",
        entity_id=person.entity_id,
    )


def _valuation_price() -> Wish:
    """Bitcoin as the person read it somewhere."""
    world = World()
    payload = {
        "asset_id": str(world.btc.pk), "asset": "BTC", "currency": "USD", "price": "60000", "reason": "Tests",
        "priced_at": clock.now().isoformat(),
    }  # fmt: skip
    return Wish(
        action="VALUATION_PRICE",
        subject_type="settlement.asset",
        subject_id=world.btc.pk,
        payload=payload,
        reason="Tests",
    )


def _quote_terms() -> Wish:
    world = World()
    payload = {
        "market_id": str(world.market_id), "market": "BTC-USD", "terms_id": str(new_id()), "replaces": "", "source": "BOOK",
        "enabled": "yes", "ttl_seconds": "30", "max_amount": "2", "exposure_cap": "100000", "spreads": "0:20,1:50",
        "in_force_from": "", "reason": "Tests",
    }  # fmt: skip
    return Wish(action="QUOTE_TERMS", subject_type="trading.quote_terms", subject_id=world.market_id, payload=payload)


def _limit_change() -> Wish:
    payload = {
        "limit_id": str(new_id()), "scope": "DEFAULT", "scope_id": "", "window": "ROLLING_24H", "value": "800",
        "in_force_from": "", "reason": "Tests", "replaces": "", "stays": [], "falls_away": [],
    }  # fmt: skip
    return Wish(
        action="LIMIT_CHANGE",
        subject_type="settlement.withdrawal_limit",
        subject_id="ROLLING_24H:DEFAULT",
        payload=payload,
    )


def _rail_change() -> Wish:
    rail_id = Paying(World(), Path(mkdtemp())).rail_id
    newest = RailChange.objects.get(rail_id=rail_id)
    payload = {
        "rail_id": str(rail_id), "change_id": str(new_id()), "replaces": str(newest.pk), "confirmations": "0",
        "min_deposit": "0", "min_withdrawal": "20", "cut_off": "16:30", "enabled": "yes", "fee": "", "fee_id": "",
        "fee_was": "15", "in_force_from": "", "reason": "Tests", "stays": [], "falls_away": [], "fees_fall_away": [],
    }  # fmt: skip
    return Wish(action="RAIL_CHANGE", subject_type="settlement.rail", subject_id=rail_id, payload=payload)


def _destination_add() -> Wish:
    paying = Paying(World(), Path(mkdtemp()))
    client = paying.client()
    destination_id = paying.destination(client, at=clock.now())
    destination = Destination.objects.get(pk=destination_id)
    payload = {
        "destination_id": str(destination_id), "entity_id": str(client.entity_id), "address": destination.address,
        "usable_from": destination.usable_from.isoformat(), "reason": "Tests",
    }  # fmt: skip
    return Wish(
        action="DESTINATION_ADD",
        subject_type="settlement.destination",
        subject_id=destination_id,
        payload=payload,
    )


def _fee_schedule() -> Wish:
    World()
    payload = {
        "schedule_id": str(new_id()), "name": "Standard", "schedule_version": "2", "fee_scale": "2", "in_force_from": "",
        "tiers": [{"from_volume": "0", "maker_rate": "0.0005", "taker_rate": "0.0015"}], "reason": "Tests",
    }  # fmt: skip
    return Wish(action="FEE_SCHEDULE", subject_type="trading.fee_schedule", subject_id="Standard", payload=payload)


def _fee_assignment() -> Wish:
    profile_id = World().client("Favoured").profile_id
    payload = {
        "assignment_id": str(new_id()), "entity_id": "", "profile_id": str(profile_id), "market_id": "",
        "schedule_name": "Standard", "in_force_from": "", "reason": "Tests",
    }  # fmt: skip
    return Wish(
        action="FEE_ASSIGNMENT", subject_type="trading.fee_assignment", subject_id=profile_id.hex, payload=payload
    )


SAMPLES: dict[str, Callable[[], Wish]] = {
    "INTERNAL_TRANSFER": _internal_transfer,
    "MANUAL_JOURNAL": _manual_journal,
    "DEPOSIT_ATTRIBUTION": _deposit_attribution,
    "DEPOSIT_ENTRY": _deposit_entry,
    "DEPOSIT_RELEASE": _deposit_release,
    "DEPOSIT_REVERSAL": _deposit_reversal,
    "CONTROL_CLEAR": _control_clear,
    "CREDENTIAL_CREATE": _credential_create,
    "POLICY_CHANGE": _policy_change,
    "ROLE_GRANT": _role_grant,
    "MARKET_RESUME": _market_resume,
    "REFERENCE_PRICE": _reference_price,
    "QUOTE_TERMS": _quote_terms,
    "MARKET_CHANGE": _market_change,
    "MARKET_SESSION": _market_session,
    "KILL_SWITCH_RELEASE": _kill_switch_release,
    "VALUATION_PRICE": _valuation_price,
    "WITHDRAWAL": _withdrawal,
    "LIMIT_CHANGE": _limit_change,
    "RAIL_CHANGE": _rail_change,
    "DESTINATION_ADD": _destination_add,
    "FEE_SCHEDULE": _fee_schedule,
    "FEE_ASSIGNMENT": _fee_assignment,
}


def ask(code: str, requester: StaffUser | None = None) -> tuple[UUID, StaffUser]:
    """Somebody asks for the action's sample; answers the request's id and who asked."""
    wish = SAMPLES[code]()
    person = requester or a_person("Ada Asks", role=())
    outcome = carry(wish, person)
    assert outcome.approval_id is not None
    return outcome.approval_id, person


def carry(wish: Wish, person: StaffUser) -> Outcome:
    """Ask for it; what waits for the answer is put where its own operation would have put it."""
    actor = Actor("PERSON", person.pk)
    outcome = carry_out(wish=wish, actor=actor, at=clock.now())
    if outcome.approval_id is not None and wish.action in WAITING:
        WAITING[wish.action](wish, outcome.approval_id, actor)
    return outcome


def _transfer_waits(wish: Wish, approval_id: UUID, actor: Actor) -> None:
    (said,) = wish.payload["transfers"]
    status = InternalTransfer.Status.AWAITING_APPROVAL
    new_transfer(said, status=status, requester=actor, at=clock.now(), approval_id=approval_id).save(force_insert=True)


def _journal_waits(wish: Wish, approval_id: UUID, actor: Actor) -> None:
    journal = ManualJournal.objects.get(pk=wish.subject_id)
    journal.mark_submitted(by=actor.id, approval_id=approval_id, value=Decimal(12), at=clock.now())


WAITING: dict[str, Callable[[Wish, UUID, Actor], None]] = {
    "INTERNAL_TRANSFER": _transfer_waits,
    "MANUAL_JOURNAL": _journal_waits,
}
