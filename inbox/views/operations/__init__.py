"""Pages for those who watch what goes on in a workspace, and repair it."""
