"""The demo: a workspace with people, agents and two dozen intents to decide, and agents that react to the decisions."""
