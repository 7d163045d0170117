"""The inbox: its list, a task, deciding it, and what else is done to one."""
