"""A TCP proxy that harms: in front of a real server it refuses, keeps silent, delays, cuts, flips a bit or answers by itself."""
import socket
import threading
import time


class Proxy:
    """Passes everything on until harm(...) tells otherwise; harm() without words makes it well again."""

    def __init__(self, port):
        self.to = port
        self.open = set()
        self.lock = threading.Lock()
        self.held = threading.Event()
        self.sent = self.got = 0        # bytes to and from the server, since the last harm()
        self.well()
        self.listen(0)

    def listen(self, port):
        self.s = socket.socket()
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.s.bind(('127.0.0.1', port))
        self.s.listen(64)
        self.port = self.s.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.s,), daemon=True).start()

    def well(self):
        self.delay = 0              # seconds before each block
        self.silent = False         # takes everything and says nothing
        self.cut = None             # end the connection after so many bytes of the server's ...
        self.cut_request = None     # ... or of the client's
        self.cuts = 0               # so many times, -1: always
        self.hold = None            # keep back what the server says after so many bytes, until release()
        self.flip = None            # one bit of the server's byte at this place of the connection
        self.canned = []            # answers given instead of the server's, one a connection
        self.instead = None         # (beginning of a request, answer): one such request, on whatever connection, gets that

    def harm(self, refuse=False, **how):
        """Connections that are open end, so that the next request meets the harm."""
        self.release()
        self.well()
        for k, v in how.items():
            assert hasattr(self, k), k
            setattr(self, k, v)
        with self.lock:
            open_now, self.open = self.open, set()
        for c in open_now:
            self.end(c)
        self.sent = self.got = 0
        closed = self.s.fileno() < 0
        if refuse and not closed:
            try:
                self.s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.s.close()
        elif not refuse and closed:
            self.listen(self.port)

    def release(self):
        """What is held back goes on."""
        self.hold = None
        held, self.held = self.held, threading.Event()
        held.set()

    @staticmethod
    def end(c):
        try:
            c.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def accept(self, s):
        while True:
            try:
                c, _ = s.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(c,), daemon=True).start()

    def serve(self, c):
        with self.lock:
            self.open.add(c)
        try:
            if self.silent:
                while c.recv(65536):
                    pass
            elif self.canned:
                self.answer(c, self.canned.pop(0))
            else:
                with socket.create_connection(('127.0.0.1', self.to)) as up:
                    for x in (c, up):
                        x.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    t = threading.Thread(target=self.copy, args=(c, up, True), daemon=True)
                    t.start()
                    self.copy(up, c, False)
                    self.end(c)
                    t.join()
        except OSError:
            pass
        finally:
            with self.lock:
                self.open.discard(c)
            c.close()

    @staticmethod
    def answer(c, text, head=b''):
        while b'\r\n\r\n' not in head:
            head += c.recv(65536)
        c.sendall(text)
        c.shutdown(socket.SHUT_WR)
        c.settimeout(10)
        while c.recv(65536):        # a reset would take the answer away from the client
            pass

    def copy(self, a, b, request):
        seen, limit = 0, self.cut_request if request else self.cut
        try:
            while True:
                data = a.recv(65536)
                if not data:
                    break
                if request and self.instead and data.startswith(self.instead[0]):
                    text, self.instead = self.instead[1], None
                    self.answer(a, text, data)
                    break
                if self.delay:
                    time.sleep(self.delay)
                if not request and self.flip is not None and seen <= self.flip < seen + len(data):
                    at = self.flip - seen
                    data = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1:]
                if not request and self.hold is not None and seen + len(data) > self.hold:
                    first = max(self.hold - seen, 0)
                    held = self.held
                    b.sendall(data[:first])
                    held.wait(120)
                    b.sendall(data[first:])
                    seen += len(data)
                    continue
                if limit is not None and seen + len(data) > limit and self.cuts:
                    self.cuts -= 1
                    b.sendall(data[:limit - seen])
                    self.end(a)
                    break
                b.sendall(data)
                seen += len(data)
                if request:
                    self.sent += len(data)
                else:
                    self.got += len(data)
        except OSError:
            pass
        self.end(b)

    def close(self):
        self.harm(refuse=True)


def canned(status, text=''):
    """A whole answer of a server that is not well."""
    return ('HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' % (status, len(text), text)).encode()
