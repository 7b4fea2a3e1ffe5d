"""Providers of identity: other services that say who somebody is (OpenID Connect), and what is checked before they are believed."""
