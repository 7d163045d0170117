"""The kinds of steps that come with the server."""
