"""SQL that keeps a ticket in Procrastinate's table for each of our rows that is ready.

A trigger does it, in the transaction that makes a row ready or takes it: so no program can forget
it, whatever it is written in, and a program that only submits needs no Procrastinate. Tickets are
made and taken back by Procrastinate's own functions. Each carries the job's id, also as its
``queueing_lock``, which Procrastinate indexes: a row has at most one ticket that waits. Its queue
is the job's type.
"""

from __future__ import annotations

import hashlib

#: A schema of its own: another program's Procrastinate in the same database is left alone.
SCHEMA = "mustela_procrastinate"
#: Bytes of PostgreSQL's longest name.
_LONGEST_NAME = 63
TASK = "mustela.job"
#: Changes with what stands below.
VERSION = "1"
#: So long a queue's name may be; a longer type has a queue that is named by its digest.
QUEUE_NAME = 128


def schema_of(catalog: str) -> str:
    """The schema of the tickets of a catalog, by the schema that its tables are in."""
    name = SCHEMA if catalog == "public" else f"{SCHEMA}_{catalog}"
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return f"{SCHEMA}_{hashlib.md5(catalog.encode(), usedforsecurity=False).hexdigest()}"


#: Schema, name and oid of our table of jobs, where the connection's user would find it.
TABLE = b"""
SELECT n.nspname, c.relname, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass('jobs')
"""

#: ``{path}``: that schema, then the one that our table is in.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION mustela_queue_v1(type text) RETURNS varchar
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN length(type) <= 128 THEN type ELSE md5(type) END
$$;

CREATE OR REPLACE FUNCTION mustela_defer_v1(id text, type text, priority bigint) RETURNS void
LANGUAGE plpgsql SET search_path = {path} AS $$
BEGIN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        mustela_queue_v1(type),
        'mustela.job',
        least(greatest(priority, -2147483648), 2147483647)::integer,
        NULL,
        id,
        jsonb_build_object('job', id),
        NULL
    )::procrastinate_job_to_defer_v1]);
END
$$;

-- Tells of a row that became ready, or that is not any more. Who may write our table need not be
-- allowed to write Procrastinate's.
CREATE OR REPLACE FUNCTION mustela_ticket_v1() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {path} AS $$
BEGIN
    IF NEW.ready = 1 THEN
        IF NOT EXISTS (
            SELECT FROM procrastinate_jobs WHERE queueing_lock = NEW.id AND status = 'todo'
        ) THEN
            PERFORM mustela_defer_v1(NEW.id, NEW.type, NEW.priority);
        END IF;
    ELSE
        PERFORM procrastinate_cancel_job_v1(id, false, true)
        FROM procrastinate_jobs WHERE queueing_lock = NEW.id AND status = 'todo';
    END IF;
    RETURN NULL;
END
$$;

-- A ticket was used up, and its row was not taken: it gets another one.
CREATE OR REPLACE FUNCTION mustela_invite_v1(job text) RETURNS integer
LANGUAGE plpgsql SET search_path = {path} AS $$
DECLARE
    found record;
    made integer := 0;
BEGIN
    FOR found IN
        SELECT j.id, j.type, j.priority FROM jobs j
        WHERE j.id = job AND j.ready = 1 AND NOT EXISTS (
            SELECT FROM procrastinate_jobs p WHERE p.queueing_lock = j.id AND p.status = 'todo'
        )
        FOR SHARE OF j
    LOOP
        PERFORM mustela_defer_v1(found.id, found.type, found.priority);
        made := made + 1;
    END LOOP;
    RETURN made;
EXCEPTION WHEN unique_violation THEN
    RETURN 0;
END
$$;

-- Types of which rows are ready and no ticket waits: whoever had the tickets is gone. Some of the
-- rows get new ones; who takes one of these takes the best rows, whichever they are.
CREATE OR REPLACE FUNCTION mustela_mend_v1(most integer) RETURNS integer
LANGUAGE plpgsql SET search_path = {path} AS $$
DECLARE
    kind text;
    found record;
    made integer := 0;
BEGIN
    SELECT j.type INTO kind FROM jobs j WHERE j.ready = 1 ORDER BY j.type LIMIT 1;
    WHILE kind IS NOT NULL LOOP
        IF NOT EXISTS (
            SELECT FROM procrastinate_jobs
            WHERE queue_name = mustela_queue_v1(kind) AND status = 'todo'
        ) THEN
            FOR found IN
                SELECT j.id FROM jobs j WHERE j.ready = 1 AND j.type = kind
                ORDER BY j.priority DESC, j.seq LIMIT most
            LOOP
                made := made + mustela_invite_v1(found.id);
            END LOOP;
        END IF;
        SELECT min(j.type) INTO kind FROM jobs j WHERE j.ready = 1 AND j.type > kind;
    END LOOP;
    RETURN made;
END
$$;
"""

#: ``{jobs}``: our table. Names of triggers stand beside those of other programs.
TRIGGERS = {
    "mustela_ticket_insert_v1": """
CREATE TRIGGER mustela_ticket_insert_v1 AFTER INSERT ON {jobs}
    FOR EACH ROW WHEN (NEW.ready = 1) EXECUTE FUNCTION mustela_ticket_v1()
""",
    "mustela_ticket_update_v1": """
CREATE TRIGGER mustela_ticket_update_v1 AFTER UPDATE OF ready ON {jobs}
    FOR EACH ROW WHEN ((OLD.ready = 1) <> (NEW.ready = 1)) EXECUTE FUNCTION mustela_ticket_v1()
""",
}
