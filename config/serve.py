"""`python -m config.serve --fd N`: the web process of the embedded stack, on a socket that its supervisor opened.

The socket outlives the process: while a dead web process is started again, connections wait instead of being refused.
"""

import argparse
import os
import socket

import uvicorn

from config.application import build_application
from config.supervisor.gate import wait_at_gate

os.environ.setdefault("COUNTINGHOUSE_PROCESS", "web")


def main() -> None:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the number of the inherited, listening socket")
    parser.add_argument("--gate", type=int, help="the number of a pipe: serve when its other end is closed")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Most of the start is loading code, which needs no database: it is done while that is being prepared.
    from django.conf import settings

    application = build_application(before_asking_servers=lambda: wait_at_gate(arguments.gate))
    listening = socket.socket(fileno=arguments.fd)
    config = uvicorn.Config(
        application,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=16 * 1024,
        ws_max_queue=32,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=3,
        # What a proxy says of a client's address and scheme is believed of ours alone, and of nobody where there is none.
        proxy_headers=bool(settings.TRUSTED_PROXIES),
        forwarded_allow_ips=[str(network) for network in settings.TRUSTED_PROXIES],
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
