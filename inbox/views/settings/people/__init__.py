"""Members, invitations, groups."""
