"""What `manage.py up` runs: a small supervisor of our own, and the stack it holds."""
