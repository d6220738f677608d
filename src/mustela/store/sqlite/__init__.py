"""SQLite through apsw: the only SQLite library in the process."""
