from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "settlement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.approvable import register_action
        from core.sealing import register_sealed_kind
        from core.telling import register_states
        from settlement.holders import register_holder
        from settlement.operations.ask_deposit_release import DEPOSIT_RELEASE, describe_release, execute_release
        from settlement.operations.attribute_deposit import (
            DEPOSIT_ATTRIBUTION,
            describe_attribution,
            execute_attribution,
        )
        from settlement.operations.book_transfers import (
            INTERNAL_TRANSFER,
            describe_transfers,
            end_transfers,
            execute_transfers,
        )
        from settlement.operations.change_limit import LIMIT_CHANGE, describe_limit_change, execute_limit_change
        from settlement.operations.change_rail import RAIL_CHANGE, describe_rail_change, execute_rail_change
        from settlement.operations.decide_withdrawal import (
            WITHDRAWAL,
            describe_withdrawal,
            end_wish_of_withdrawal,
            execute_withdrawal,
        )
        from settlement.operations.enter_deposit_by_hand import DEPOSIT_ENTRY, describe_entry, execute_entry
        from settlement.operations.enter_valuation_price import VALUATION_PRICE, describe_price, execute_price
        from settlement.operations.hasten_destination import (
            DESTINATION_ADD,
            describe_destination_add,
            execute_destination_add,
        )
        from settlement.operations.post_journal import describe_journal, end_journal, execute_journal
        from settlement.operations.reverse_deposit import DEPOSIT_REVERSAL, describe_reversal, execute_reversal
        from settlement.operations.submit_journal import MANUAL_JOURNAL
        from settlement.queries.sealing import entry_records
        from settlement.queries.telling import moved_by_journals, moved_by_transfers, tell_balances
        from settlement.queries.withdrawals import HOLDS_SINCE
        from settlement.telling import register_mover

        register_sealed_kind("LEDGER_ENTRY", entry_records, table="settlement_entry")
        register_holder("withdrawals", HOLDS_SINCE)
        register_states(tell_balances)
        register_mover(moved_by_transfers)
        register_mover(moved_by_journals)
        register_action(
            WITHDRAWAL, execute=execute_withdrawal, describe=describe_withdrawal, end=end_wish_of_withdrawal
        )
        register_action(INTERNAL_TRANSFER, execute=execute_transfers, describe=describe_transfers, end=end_transfers)
        register_action(DEPOSIT_ATTRIBUTION, execute=execute_attribution, describe=describe_attribution)
        register_action(DEPOSIT_ENTRY, execute=execute_entry, describe=describe_entry)
        register_action(DEPOSIT_RELEASE, execute=execute_release, describe=describe_release)
        register_action(DEPOSIT_REVERSAL, execute=execute_reversal, describe=describe_reversal)
        register_action(VALUATION_PRICE, execute=execute_price, describe=describe_price)
        register_action(LIMIT_CHANGE, execute=execute_limit_change, describe=describe_limit_change)
        register_action(RAIL_CHANGE, execute=execute_rail_change, describe=describe_rail_change)
        register_action(DESTINATION_ADD, execute=execute_destination_add, describe=describe_destination_add)
        register_action(MANUAL_JOURNAL, execute=execute_journal, describe=describe_journal, end=end_journal)
