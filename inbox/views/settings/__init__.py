"""The settings: one's own, and for owners and admins those of the workspace."""
