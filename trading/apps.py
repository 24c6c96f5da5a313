from django.apps import AppConfig


class TradingConfig(AppConfig):
    name = "trading"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.approvable import register_action
        from core.sealing import register_sealed_kind
        from core.telling import register_facts
        from settlement.holders import register_holder
        from settlement.telling import register_mover
        from trading.operations.assign_fees import FEE_ASSIGNMENT, describe_fee_assignment, execute_fee_assignment
        from trading.operations.change_fee_schedule import FEE_SCHEDULE, describe_fee_schedule, execute_fee_schedule
        from trading.operations.change_market import describe_change, execute_change
        from trading.operations.change_phase import describe_resume, execute_resume
        from trading.operations.change_quote_terms import QUOTE_TERMS, describe_quote_terms, execute_quote_terms
        from trading.operations.plan_session import describe_session, execute_session
        from trading.operations.release_kill_switch import describe_release, execute_release
        from trading.operations.set_reference import describe_reference, execute_reference
        from trading.queries.holds import HOLDS_SINCE
        from trading.queries.sealing import batch_records
        from trading.queries.telling import BATCH_MATCHED, moved_by_batches, moved_by_quotes, tell_orders, weigh_batch

        register_sealed_kind("MARKET_BATCH", batch_records, table="trading_marketbatch")
        register_holder("orders", HOLDS_SINCE)
        register_facts(BATCH_MATCHED, tell_orders, weigh=weigh_batch)
        register_mover(moved_by_batches)
        register_mover(moved_by_quotes)
        register_action("MARKET_RESUME", execute=execute_resume, describe=describe_resume)
        register_action("MARKET_CHANGE", execute=execute_change, describe=describe_change)
        register_action("MARKET_SESSION", execute=execute_session, describe=describe_session)
        register_action("KILL_SWITCH_RELEASE", execute=execute_release, describe=describe_release)
        register_action("REFERENCE_PRICE", execute=execute_reference, describe=describe_reference)
        register_action(QUOTE_TERMS, execute=execute_quote_terms, describe=describe_quote_terms)
        register_action(FEE_SCHEDULE, execute=execute_fee_schedule, describe=describe_fee_schedule)
        register_action(FEE_ASSIGNMENT, execute=execute_fee_assignment, describe=describe_fee_assignment)
