"""The pages of scenarios: what there is, writing one, and trying it."""
