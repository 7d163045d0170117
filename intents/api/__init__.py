"""The JSON API, a router per resource. Interfaces hold no rules: they check, call a service and show what it did."""
