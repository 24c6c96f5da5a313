"""Reads of ``accounts`` that others may use; the ``access_`` gates are the only way to a thing on somebody's
behalf.
"""
