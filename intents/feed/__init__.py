"""The feed: every event of a workspace, in one order that a reader can resume in, with none left out."""
