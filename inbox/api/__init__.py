"""Tasks and what belongs to them over the JSON API, a router per resource."""
