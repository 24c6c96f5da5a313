"""Settings of withdrawals."""

from config.environment import env

__all__ = ["DESTINATION_COOLING_HOURS", "PAYOUT_ASK_AFTER_SECONDS", "PAYOUT_RETURN_DAYS"]

# How long a new address waits before value may go there.
DESTINATION_COOLING_HOURS = env.int("COUNTINGHOUSE_DESTINATION_COOLING_HOURS", default=24)
# When a gateway is asked about a payment that nobody knows the outcome of: by then the call that sent it, which a task may
# make for 30 seconds, is over.
PAYOUT_ASK_AFTER_SECONDS = 60
# How long a bank may send a payment back.
PAYOUT_RETURN_DAYS = 10
