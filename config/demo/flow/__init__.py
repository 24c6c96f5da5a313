"""Simulated clients who trade as anybody does: over the public REST API, with nothing but their own credential."""
