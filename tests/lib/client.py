"""A small HTTP client for tests: says exactly what it is told to say, and hides nothing of the answer."""
import http.client
import json
import os
import socket
import time
import urllib.parse


class Answer:
    """Status, headers in their order, body."""

    def __init__(self, status, reason, headers, body):
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body

    def header(self, name, default=None):
        for k, v in self.headers:
            if k.lower() == name.lower():
                return v
        return default

    def all(self, name):
        return [v for k, v in self.headers if k.lower() == name.lower()]

    @property
    def type(self):
        return (self.header('Content-Type') or '').split(';')[0].strip().lower()

    @property
    def text(self):
        return self.body.decode('utf-8', 'replace')

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return '<%d %s %d bytes %r>' % (self.status, self.type, len(self.body), self.body[:200])


def multipart(parts, boundary='tintype-test-7MA4YWxkTrZu0gW'):
    """Body and content type. A part: (field, value) or (field, filename, bytes) or (field, filename, bytes, type)."""
    out = []
    for p in parts:
        out.append(b'--' + boundary.encode() + b'\r\n')
        if len(p) == 2:
            out.append(('Content-Disposition: form-data; name="%s"\r\n\r\n' % p[0]).encode())
            out.append(p[1].encode() if isinstance(p[1], str) else p[1])
        else:
            kind = p[3] if len(p) > 3 else 'application/octet-stream'
            name = p[1].replace('\\', '\\\\').replace('"', '%22')
            out.append(('Content-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: %s\r\n\r\n'
                        % (p[0], name, kind)).encode())
            out.append(p[2])
        out.append(b'\r\n')
    out.append(b'--' + boundary.encode() + b'--\r\n')
    return b''.join(out), 'multipart/form-data; boundary=' + boundary


class Client:
    """One site. Every request has a connection of its own unless session() is used."""

    def __init__(self, url, timeout=60):
        u = urllib.parse.urlsplit(url)
        self.url = url.rstrip('/')
        self.host = u.hostname
        self.port = u.port or 80
        self.base = u.path.rstrip('/')
        self.timeout = timeout
        self.cookies = {}

    def path_of(self, url):
        """The path and query of an absolute address, or of a path below where this site begins."""
        if url.startswith('http'):
            u = urllib.parse.urlsplit(url)
            return u.path + ('?' + u.query if u.query else '')
        return self.base + url

    def connect(self, timeout=None):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout or self.timeout)

    def request(self, method, path, body=None, headers=None, conn=None, timeout=None):
        """body: bytes, or a list of bytes to be sent chunked."""
        path = self.path_of(path)
        mine = conn is None
        c = conn or self.connect(timeout)
        headers = dict(headers or {})
        names = {k.lower() for k in headers}
        try:
            c.putrequest(method, path, skip_host='host' in names, skip_accept_encoding=True)
            if self.cookies and 'cookie' not in names:
                headers['Cookie'] = '; '.join('%s=%s' % kv for kv in self.cookies.items())
            chunked = isinstance(body, (list, tuple))
            if chunked:
                headers['Transfer-Encoding'] = 'chunked'
            elif body is not None and 'content-length' not in names:
                headers['Content-Length'] = str(len(body))
            elif body is None and method in ('POST', 'PUT') and 'content-length' not in names:
                headers['Content-Length'] = '0'
            for k, v in headers.items():
                c.putheader(k, v)
            c.endheaders()
            try:
                if chunked:
                    for piece in body:
                        if piece:
                            c.send(b'%x\r\n' % len(piece) + piece + b'\r\n')
                    c.send(b'0\r\n\r\n')
                elif body:
                    c.send(body)
            except (BrokenPipeError, ConnectionResetError):
                pass            # refused early: the answer may be there already
            r = c.getresponse()
            a = Answer(r.status, r.reason, r.getheaders(), r.read())
        finally:
            if mine:
                c.close()
        for line in a.all('Set-Cookie'):
            kv, _, rest = line.partition(';')
            k, _, v = kv.partition('=')
            if 'max-age=0' in rest.lower().replace(' ', ''):
                self.cookies.pop(k.strip(), None)
            else:
                self.cookies[k.strip()] = v.strip()
        return a

    def get(self, path, **headers):
        return self.request('GET', path, headers=_names(headers))

    def head(self, path, **headers):
        return self.request('HEAD', path, headers=_names(headers))

    def delete(self, path, **headers):
        return self.request('DELETE', path, headers=_names(headers))

    def post_form(self, path, fields, **headers):
        h = _names(headers)
        h['Content-Type'] = 'application/x-www-form-urlencoded'
        return self.request('POST', path, urllib.parse.urlencode(fields).encode(), h)

    def upload(self, *files, accept='application/json', fields=(), path='/upload', headers=None, chunk=0):
        """files: (name, bytes) or (name, bytes, type). chunk > 0: sent chunked in pieces of that size."""
        parts = list(fields) + [('file', f[0], f[1]) + tuple(f[2:]) for f in files]
        body, ctype = multipart(parts)
        h = {'Content-Type': ctype}
        if accept:
            h['Accept'] = accept
        h.update(headers or {})
        if chunk:
            body = [body[i:i + chunk] for i in range(0, len(body), chunk)]
        return self.request('POST', path, body, h)

    def put_picture(self, data, name='picture', **fields):
        """Upload one picture that must be taken; its model."""
        a = self.upload((name, data), fields=list(fields.items()))
        assert a.status == 201, (name, a)
        return a.json()['images'][0]

    def raw(self, data, timeout=10, wait=True):
        """Send bytes as they are; everything that comes back until the server closes or timeout."""
        s = socket.create_connection((self.host, self.port), timeout=timeout)
        got = b''
        try:
            try:
                s.sendall(data)
            except OSError:
                pass
            end = time.monotonic() + timeout
            while wait and time.monotonic() < end:
                try:
                    b = s.recv(65536)
                except OSError:
                    break
                if not b:
                    break
                got += b
        finally:
            s.close()
        return got

    def raw_request(self, line, headers=(), body=b'', timeout=10):
        """A request line in bytes, Host and Connection: close added. The list of statuses that came back and the bytes."""
        head = line + b'\r\nHost: %s:%d\r\nConnection: close\r\n' % (self.host.encode(), self.port)
        for h in headers:
            head += h + b'\r\n'
        got = self.raw(head + b'\r\n' + body, timeout)
        return statuses(got), got


def _names(d):
    """accept_encoding='x' -> 'Accept-Encoding: x'."""
    return {k.replace('_', '-').title(): v for k, v in d.items()}


def statuses(raw):
    """Status codes of the answers in raw bytes; those with a Content-Length are skipped over, so that text in a body does not count."""
    out = []
    while raw.startswith(b'HTTP/1.'):
        head, _, rest = raw.partition(b'\r\n\r\n')
        out.append(int(head[9:12]))
        length = 0
        chunked = False
        for line in head.split(b'\r\n')[1:]:
            k, _, v = line.partition(b':')
            if k.strip().lower() == b'content-length':
                length = int(v)
            if k.strip().lower() == b'transfer-encoding':
                chunked = True
        if chunked:
            raw = _after_chunks(rest)
        else:
            raw = rest[length:]
    return out


def _after_chunks(b):
    while True:
        line, _, b = b.partition(b'\r\n')
        try:
            n = int(line.split(b';')[0], 16)
        except ValueError:
            return b''
        b = b[n + 2:] if n else b.partition(b'\r\n')[2]
        if n == 0:
            return b


def shared():
    """The folder with the picture corpus and the reference examples, or None. It is no part of the project."""
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for p in (os.environ.get('TINTYPE_SHARED'), os.path.join(os.path.dirname(here), 'shared')):
        if p and os.path.isdir(os.path.join(p, 'corpus')):
            return p
    return None
