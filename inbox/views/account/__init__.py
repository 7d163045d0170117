"""Coming in: the setup, invitations, signing in, sessions."""
