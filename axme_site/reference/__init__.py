"""The API's reference at /docs: pages made from the API's own document."""
