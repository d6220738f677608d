"""What a service on the job queue tests itself with: it is killed, over and over, under load.

``kill_repeatedly`` starts the service, has clients work with it, kills it with SIGKILL at a random
moment, starts it again on the same data, and holds it to what its clients were told. What this
module names is public: it changes only with a major version, after a release that warns.
"""

from mustela.jobs.testing.checks import Check, whole_sqlite
from mustela.jobs.testing.client import Client, Connect, LastLook, Unanswered
from mustela.jobs.testing.journal import Journal, JournalReader
from mustela.jobs.testing.killing import kill_repeatedly
from mustela.jobs.testing.process import Command, DidNotStart, Server, Start, end_group
from mustela.jobs.testing.report import Kind, Report, Violation
from mustela.jobs.testing.told import Told

__all__ = [
    "Check",
    "Client",
    "Command",
    "Connect",
    "DidNotStart",
    "Journal",
    "JournalReader",
    "Kind",
    "LastLook",
    "Report",
    "Server",
    "Start",
    "Told",
    "Unanswered",
    "Violation",
    "end_group",
    "kill_repeatedly",
    "whole_sqlite",
]
