"""The vault of personal data."""
