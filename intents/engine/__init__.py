"""Durable intents: their life, history, waits, timers, outbox, steps and children. The only room that moves an intent."""
