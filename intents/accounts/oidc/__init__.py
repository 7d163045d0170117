"""Signing in with an identity provider (OpenID Connect): this server is its relying party.

Authorization code flow with PKCE, state and nonce. Everything is fetched by the one way out (`sending.connector`), and no
claim counts before the ID token's signature, issuer, audience, times and nonce were checked.
"""
