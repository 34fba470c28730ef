"""Waiting for a condition with a deadline; nothing in the tests sleeps for a fixed time."""
import random
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
    """The first of `count` neighbouring ports that nobody uses now.

    Below the ports that the kernel gives to clients (32768 on Linux): a client that tries a dead server's port over and over is
    some day given that very port, is connected to itself, and the server cannot come back.
    """
    for _ in range(100):
        port = random.randrange(15000, 32768 - count)
        sockets = []
        try:
            for offset in range(count):
                sockets.append(socket.socket())
                sockets[-1].bind(('127.0.0.1', port + offset))
            return port
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()
    raise Timeout('no %d free neighbouring ports' % count)
