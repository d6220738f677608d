"""Who is measured. Each is a process of its own: two SQLite libraries never share one."""
