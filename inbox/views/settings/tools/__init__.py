"""Outside tools and how they sign what they send."""
