"""The relay: seals the outbox and tells the desk, rings for markets with waiting instructions, seals the record.

Three loops in three threads, each with its own connections, so that a broker that is away stops the ringing and nothing else.
"""
