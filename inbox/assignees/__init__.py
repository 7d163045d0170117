"""Who is meant: names, roles, schedules and managers resolved to people."""
