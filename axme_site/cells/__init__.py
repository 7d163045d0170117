"""Cells: installations with a PostgreSQL of their own, among which workspaces are placed and moved."""
