"""/v1/stream: the feeds of markets for everybody, and each client's own.

All that is told was numbered by PostgreSQL. The channel layer is only a doorbell: what it loses is found by the look that every
process takes each second.
"""
