"""A FastCGI client in the place of a web server: well-behaved by default, as rude as a test wants."""
import socket
import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA = 1, 2, 3, 4, 5, 6, 7, 8


def record(kind, content=b'', request=1, padding=0):
    return struct.pack('!BBHHBB', 1, kind, request, len(content), padding, 0) + content + b'\0' * padding


def stream(kind, data, request=1):
    """data as records, ended by an empty one."""
    out = b''.join(record(kind, data[i:i + 65528], request) for i in range(0, len(data), 65528))
    return out + record(kind, b'', request)


def begin(keep=False, role=1, request=1):
    return record(BEGIN, struct.pack('!HB5x', role, 1 if keep else 0), request)


def _length(n):
    return struct.pack('!B', n) if n < 128 else struct.pack('!I', n | 0x80000000)


def pairs(variables):
    out = b''
    for k, v in variables.items():
        k, v = k.encode('latin-1'), v.encode('latin-1') if isinstance(v, str) else v
        out += _length(len(k)) + _length(len(v)) + k + v
    return out


class Reply:
    """Status, headers (names in lower case) and body of what the program wrote."""

    def __init__(self, raw):
        head, _, self.body = raw.partition(b'\r\n\r\n')
        self.headers = {}
        for line in head.decode('latin-1').split('\r\n'):
            k, _, v = line.partition(':')
            self.headers[k.strip().lower()] = v.strip()
        self.status = int(self.headers.get('status', '200').split()[0])

    def __repr__(self):
        return '<%d %r %r>' % (self.status, self.headers, self.body[:200])


def variables(method='GET', uri='/', body=None, **more):
    """What a web server says of a request; more=None leaves a variable out."""
    v = {'REQUEST_METHOD': method, 'REQUEST_URI': uri, 'QUERY_STRING': uri.partition('?')[2], 'REMOTE_ADDR': '192.0.2.1',
         'SERVER_PROTOCOL': 'HTTP/1.1', 'HTTP_HOST': 'localhost',
         'CONTENT_LENGTH': '' if body is None else str(len(body))}
    v.update(more)
    return {k: x for k, x in v.items() if x is not None}


class Connection:
    def __init__(self, where, timeout=20):
        """where: the path of a unix socket, or (host, port)."""
        self.s = socket.socket(socket.AF_UNIX if isinstance(where, str) else socket.AF_INET)
        self.s.settimeout(timeout)
        self.s.connect(where)

    def send(self, data):
        self.s.sendall(data)

    def start(self, v, keep=False):
        self.send(begin(keep) + stream(PARAMS, pairs(v)))

    def _exactly(self, n):
        out = b''
        while len(out) < n:
            b = self.s.recv(n - len(out))
            if not b:
                return None
            out += b
        return out

    def reply(self):
        """Everything up to the end of the request; None when the connection is closed before."""
        raw = b''
        while True:
            h = self._exactly(8)
            if h is None:
                return None
            _, kind, _, length, padding, _ = struct.unpack('!BBHHBB', h)
            content = self._exactly(length + padding)
            if content is None:
                return None
            if kind == STDOUT:
                raw += content[:length]
            elif kind == END:
                return Reply(raw)

    def close(self):
        self.s.close()


def request(where, method='GET', uri='/', body=None, timeout=20, **more):
    """One request on a connection of its own."""
    c = Connection(where, timeout)
    try:
        c.start(variables(method, uri, body, **more))
        try:
            c.send(stream(STDIN, body or b''))
        except (BrokenPipeError, ConnectionResetError):
            pass            # answered before the end
        return c.reply()
    finally:
        c.close()
