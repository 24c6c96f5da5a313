"""Replaying a recorded order stream: the same road as every order, from a file of any size."""
