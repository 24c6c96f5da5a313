"""Every version of a market's terms and of what trading costs is kept, from now on."""

import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from core.schema import KeepVersions


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0005_acts"),
        ("settlement", "0007_asset_history"),
        ("trading", "0005_room_for_fills"),
    ]

    operations = [
        migrations.CreateModel(
            name="FeeScheduleHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.UUIDField(serialize=False)),
                ("name", models.CharField(max_length=64)),
                ("schedule_version", models.IntegerField()),
                ("fee_scale", models.SmallIntegerField()),
                ("created_at", models.DateTimeField()),
                ('pgh_obj', models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="history",
                to="trading.feeschedule",
            )),
            ],
            options={
                "abstract": False,
                'indexes': [
                    models.Index(fields=["pgh_obj", "pgh_id"], name="feeschedulehistory_of"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FeeTierHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.UUIDField(serialize=False)),
                ("from_volume", models.DecimalField(decimal_places=18, max_digits=38)),
                ("maker_rate", models.DecimalField(decimal_places=6, max_digits=8)),
                ("taker_rate", models.DecimalField(decimal_places=6, max_digits=8)),
                ("created_at", models.DateTimeField()),
                ('pgh_obj', models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="history",
                to="trading.feetier",
            )),
                ('schedule', models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="trading.feeschedule",
            )),
            ],
            options={
                "abstract": False,
                'indexes': [
                    models.Index(fields=["pgh_obj", "pgh_id"], name="feetierhistory_of"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MarketHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.UUIDField(serialize=False)),
                ("symbol", models.CharField(max_length=33)),
                ("tick_size", models.DecimalField(decimal_places=18, max_digits=38)),
                ("lot_size", models.DecimalField(decimal_places=18, max_digits=38)),
                ("price_scale", models.SmallIntegerField()),
                ("amount_scale", models.SmallIntegerField()),
                ("min_amount", models.DecimalField(decimal_places=18, max_digits=38)),
                ("max_amount", models.DecimalField(decimal_places=18, max_digits=38)),
                ("min_notional", models.DecimalField(decimal_places=18, max_digits=38)),
                ("max_notional", models.DecimalField(decimal_places=18, max_digits=38)),
                ("execution_band", models.DecimalField(decimal_places=6, max_digits=8)),
                ("version", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ('base', models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="settlement.asset",
            )),
                ('fee_schedule', models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="trading.feeschedule",
            )),
                ('pgh_obj', models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="history",
                to="trading.market",
            )),
                ('quote', models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="settlement.asset",
            )),
            ],
            options={
                "abstract": False,
                'indexes': [
                    models.Index(fields=["pgh_obj", "pgh_id"], name="markethistory_of"),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeschedule",
            trigger=pgtrigger.compiler.Trigger(
                name="feeschedule_inserted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func='INSERT INTO "trading_feeschedulehistory" ("id", "name", "schedule_version", "fee_scale", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."name", NEW."schedule_version", NEW."fee_scale", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;',
                    hash="f2e5380003ec621271d71c6f12a4bc03849c0f7e",
                    operation="INSERT",
                    pgid="pgtrigger_feeschedule_inserted_7d266",
                    table="trading_feeschedule",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeschedule",
            trigger=pgtrigger.compiler.Trigger(
                name="feeschedule_updated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    constraint="CONSTRAINT",
                    func='INSERT INTO "trading_feeschedulehistory" ("id", "name", "schedule_version", "fee_scale", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."name", NEW."schedule_version", NEW."fee_scale", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;',
                    hash="1996ad584812d803f305b2972652076830151782",
                    operation="UPDATE",
                    pgid="pgtrigger_feeschedule_updated_f5bec",
                    table="trading_feeschedule",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feeschedule",
            trigger=pgtrigger.compiler.Trigger(
                name="feeschedule_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func='INSERT INTO "trading_feeschedulehistory" ("id", "name", "schedule_version", "fee_scale", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."name", OLD."schedule_version", OLD."fee_scale", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;',
                    hash="d4f79715d545d84631b8ebb9ddb2e47a827d5161",
                    operation="DELETE",
                    pgid="pgtrigger_feeschedule_deleted_eeb94",
                    table="trading_feeschedule",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feetier",
            trigger=pgtrigger.compiler.Trigger(
                name="feetier_inserted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func='INSERT INTO "trading_feetierhistory" ("id", "schedule_id", "from_volume", "maker_rate", "taker_rate", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."schedule_id", NEW."from_volume", NEW."maker_rate", NEW."taker_rate", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;',
                    hash="1186e9f1397b36677bd7a31384350c16a4d46242",
                    operation="INSERT",
                    pgid="pgtrigger_feetier_inserted_b3d08",
                    table="trading_feetier",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feetier",
            trigger=pgtrigger.compiler.Trigger(
                name="feetier_updated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    constraint="CONSTRAINT",
                    func='INSERT INTO "trading_feetierhistory" ("id", "schedule_id", "from_volume", "maker_rate", "taker_rate", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."schedule_id", NEW."from_volume", NEW."maker_rate", NEW."taker_rate", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;',
                    hash="73da2d53e88ad7e565d32bceb79088f8629b4e94",
                    operation="UPDATE",
                    pgid="pgtrigger_feetier_updated_a75c7",
                    table="trading_feetier",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feetier",
            trigger=pgtrigger.compiler.Trigger(
                name="feetier_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func='INSERT INTO "trading_feetierhistory" ("id", "schedule_id", "from_volume", "maker_rate", "taker_rate", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."schedule_id", OLD."from_volume", OLD."maker_rate", OLD."taker_rate", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;',
                    hash="7d65212e9db36a34ebc9e05cf84d76859fa8a3d6",
                    operation="DELETE",
                    pgid="pgtrigger_feetier_deleted_e8640",
                    table="trading_feetier",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="market",
            trigger=pgtrigger.compiler.Trigger(
                name="market_inserted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func='INSERT INTO "trading_markethistory" ("id", "symbol", "base_id", "quote_id", "fee_schedule_id", "tick_size", "lot_size", "price_scale", "amount_scale", "min_amount", "max_amount", "min_notional", "max_notional", "execution_band", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."symbol", NEW."base_id", NEW."quote_id", NEW."fee_schedule_id", NEW."tick_size", NEW."lot_size", NEW."price_scale", NEW."amount_scale", NEW."min_amount", NEW."max_amount", NEW."min_notional", NEW."max_notional", NEW."execution_band", NEW."version", NEW."created_at", now(), \'insert\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;',
                    hash="9549fee76aea42467f36b5a5437bb42779ecfef0",
                    operation="INSERT",
                    pgid="pgtrigger_market_inserted_6f0c9",
                    table="trading_market",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="market",
            trigger=pgtrigger.compiler.Trigger(
                name="market_updated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."amount_scale" IS DISTINCT FROM (NEW."amount_scale") OR OLD."base_id" IS DISTINCT FROM (NEW."base_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."execution_band" IS DISTINCT FROM (NEW."execution_band") OR OLD."fee_schedule_id" IS DISTINCT FROM (NEW."fee_schedule_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."lot_size" IS DISTINCT FROM (NEW."lot_size") OR OLD."max_amount" IS DISTINCT FROM (NEW."max_amount") OR OLD."max_notional" IS DISTINCT FROM (NEW."max_notional") OR OLD."min_amount" IS DISTINCT FROM (NEW."min_amount") OR OLD."min_notional" IS DISTINCT FROM (NEW."min_notional") OR OLD."price_scale" IS DISTINCT FROM (NEW."price_scale") OR OLD."quote_id" IS DISTINCT FROM (NEW."quote_id") OR OLD."symbol" IS DISTINCT FROM (NEW."symbol") OR OLD."tick_size" IS DISTINCT FROM (NEW."tick_size") OR OLD."version" IS DISTINCT FROM (NEW."version"))',
                    constraint="CONSTRAINT",
                    func='INSERT INTO "trading_markethistory" ("id", "symbol", "base_id", "quote_id", "fee_schedule_id", "tick_size", "lot_size", "price_scale", "amount_scale", "min_amount", "max_amount", "min_notional", "max_notional", "execution_band", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (NEW."id", NEW."symbol", NEW."base_id", NEW."quote_id", NEW."fee_schedule_id", NEW."tick_size", NEW."lot_size", NEW."price_scale", NEW."amount_scale", NEW."min_amount", NEW."max_amount", NEW."min_notional", NEW."max_notional", NEW."execution_band", NEW."version", NEW."created_at", now(), \'update\', NEW."id", core_act_of(NEW."id"::text)); RETURN NULL;',
                    hash="1aa1c405d965ab067eba245fc65afc878441d529",
                    operation='UPDATE OF "id", "symbol", "base_id", "quote_id", "fee_schedule_id", "tick_size", "lot_size", "price_scale", "amount_scale", "min_amount", "max_amount", "min_notional", "max_notional", "execution_band", "version", "created_at"',
                    pgid="pgtrigger_market_updated_3db35",
                    table="trading_market",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="market",
            trigger=pgtrigger.compiler.Trigger(
                name="market_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func='INSERT INTO "trading_markethistory" ("id", "symbol", "base_id", "quote_id", "fee_schedule_id", "tick_size", "lot_size", "price_scale", "amount_scale", "min_amount", "max_amount", "min_notional", "max_notional", "execution_band", "version", "created_at", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) VALUES (OLD."id", OLD."symbol", OLD."base_id", OLD."quote_id", OLD."fee_schedule_id", OLD."tick_size", OLD."lot_size", OLD."price_scale", OLD."amount_scale", OLD."min_amount", OLD."max_amount", OLD."min_notional", OLD."max_notional", OLD."execution_band", OLD."version", OLD."created_at", now(), \'delete\', OLD."id", core_act_of(OLD."id"::text)); RETURN NULL;',
                    hash="ca57f56a7a1e32e48cd146f975983396bf7a0b76",
                    operation="DELETE",
                    pgid="pgtrigger_market_deleted_9a793",
                    table="trading_market",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        KeepVersions(
            "trading_markethistory",
            "trading_market",
            "id, symbol, base_id, quote_id, fee_schedule_id, tick_size, lot_size, price_scale, amount_scale, min_amount, max_amount, min_notional, max_notional, execution_band, version, created_at",
            "market_history_is_append_only",
        ),
        KeepVersions(
            "trading_feeschedulehistory",
            "trading_feeschedule",
            "id, name, schedule_version, fee_scale, created_at",
            "fee_schedule_history_is_append_only",
        ),
        KeepVersions(
            "trading_feetierhistory",
            "trading_feetier",
            "id, schedule_id, from_volume, maker_rate, taker_rate, created_at",
            "fee_tier_history_is_append_only",
        ),
    ]
