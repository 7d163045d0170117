"""Events posted to the endpoints that subscribed to them: signed, until they are taken, and again when asked for."""
