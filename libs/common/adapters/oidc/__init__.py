"""OpenID providers over https."""
