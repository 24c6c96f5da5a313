"""Every operation writes its audit entry, or stands here with the reason why it has none."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "settlement", "trading", "compliance", "core")

PART = "a part of operations that write the entry"
COUNTS = "counts and times of the edge, kept for minutes"
LOG = "an act of a client in the log of its market, which is sealed"
HOUSE = "the house's own upkeep: decides nothing"
RECORD = "writes the record itself"
DERIVED = "market data, which can be made anew from the record at any time"
WITHOUT = {
    "accounts/admit_sign_in": COUNTS,
    "accounts/admit_try": COUNTS,
    "accounts/note_use": COUNTS,
    "accounts/take_token": COUNTS,
    "accounts/issue_socket_ticket": COUNTS,
    "accounts/redeem_socket_ticket": COUNTS,
    "accounts/issue_token": COUNTS,
    "accounts/revoke_token": COUNTS,
    "accounts/sweep_edge": HOUSE,
    "accounts/announce_approval": PART,
    "accounts/keep_details": PART,
    "accounts/lock_identity": PART,
    "settlement/lock_deposit": PART,
    "settlement/lock_withdrawal": PART,
    "settlement/hold_value": PART,
    "settlement/hand_over_alone": PART,
    "settlement/name_beneficiary": PART,
    "settlement/record_valuation_prices": RECORD,
    "accounts/end_wish": PART,
    "accounts/fan_out_webhooks": HOUSE,
    "accounts/serve_webhook": HOUSE,
    "accounts/deliver_webhooks": HOUSE,
    "settlement/lock_accounts": PART,
    "settlement/reverse_entry": PART,
    "settlement/post_entry": PART,
    "settlement/open_client_account": PART,
    "settlement/open_client_accounts": PART,
    "trading/place_order": LOG,
    "trading/set_dead_mans_switch": LOG,
    "trading/write_in_markets": PART,
    "trading/place_orders": LOG,
    "trading/amend_order": LOG,
    "trading/prepare_batch": RECORD,
    "trading/write_batch": RECORD,
    "trading/draw_market_data": RECORD,
    "trading/measure_volumes": "volumes, which can be counted anew from the trades at any time",
    "trading/keep_candles": DERIVED,
    "trading/recompute_candles": DERIVED,
    "trading/rebuild_candles": DERIVED,
    "trading/wake_markets": "an instruction of the house in the log of its market, which is sealed",
    "compliance/end_download": "the rest of what record_download wrote down",
    "compliance/make_files": PART,
    "compliance/requeue_reports": HOUSE,
    "compliance/stream_report": "keeps nothing: whoever calls it keeps what it writes",
    "compliance/run_check": HOUSE,
    "compliance/sign_checkpoint": HOUSE,
    "core/make_partitions": HOUSE,
    "core/publish_message": RECORD,
    "core/record_audit": RECORD,
    "core/seal_outbox": RECORD,
    "core/seal_records": RECORD,
}


def operations() -> dict[str, Path]:
    paths = [path for app in APPS for path in (ROOT / app / "operations").glob("*.py") if path.stem != "__init__"]
    return {f"{path.parts[-3]}/{path.stem}": path for path in paths}


def audits(name: str, known: dict[str, Path], above: tuple[str, ...] = ()) -> bool:
    """Whether the operation calls ``record_audit``, or an operation that does."""
    tree = ast.parse(known[name].read_text())
    called = {getattr(node.func, "id", "") for node in ast.walk(tree) if isinstance(node, ast.Call)}
    if "record_audit" in called:
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and ".operations." in node.module:
            other = node.module.replace(".operations.", "/").replace(".", "/")
            is_used = called & {each.asname or each.name for each in node.names}
            if is_used and other in known and other not in above and audits(other, known, (*above, name)):
                return True
    return False


def test_every_operation_is_audited_or_says_why_not() -> None:
    known = operations()
    silent = {name for name in known if not audits(name, known)}
    assert silent - WITHOUT.keys() == set()


def test_nobody_stands_here_who_is_audited_or_gone() -> None:
    known = operations()
    assert {name for name in WITHOUT if name not in known} == set()
    assert {name for name in WITHOUT if audits(name, known)} == set()


def test_the_types_of_objects_are_app_and_noun() -> None:
    for name, path in operations().items():
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            for keyword in call.keywords:
                if keyword.arg == "object_type" and isinstance(keyword.value, ast.Constant):
                    assert keyword.value.value.count(".") == 1, (name, keyword.value.value)
