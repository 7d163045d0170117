"""The Agent2Agent protocol at `/a2a`: messages become intents, which are its tasks, for the same credentials as the API."""
