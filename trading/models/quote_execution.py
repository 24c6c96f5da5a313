"""A quote that a client took."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Profile
from core.fields import REFERENCE_PATTERN, amount_field, within
from core.ids import new_id
from trading.models.quote import Quote


class QuoteExecution(models.Model):
    """``base_amount`` for ``quote_amount`` between a client and the house, settled by ``entry_id``. Append-only.

    ``client_reference`` is the client's own name for it, used once by its profile for ever.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="executions", db_index=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="quote_executions", db_index=False)
    credential_id = models.UUIDField()
    client_reference = models.CharField(max_length=64)
    base_amount = amount_field()
    quote_amount = amount_field()
    entry_id = models.UUIDField()
    executed_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quote"], name="quote_is_executed_once"),
            models.UniqueConstraint(fields=["profile", "client_reference"], name="quote_reference_is_unique"),
            models.CheckConstraint(
                name="quote_reference_is_plain", condition=Q(client_reference__regex=REFERENCE_PATTERN)
            ),
            models.CheckConstraint(
                name="quote_execution_moves_something",
                condition=Q(base_amount__gt=0, quote_amount__gt=0) & within("base_amount") & within("quote_amount"),
            ),
        ]
        indexes = [models.Index(fields=["profile", "id"], name="quote_execution_of_profile")]
        triggers = [
            pgtrigger.Trigger(
                name="execution_is_of_its_quote",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM trading_quote q WHERE q.id = NEW.quote_id AND q.profile_id = NEW.profile_id
                            AND q.gives_base = NEW.base_amount AND q.gives_quote = NEW.quote_amount
                            AND q.expires_at > NEW.executed_at
                    ) THEN
                        RAISE EXCEPTION 'quote % does not hold this', NEW.quote_id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'execution_is_of_its_quote';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]
