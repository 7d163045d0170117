"""Who there is: organizations, workspaces, people, groups, invitations, sessions, tokens; agents and their keys."""
