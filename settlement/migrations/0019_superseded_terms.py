# ruff: noqa
"""Terms in line may fall away for others; terms that name no request are the first, or the policy asks nobody."""

import core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from core.schema import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0022_statement_duty"),
        ("settlement", "0018_attribution_is_approved"),
    ]

    operations = [
        migrations.CreateModel(
            name="SupersededTerms",
            fields=[
                ("id", models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("superseded_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="railchange",
            name="rail_change_was_approved",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="withdrawalfee",
            name="withdrawal_fee_was_approved",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="withdrawallimit",
            name="withdrawal_limit_was_approved",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="railchange",
            trigger=pgtrigger.compiler.Trigger(
                name="rail_change_was_approved",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func="\n            IF NOT (CASE WHEN NEW.approval_id IS NULL THEN (NOT EXISTS (SELECT 1 FROM settlement_railchange o\n                        WHERE o.rail_id = NEW.rail_id AND o.in_force_from < NEW.in_force_from)\n                    OR (NOT NEW.enabled AND EXISTS (SELECT 1 FROM settlement_railchange o\n                        WHERE o.rail_id = NEW.rail_id AND ROW(o.confirmations, o.min_deposit, o.min_withdrawal, o.cut_off) IS NOT DISTINCT FROM ROW(NEW.confirmations, NEW.min_deposit, NEW.min_withdrawal, NEW.cut_off)\n                        AND o.in_force_from IN (NEW.in_force_from - interval '1 microsecond', (\n                            SELECT max(l.in_force_from) FROM settlement_railchange l\n                            WHERE l.rail_id = NEW.rail_id AND l.in_force_from < NEW.in_force_from AND NOT EXISTS (\n                                SELECT 1 FROM settlement_supersededterms s WHERE s.change_id = l.id)))))) OR coalesce((SELECT p.tiers->-1->>'approvals' = '0' FROM accounts_approvalpolicy p\n        WHERE p.action = 'RAIL_CHANGE' ORDER BY p.policy_version DESC LIMIT 1), false)\n            ELSE EXISTS (\n                SELECT 1 FROM accounts_approvalrequest r\n                WHERE r.id = NEW.approval_id AND r.action = 'RAIL_CHANGE' AND r.status = 'EXECUTED' AND r.payload->>'change_id' = NEW.id::text AND r.subject_id = NEW.rail_id::text\n                    AND r.payload->>'confirmations' = NEW.confirmations::text\n                    AND (r.payload->>'min_deposit')::numeric = NEW.min_deposit\n                    AND (r.payload->>'min_withdrawal')::numeric = NEW.min_withdrawal\n                    AND nullif(r.payload->>'cut_off', '')::time IS NOT DISTINCT FROM NEW.cut_off\n                    AND r.payload->>'enabled' = CASE WHEN NEW.enabled THEN 'yes' ELSE 'no' END\n            ) END) THEN\n                RAISE EXCEPTION 'no request says this: %', NEW.approval_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'rail_change_was_approved';\n            END IF;\n            RETURN NULL;\n        ",
                    hash="39c3c705c7acd646ee46f068f5157d4d0b7c02f1",
                    operation="INSERT",
                    pgid="pgtrigger_rail_change_was_approved_e6f9c",
                    table="settlement_railchange",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="withdrawalfee",
            trigger=pgtrigger.compiler.Trigger(
                name="withdrawal_fee_was_approved",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func="\n            IF NOT (CASE WHEN NEW.approval_id IS NULL THEN (NOT EXISTS (SELECT 1 FROM settlement_withdrawalfee o\n                    WHERE o.rail_id = NEW.rail_id AND o.in_force_from < NEW.in_force_from)) OR coalesce((SELECT p.tiers->-1->>'approvals' = '0' FROM accounts_approvalpolicy p\n        WHERE p.action = 'RAIL_CHANGE' ORDER BY p.policy_version DESC LIMIT 1), false)\n            ELSE EXISTS (\n                SELECT 1 FROM accounts_approvalrequest r\n                WHERE r.id = NEW.approval_id AND r.action = 'RAIL_CHANGE' AND r.status = 'EXECUTED' AND r.payload->>'fee_id' = NEW.id::text AND r.subject_id = NEW.rail_id::text\n                    AND nullif(r.payload->>'fee', '')::numeric = NEW.fee\n            ) END) THEN\n                RAISE EXCEPTION 'no request says this: %', NEW.approval_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'withdrawal_fee_was_approved';\n            END IF;\n            RETURN NULL;\n        ",
                    hash="bd6d055bc861cfba0b49b9b6b700e1a2105b9449",
                    operation="INSERT",
                    pgid="pgtrigger_withdrawal_fee_was_approved_3eec4",
                    table="settlement_withdrawalfee",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="withdrawallimit",
            trigger=pgtrigger.compiler.Trigger(
                name="withdrawal_limit_was_approved",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func="\n            IF NOT (CASE WHEN NEW.approval_id IS NULL THEN (NEW.scope = 'DEFAULT' AND NOT EXISTS (SELECT 1 FROM settlement_withdrawallimit o\n                    WHERE o.scope = 'DEFAULT' AND o.\"window\" = NEW.\"window\" AND o.in_force_from < NEW.in_force_from)) OR coalesce((SELECT p.tiers->-1->>'approvals' = '0' FROM accounts_approvalpolicy p\n        WHERE p.action = 'LIMIT_CHANGE' ORDER BY p.policy_version DESC LIMIT 1), false)\n            ELSE EXISTS (\n                SELECT 1 FROM accounts_approvalrequest r\n                WHERE r.id = NEW.approval_id AND r.action = 'LIMIT_CHANGE' AND r.status = 'EXECUTED' AND r.payload->>'limit_id' = NEW.id::text AND r.payload->>'scope' = NEW.scope\n                    AND nullif(r.payload->>'scope_id', '')::uuid IS NOT DISTINCT FROM NEW.scope_id\n                    AND r.payload->>'window' = NEW.\"window\"\n                    AND nullif(r.payload->>'value', '')::numeric IS NOT DISTINCT FROM NEW.value\n            ) END) THEN\n                RAISE EXCEPTION 'no request says this: %', NEW.approval_id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'withdrawal_limit_was_approved';\n            END IF;\n            RETURN NULL;\n        ",
                    hash="0b938b9041f5f621b97934a2bc8e12bf16279ebd",
                    operation="INSERT",
                    pgid="pgtrigger_withdrawal_limit_was_approved_c3cdf",
                    table="settlement_withdrawallimit",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="supersededterms",
            name="approval",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.approvalrequest",
            ),
        ),
        migrations.AddField(
            model_name="supersededterms",
            name="change",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="superseded",
                to="settlement.railchange",
            ),
        ),
        migrations.AddField(
            model_name="supersededterms",
            name="fee",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="superseded",
                to="settlement.withdrawalfee",
            ),
        ),
        migrations.AddField(
            model_name="supersededterms",
            name="limit",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="superseded",
                to="settlement.withdrawallimit",
            ),
        ),
        migrations.AddConstraint(
            model_name="supersededterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("change__isnull", False), ("fee__isnull", True), ("limit__isnull", True)),
                    models.Q(("change__isnull", True), ("fee__isnull", False), ("limit__isnull", True)),
                    models.Q(("change__isnull", True), ("fee__isnull", True), ("limit__isnull", False)),
                    _connector="OR",
                ),
                name="superseded_terms_are_one",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supersededterms",
            trigger=pgtrigger.compiler.Trigger(
                name="superseded_terms_were_in_line",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF NOT (EXISTS (SELECT 1 FROM settlement_railchange t WHERE t.id = NEW.change_id AND t.in_force_from > NEW.superseded_at AND t.in_force_from > now()) OR EXISTS (SELECT 1 FROM settlement_withdrawalfee t WHERE t.id = NEW.fee_id AND t.in_force_from > NEW.superseded_at AND t.in_force_from > now()) OR EXISTS (SELECT 1 FROM settlement_withdrawallimit t WHERE t.id = NEW.limit_id AND t.in_force_from > NEW.superseded_at AND t.in_force_from > now())) THEN\n                        RAISE EXCEPTION 'what was in force is not taken back'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'superseded_terms_were_in_line';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="8010cb69bf4f5a5d3b5159f9175dcc37bfd4263e",
                    operation="INSERT",
                    pgid="pgtrigger_superseded_terms_were_in_line_72dec",
                    table="settlement_supersededterms",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supersededterms",
            trigger=pgtrigger.compiler.Trigger(
                name="superseded_terms_were_approved",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func="\n                    IF NOT ((NEW.change_id IS NOT NULL AND CASE WHEN NEW.approval_id IS NULL THEN (SELECT p.tiers->-1->>'approvals' = '0' FROM accounts_approvalpolicy p\n        WHERE p.action = 'RAIL_CHANGE' ORDER BY p.policy_version DESC LIMIT 1) ELSE EXISTS (SELECT 1 FROM accounts_approvalrequest r WHERE r.id = NEW.approval_id AND r.action = 'RAIL_CHANGE' AND r.status = 'EXECUTED' AND r.payload->'falls_away' ? NEW.change_id::text) END) OR (NEW.fee_id IS NOT NULL AND CASE WHEN NEW.approval_id IS NULL THEN (SELECT p.tiers->-1->>'approvals' = '0' FROM accounts_approvalpolicy p\n        WHERE p.action = 'RAIL_CHANGE' ORDER BY p.policy_version DESC LIMIT 1) ELSE EXISTS (SELECT 1 FROM accounts_approvalrequest r WHERE r.id = NEW.approval_id AND r.action = 'RAIL_CHANGE' AND r.status = 'EXECUTED' AND r.payload->'fees_fall_away' ? NEW.fee_id::text) END) OR (NEW.limit_id IS NOT NULL AND CASE WHEN NEW.approval_id IS NULL THEN (SELECT p.tiers->-1->>'approvals' = '0' FROM accounts_approvalpolicy p\n        WHERE p.action = 'LIMIT_CHANGE' ORDER BY p.policy_version DESC LIMIT 1) ELSE EXISTS (SELECT 1 FROM accounts_approvalrequest r WHERE r.id = NEW.approval_id AND r.action = 'LIMIT_CHANGE' AND r.status = 'EXECUTED' AND r.payload->'falls_away' ? NEW.limit_id::text) END)) THEN\n                        RAISE EXCEPTION 'nobody approved that these terms fall away'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'superseded_terms_were_approved';\n                    END IF;\n                    RETURN NULL;\n                ",
                    hash="9ac62043cc4a8bc7b643963ce37912af8664d7e9",
                    operation="INSERT",
                    pgid="pgtrigger_superseded_terms_were_approved_fd45d",
                    table="settlement_supersededterms",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        AppendOnly("settlement_supersededterms", "superseded_terms_are_append_only"),
    ]
