"""A claim whose answer was lost on the way, while the server was still committing it."""

from __future__ import annotations

import psycopg
import pytest

from mustela.jobs import AsyncioJobQueue, JobRepository, new_job
from mustela.store import AsyncStore, Store
from tests.jobs.cut import way_to
from tests.jobs.rig import Gate, until

pytestmark = pytest.mark.postgres

_SLOW_COMMIT = b"""
CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_advisory_xact_lock(4242); RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER slow_commit AFTER UPDATE ON jobs DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.status = 'pending' AND NEW.status = 'running')
  EXECUTE FUNCTION slow_commit();
"""
_COMMITTING = b"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


async def test_a_job_claimed_by_a_commit_that_outlived_its_connection_is_run(jobs_url: str) -> None:
    with psycopg.connect(jobs_url, autocommit=True) as hand:
        hand.execute(_SLOW_COMMIT)
        hand.execute(b"SELECT pg_advisory_lock(4242)")

        def committing() -> bool:
            return hand.execute(_COMMITTING).fetchone() == (1,)

        async with way_to(jobs_url) as way, AsyncStore.open(way.url) as store:
            queue = AsyncioJobQueue(store)
            gate = Gate(queue)
            gate.open.set()
            async with queue.running():
                with Store.open(jobs_url) as elsewhere:
                    id = JobRepository(elsewhere).submit(new_job("gate")).id
                await until(committing)
                await way.cut()
                await until(lambda: queue.problem is not None)
                await way.mend()
                await until(lambda: queue.problem is None)
                hand.execute(b"SELECT pg_advisory_unlock(4242)")
                job = await queue.wait(id, 10.0)
                assert job.status == "completed"
                assert gate.ended == [id]
