"""Access requests: somebody asks for a role, a place, an organization or a larger quota, and whoever manages decides."""
