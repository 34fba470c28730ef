"""Waiting for a condition with a deadline; nothing in the tests sleeps for a fixed time."""
import socket
import time


class Timeout(AssertionError):
    pass


def until(condition, what, seconds=30.0, pause=0.05):
    """Returns the first true value of condition(); raises Timeout naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout('waited %.0f s for %s' % (seconds, what))
        time.sleep(pause)


def free_ports(count=1):
    """The first of `count` neighbouring ports that nobody uses now."""
    for _ in range(100):
        sockets = []
        try:
            first = socket.socket()
            sockets.append(first)
            first.bind(('127.0.0.1', 0))
            port = first.getsockname()[1]
            if port + count > 65535:
                continue
            for offset in range(1, count):
                other = socket.socket()
                sockets.append(other)
                other.bind(('127.0.0.1', port + offset))
            return port
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()
    raise Timeout('no %d free neighbouring ports' % count)
