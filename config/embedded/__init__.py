"""PostgreSQL and Valkey out of wheels: what `make run` and the tests start when nothing else is given."""
