"""What is told to a client of its deposit has a version of its own; who looked at a notice that could not be booked is kept."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from core.schema import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0026_deposit_entry'),
        ('settlement', '0020_deposits_by_hand'),
    ]

    operations = [
        migrations.CreateModel(
            name='ArrivalRefusalLook',
            fields=[
                ('refusal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='look', serialize=False, to='settlement.arrivalrefusal')),
                ('looked_by', models.UUIDField()),
                ('looked_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=500)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.AddField(
            model_name='deposit',
            name='client_version',
            field=models.BigIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='deposit',
            name='told_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddIndex(
            model_name='deposit',
            index=models.Index(condition=models.Q(('recalled_at__isnull', False)), fields=['id'], name='deposit_recalled'),
        ),
        migrations.AddConstraint(
            model_name='arrivalrefusallook',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='arrival_look_says_why'),
        ),
        AppendOnly("settlement_arrivalrefusallook", "arrival_look_is_append_only"),
        migrations.RunSQL(
            "UPDATE settlement_deposit SET client_version = version, told_at = updated_at", migrations.RunSQL.noop
        ),
    ]
