"""Jobs for many machines: Procrastinate dispatches, on PostgreSQL, what our table of jobs holds.

Needs the extra ``mustela[postgres]``; so :mod:`mustela.jobs` does not import it.
"""

from mustela.jobs.procrastinate.queue import ProcrastinateJobQueue

__all__ = ["ProcrastinateJobQueue"]
