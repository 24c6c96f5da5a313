#!/usr/bin/env python
"""Countinghouse's command line."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # The supervisor needs none of the apps: it starts a second sooner without them.
    if sys.argv[1:2] == ["up"]:
        os.environ["COUNTINGHOUSE_PROCESS"] = "up"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
