"""What others may read of the trading app."""
