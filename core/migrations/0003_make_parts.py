"""The parts of partitioned tables are made ahead by the application, which may not create tables: through one function."""

from django.db import migrations

# What a sibling has, the new part gets: its unique indexes, and the refusal of TRUNCATE of its table. It is made apart and then
# attached, which disturbs nobody who reads or writes the table meanwhile.
MAKE_PART = """
CREATE FUNCTION core_make_part(parent regclass, suffix text, lowest text, above text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    whole text := (SELECT relname FROM pg_class WHERE oid = parent);
    part text := whole || '_' || suffix;
    sibling regclass;
    sibling_suffix text;
    found record;
BEGIN
    IF to_regclass(format('public.%I', part)) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    SELECT i.inhrelid, substr(c.relname, length(whole) + 2) INTO sibling, sibling_suffix
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = parent ORDER BY c.relname DESC LIMIT 1;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, whole);
    FOR found IN
        SELECT c.relname AS name, substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*$') AS definition
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = sibling AND i.indisunique
            AND NOT EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
    LOOP
        EXECUTE format('CREATE UNIQUE INDEX %I ON public.%I', replace(found.name, sibling_suffix, suffix), part)
            || found.definition;
    END LOOP;
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', whole, part, lowest, above);
    RETURN part;
END $$;
"""

# A trigger for TRUNCATE on the whole does not guard its parts: each has its own.
KEEP_PARTS = """
CREATE FUNCTION core_keep_parts(parent regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT t.tgname AS name, p.proname AS function, c.relname AS part
        FROM pg_trigger t
        JOIN pg_proc p ON p.oid = t.tgfoid
        JOIN pg_inherits i ON i.inhparent = t.tgrelid
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE t.tgrelid = parent AND p.proname = 'core_refuse_change' AND (t.tgtype & 32) <> 0
            AND NOT EXISTS (SELECT 1 FROM pg_trigger o WHERE o.tgrelid = c.oid AND o.tgname = t.tgname)
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION public.%I()',
            found.name, found.part, found.function);
    END LOOP;
END $$;
"""

# The owner's rights, for exactly this: the next parts of tables that are partitioned by their id. The same bounds and names as
# core.schema gives the first ones.
MAKE_PARTS = """
CREATE FUNCTION core_make_parts(at timestamptz) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    parent record;
    number bigint;
    highest bigint;
    month timestamp;
    made text;
BEGIN
    IF at IS NULL OR at < now() - interval '366 days' OR at > now() + interval '366 days' THEN
        RAISE EXCEPTION 'parts are made for today, not for %', at USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR parent IN
        SELECT c.oid, c.relname, a.atttypid = 'uuid'::regtype AS is_by_month
        FROM pg_partitioned_table p
        JOIN pg_class c ON c.oid = p.partrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
        WHERE c.relnamespace = 'public'::regnamespace AND p.partnatts = 1 AND a.attname = 'id'
        ORDER BY c.relname
    LOOP
        IF parent.is_by_month THEN
            FOR number IN -1..4 LOOP
                month := date_trunc('month', at AT TIME ZONE 'UTC') + number * interval '1 month';
                made := core_make_part(parent.oid, to_char(month, 'YYYYMM'),
                    core_first_id_at(month)::text, core_first_id_at(month + interval '1 month')::text);
                IF made IS NOT NULL THEN RETURN NEXT made; END IF;
            END LOOP;
        ELSE
            EXECUTE format('SELECT coalesce(max(id), 0) FROM public.%I', parent.relname) INTO highest;
            FOR number IN highest / 50000000 .. highest / 50000000 + 1 LOOP
                made := core_make_part(parent.oid, lpad(number::text, 4, '0'),
                    (number * 50000000)::text, ((number + 1) * 50000000)::text);
                IF made IS NOT NULL THEN RETURN NEXT made; END IF;
            END LOOP;
        END IF;
        PERFORM core_keep_parts(parent.oid);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION core_make_parts(timestamptz) FROM PUBLIC;
"""

FIRST_ID_AT = """
CREATE FUNCTION core_first_id_at(instant timestamp) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN rpad(lpad(to_hex((extract(epoch FROM instant) * 1000)::bigint), 12, '0'), 32, '0')::uuid;
"""

BACKWARDS = """
DROP FUNCTION core_make_parts(timestamptz);
DROP FUNCTION core_first_id_at(timestamp);
DROP FUNCTION core_keep_parts(regclass);
DROP FUNCTION core_make_part(regclass, text, text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_guards")]

    operations = [
        migrations.RunSQL(MAKE_PART + KEEP_PARTS + FIRST_ID_AT + MAKE_PARTS, BACKWARDS),
        migrations.RunSQL("SELECT core_make_parts(now())", migrations.RunSQL.noop),
    ]
