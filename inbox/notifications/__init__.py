"""Telling people outside of a task: from notices to notifications, by the channels that each person chose."""
