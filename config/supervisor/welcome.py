"""What a person reads when the stack is up: the address, the demo sign-ins, and a first order to paste."""

import json
from pathlib import Path
from typing import Any

_FIRST_ORDER = {
    "market": "BTC-USD",
    "client_order_id": "my-first-order",
    "side": "BUY",
    "type": "LIMIT",
    "time_in_force": "GTC",
    "base_amount": "0.0100",
    "limit_price": "59000.00",
}


def welcome(address: str, state: Path, seconds: float) -> str:
    """The text, with the sign-ins of the demo world if there is one."""
    lines = ["", f"Countinghouse is ready ({seconds:.1f} s).", "", f"  Back office   {address}/ops/"]
    lines.append(f"  REST API      {address}/v1/docs")
    demo = _read_demo(state)
    staff = demo.get("staff", [])
    for number, person in enumerate(staff):
        label = "Sign in as" if number == 0 else ""
        lines.append(f"  {label:<13} {person['email']:<34} password {person['password']}  {_role(person)}")
    if staff:
        lines.append(f"  One-time code make code EMAIL={staff[0]['email']}")
    if demo.get("credential"):
        lines += ["", "  A first order, from another terminal:", "", *_curl(address, demo["credential"])]
    lines += ["", "  Stop with Ctrl-C.", ""]
    return "\n".join(lines) + "\n"


def _role(person: dict[str, str]) -> str:
    return person.get("role", "").capitalize()


def _read_demo(state: Path) -> dict[str, Any]:
    try:
        said = json.loads((state / "demo.json").read_text())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _curl(address: str, credential: dict[str, str]) -> list[str]:
    order = json.dumps({"profile_id": credential["profile_id"], **_FIRST_ORDER})
    read_token = """python3 -c 'import json,sys; print(json.load(sys.stdin)["access_token"])'"""
    return [
        f"TOKEN=$(curl -s {address}/v1/oauth/token -d grant_type=client_credentials \\",
        f"  -d client_id={credential['client_id']} -d client_secret={credential['client_secret']} \\",
        f"  | {read_token})",
        f'curl -s {address}/v1/orders -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\',
        f"  -d '{order}'",
    ]
