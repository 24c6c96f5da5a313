"""The demo world: invented clients with money, markets to trade in, and simulated clients who do."""
