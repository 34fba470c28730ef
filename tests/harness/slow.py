"""HTTP clients that never finish what they send: a byte now and then, so that a time-out between two bytes never comes."""
import socket
import threading


class SlowClients:
    """`count` connections to a port, each in the middle of a request's head from the moment the constructor returns."""

    def __init__(self, port, count=1, pause=0.3):
        self._pause, self._ended = pause, threading.Event()
        self._sockets = [socket.create_connection(('127.0.0.1', port)) for _ in range(count)]
        for client in self._sockets:
            client.sendall(b'GET /connectors HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')
        self._thread = threading.Thread(target=self._drip)
        self._thread.start()

    def _drip(self):
        while not self._ended.wait(self._pause):
            for client in self._sockets:
                try:
                    client.send(b'x')
                except OSError:
                    pass        # closed by the other side

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        for client in self._sockets:
            client.close()


def request(port, text, seconds=10):
    """(status, headers by lower-case name, body) of a request sent as it is; the connection is read to its end."""
    with socket.create_connection(('127.0.0.1', port), timeout=seconds) as client:
        client.sendall(text.encode())
        answer = b''
        while part := client.recv(65536):
            answer += part
    head, _, body = answer.decode().partition('\r\n\r\n')
    lines = head.split('\r\n')
    headers = {name.lower(): value for name, value in (line.split(': ', 1) for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body
