"""Statements to clients: numbered without a gap, of closed days, never replaced."""

import datetime

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

import core.ids
from core.schema import AppendOnly, ComposedKey

GUARDS = """
CREATE FUNCTION settlement_number_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sequence <> (
            SELECT count(*) FROM settlement_clientstatement s
            WHERE s.profile_id = NEW.profile_id AND s.year = NEW.year AND s.sequence <= NEW.sequence
        )
        OR NEW.number <> NEW.year || '-' || lpad(NEW.sequence::text, greatest(4, length(NEW.sequence::text)), '0')
    THEN
        PERFORM accounts_refuse_fact(TG_NAME, format('%s is not the next number of the profile', NEW.number));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER statement_number_is_gapless AFTER INSERT ON settlement_clientstatement
    FOR EACH ROW EXECUTE FUNCTION settlement_number_statement();

CREATE FUNCTION settlement_date_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM settlement_businessday d WHERE d.business_date = NEW.period_end AND d.status = 'CLOSED'
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, format('the business date %s is not closed', NEW.period_end));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER statement_covers_closed_days AFTER INSERT ON settlement_clientstatement
    FOR EACH ROW EXECUTE FUNCTION settlement_date_statement();

-- What is told is what the books say: every asset that has a snapshot, and no other.
CREATE FUNCTION settlement_add_statement_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (
            SELECT a.code, sum(b.closing) AS closing
            FROM settlement_balancesnapshot b
            JOIN settlement_ledgeraccount l ON l.id = b.account_id
            JOIN settlement_asset a ON a.id = l.asset_id
            WHERE l.profile_id = NEW.profile_id AND l.kind = 'CLIENT' AND b.business_date = NEW.period_end
            GROUP BY a.code
        ) AS books
        FULL JOIN (
            SELECT t ->> 'asset' AS code, (t ->> 'opening')::numeric AS opening, (t ->> 'credits')::numeric AS credits,
                (t ->> 'debits')::numeric AS debits, (t ->> 'closing')::numeric AS closing
            FROM jsonb_array_elements(NEW.totals -> 'assets') t
        ) AS told ON told.code = books.code
        WHERE told.closing IS DISTINCT FROM books.closing
            OR told.opening + told.credits - told.debits IS DISTINCT FROM told.closing
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, 'what is stated is not what the books say');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER statement_adds_up AFTER INSERT ON settlement_clientstatement
    FOR EACH ROW EXECUTE FUNCTION settlement_add_statement_up();
"""
UNGUARDS = """
DROP TRIGGER statement_adds_up ON settlement_clientstatement;
DROP FUNCTION settlement_add_statement_up();
DROP TRIGGER statement_covers_closed_days ON settlement_clientstatement;
DROP FUNCTION settlement_date_statement();
DROP TRIGGER statement_number_is_gapless ON settlement_clientstatement;
DROP FUNCTION settlement_number_statement();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_terms_duties'),
        ('settlement', '0014_deposits'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClientStatement',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('period_start', models.DateField()),
                ('period_end', models.DateField()),
                ('year', models.PositiveSmallIntegerField()),
                ('sequence', models.PositiveIntegerField()),
                ('number', models.CharField(max_length=16)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('known_at', models.BigIntegerField()),
                ('totals', models.JSONField()),
                ('movement_count', models.PositiveIntegerField()),
                ('subject_id', models.UUIDField()),
                ('storage_key', models.CharField(max_length=64)),
                ('sha256', models.CharField(max_length=64)),
                ('issued_at', models.DateTimeField()),
                ('issued_by_kind', models.CharField(max_length=10)),
                ('issued_by_id', models.UUIDField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('profile', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='accounts.profile')),
                ('supersedes', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='settlement.clientstatement')),
            ],
            options={
                'indexes': [models.Index(fields=['-period_end', '-id'], name='statement_by_period')],
                'constraints': [models.UniqueConstraint(fields=('profile', 'year', 'sequence'), name='statement_number_is_used_once'), models.UniqueConstraint(condition=models.Q(('supersedes__isnull', True)), fields=('profile', 'period_start', 'period_end'), name='statement_is_issued_once'), models.UniqueConstraint(fields=('supersedes',), name='statement_is_corrected_once'), models.UniqueConstraint(fields=('id', 'profile', 'period_start', 'period_end'), name='statement_has_one_period'), models.CheckConstraint(condition=models.Q(('period_end__gte', models.F('period_start')), ('period_end__lt', django.db.models.expressions.CombinedExpression(models.F('period_start'), '+', models.Value(datetime.timedelta(days=366))))), name='statement_period_is_forward'), models.CheckConstraint(condition=models.Q(('sequence__gte', 1), ('year', django.db.models.functions.datetime.ExtractYear('period_end'))), name='statement_year_is_of_its_period'), models.CheckConstraint(condition=models.Q(('supersedes__isnull', True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='correction_has_reason'), models.CheckConstraint(condition=models.Q(('supersedes__isnull', True), models.Q(('supersedes', models.F('id')), _negated=True), _connector='OR'), name='statement_does_not_correct_itself'), models.CheckConstraint(condition=models.Q(('known_at__gt', 0), ('sha256__regex', '^[0-9a-f]{64}$'), models.Q(('storage_key', ''), _negated=True)), name='statement_has_its_document')],
            },
        ),
        AppendOnly("settlement_clientstatement", "statement_is_never_replaced"),
        ComposedKey(
            "settlement_clientstatement",
            "supersedes_id, profile_id, period_start, period_end",
            "settlement_clientstatement",
            "id, profile_id, period_start, period_end",
            "correction_is_of_the_same_period",
        ),
        ComposedKey(
            "settlement_clientstatement", "known_at", "core_sealedrecord", "seal_seq", "statement_knows_a_seal"
        ),
        migrations.RunSQL(GUARDS, UNGUARDS),
    ]
