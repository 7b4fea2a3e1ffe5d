"""OAuth 2.0 for programs and for the nodes of other cities: tokens that live shortly, may less than whoever gets them, and can be revoked."""
