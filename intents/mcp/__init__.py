"""The Model Context Protocol at `/mcp`: tools and resources over the same services, for the same credentials, as the API."""
