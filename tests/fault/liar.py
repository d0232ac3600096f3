"""A memcached that lies: answers every get with the value it was told to, or with nonsense, or never. For tests."""
import os
import socket
import threading


class Liar:
    """Listens on a unix socket. mode: "nonsense", "other" (another key's value), "silent", "closed", "slow"."""

    def __init__(self, path):
        self.path = path
        self.mode = 'nonsense'
        self.kept = b''
        self.asked = 0
        if os.path.exists(path):
            os.unlink(path)
        self.s = socket.socket(socket.AF_UNIX)
        self.s.bind(path)
        os.chmod(path, 0o777)
        self.s.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                c, _ = self.s.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(c,), daemon=True).start()

    def serve(self, c):
        buf = b''
        try:
            while True:
                b = c.recv(65536)
                if not b:
                    return
                buf += b
                buf = self.answer(c, buf)
        except OSError:
            pass
        finally:
            c.close()

    def answer(self, c, buf):
        """Text protocol, as far as a client needs it to be believed."""
        while b'\r\n' in buf:
            self.asked += 1
            line, rest = buf.split(b'\r\n', 1)
            w = line.split()
            if self.mode == 'silent':
                return b''
            if self.mode == 'closed':
                c.close()
                return b''
            if w and w[0] in (b'set', b'add', b'replace'):
                n = int(w[4])
                if len(rest) < n + 2:
                    return buf
                self.kept = rest[:n]
                rest = rest[n + 2:]
                if b'noreply' not in line:
                    c.sendall(b'STORED\r\n')
            elif w and w[0] in (b'get', b'gets', b'gat'):
                value = self.kept if self.mode == 'other' else b'\x01\x02nonsense' * 9
                c.sendall(b'VALUE %s 0 %d\r\n%s\r\nEND\r\n' % (w[-1], len(value), value))
            elif w and w[0] == b'version':
                c.sendall(b'VERSION 1.6.18\r\n')
            elif w and w[0] in (b'delete', b'touch'):
                c.sendall(b'DELETED\r\n')
            elif w and w[0] in (b'incr', b'decr'):
                c.sendall(b'1\r\n')
            else:
                c.sendall(b'ERROR\r\n')
            buf = rest
        return buf

    def close(self):
        self.s.close()
