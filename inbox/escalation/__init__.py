"""Policies of a workspace: which plan a task gets, its reminders and levels, a forecast, and a replay of last week."""
