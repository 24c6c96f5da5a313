"""The statement of a client: one object of data, printed as PDF, CSV and JSON. The same object gives the same bytes."""
