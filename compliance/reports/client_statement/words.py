"""How a statement says things to who reads it on paper: amounts with commas, kinds in words."""

from typing import Any

from core.domain.tones import word_of

MOVED = {
    "DEPOSIT": "Deposit",
    "DEPOSIT_RELEASED": "Deposit, released from review",
    "DEPOSIT_REVERSED": "Deposit taken back by its sender's bank",
    "INTERNAL_TRANSFER": "Transfer",
    "MANUAL_JOURNAL": "Adjustment",
    "QUOTE_EXECUTION": "Quote taken",
    "REVERSAL": "Reversal",
    "WITHDRAWAL": "Withdrawal",
    "WITHDRAWAL_RETURNED": "Withdrawal, returned",
}
PENDS = {
    "WITHDRAWAL": "Withdrawal on its way",
    "ORDERS": "Reserved for open orders",
    "DEPOSIT_UNDER_REVIEW": "Deposit under review, not part of the balance",
}
MINUS = "\N{MINUS SIGN}"
DISCLOSURES = (
    "Amounts are those of our books, by business date; a business date ends at midnight UTC. What happened in the period and was"
    " booked after it counts for a later date and is listed apart.",
    "Values are measures at the named price and time, not offers. Without a price of the last day nothing is valued.",
    "A statement is never changed. Where something has to be put right, a further statement with a number of its own names this"
    " one. Please tell us of anything that you do not recognise.",
)


def amount(text: str, payment_scale: int) -> str:
    """``-1234.500000`` -> ``−1,234.50``: the digits that are paid in, and further ones only where they are not nought."""
    whole, _, fraction = text.lstrip("-").partition(".")
    kept = fraction[:payment_scale] + fraction[payment_scale:].rstrip("0")
    sign = MINUS if text.startswith("-") else ""
    return f"{sign}{int(whole):,}{'.' if kept else ''}{kept}"


def instant(text: str | None) -> str:
    """``2026-03-02T10:01:00.000000Z`` -> ``2026-03-02 10:01:00``."""
    return "" if text is None else f"{text[:10]} {text[11:19]}"


def movement(each: dict[str, Any]) -> str:
    """What moved, in words."""
    trade = each["trade"]
    if each["fee"] is not None:
        return f"Fee, {fee(each['fee'])}"
    if trade is not None:
        done = "Bought" if trade["side"] == "BUY" else "Sold"
        return f"{done} {amount(trade['quantity'], 0)} at {amount(trade['price'], 2)}, {trade['market']}"
    if each["kind"] == "INTERNAL_TRANSFER":
        return "Transfer out" if each["change"].startswith("-") else "Transfer in"
    if each["kind"] == "MANUAL_JOURNAL" and each["reference"]:
        return f"Adjustment, {word_of(each['reference']).lower()}"
    return MOVED.get(each["kind"], word_of(each["kind"]))


def fee(kind: str) -> str:
    """What a fee was for: a market by its symbol."""
    return "withdrawal" if kind == "WITHDRAWAL" else kind


def detail(each: dict[str, Any]) -> str:
    """The small line under a movement: references, and the day that it counts for where that is another."""
    said = []
    if each["reference"] and each["kind"] != "MANUAL_JOURNAL":
        said.append(each["reference"])
    if each["outside_reference"]:
        said.append(f"payment {each['outside_reference']}")
    if each["event_at"][:10] != each["business_date"]:
        said.append(f"counts for {each['business_date']}")
    if each["corrects_entry_id"]:
        said.append(f"corrects entry {each['corrects_entry_id']}")
    return " · ".join(said)
