"""The places an object store may be, each a real server behind a proxy that can harm; and the probe that talks to them through our drivers."""
import contextlib
import hashlib
import os
import re
import subprocess
import time
import urllib.parse

import oss_server
import rgw
import servers
import swift_server
from tcp_proxy import Proxy


def write(folder, name, data):
    path = folder(name)
    with open(path, 'wb') as f:
        f.write(data)
    return path


def key_of(data):
    return 'o/' + hashlib.sha256(data).hexdigest()


class Probe:
    """A process with one driver open; probe('get', key, file) gives ('ok', size) or ('STORE', why)."""

    def __init__(self, folder, name, section, store=None, settings=None, **options):
        self.home = folder(name)
        os.makedirs(self.home + '/cache', exist_ok=True)
        ini = self.home + '/ini'
        settings = dict({'store.primary': section, 'cache.dir': self.home + '/cache'}, **(settings or {}))
        settings.update({section + '.' + k: v for k, v in options.items()})
        settings.update({'store.' + k: v for k, v in (store or {}).items()})
        servers.write_settings(ini, settings)
        self.p = subprocess.Popen([servers.build('store-probe'), ini], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def send(self, *words):
        self.p.stdin.write(' '.join(map(str, words)) + '\n')
        self.p.stdin.flush()

    def answer(self):
        word, _, rest = self.p.stdout.readline().rstrip('\n').partition(' ')
        return word, rest

    def __call__(self, *words):
        self.send(*words)
        return self.answer()

    def metric(self, name):
        return float(self('metric', name)[1] or 0)

    def peak_kb(self):
        with open('/proc/%d/status' % self.p.pid) as f:
            return int(re.search(r'VmHWM:\s+(\d+)', f.read()).group(1))

    def kill(self):
        self.p.kill()
        self.p.wait()

    def close(self):
        self.p.stdin.close()
        assert self.p.wait(30) == 0


class Local:
    """Files. raw...: what a driver's bucket looks like without us."""
    remote, page, many = False, 0, 120

    def __init__(self, folder):
        self.folder = folder

    def probe(self, name, store=None, **more):
        return Probe(self.folder, name, 'local', store, **dict({'root': self.folder('root')}, **more))

    def path(self, key):
        for d, _, names in os.walk(self.folder('root')):
            if key[2:] in names:
                return os.path.join(d, key[2:])

    def raw_put(self, key, data):
        with open(self.path(key), 'wb') as f:
            f.write(data)

    def raw_get(self, key):
        with open(self.path(key), 'rb') as f:
            return f.read(), None, None

    def close(self):
        pass


class Remote:
    remote = True
    bucket = 'pics'

    def options(self, **more):
        return dict({'endpoint': 'http://127.0.0.1:%d' % self.proxy.port, 'bucket': self.bucket, 'access_key': self.server.key,
                     'secret_key': self.server.secret, 'path_style': 'yes'}, **more)

    def probe(self, name, store=None, settings=None, **more):
        return Probe(self.folder, name, self.section, store, settings, **self.options(**more))

    def close(self):
        self.proxy.close()
        self.server.close()


class S3(Remote):
    section, prefix = 's3', 'x-amz-'

    def __init__(self, folder, server, many):
        self.folder, self.server, self.many, self.page = folder, server, many, server.page
        self.proxy = Proxy(server.port)
        end = time.monotonic() + 60
        while server.request('PUT', '/' + self.bucket)[0] != 200:
            assert time.monotonic() < end
            time.sleep(0.3)

    def raw_head(self, key, bucket):
        return self.server.request('HEAD', '/%s/%s' % (bucket, key))[1]

    def temporary(self):
        return self.server.temporary()

    def know_class(self, name):
        self.server.storage_class(name)

    def raw_bucket(self, name):
        assert self.server.request('PUT', '/' + name)[0] == 200

    def raw_put(self, key, data, bucket=None):
        assert self.server.request('PUT', '/%s/%s' % (bucket or self.bucket, urllib.parse.quote(key)), data)[0] == 200

    def raw_delete(self, key, bucket=None):
        assert self.server.request('DELETE', '/%s/%s' % (bucket or self.bucket, urllib.parse.quote(key)))[0] in (204, 404)

    def raw_get(self, key, bucket=None):
        status, headers, body = self.server.request('GET', '/%s/%s' % (bucket or self.bucket, key))
        assert status == 200, (status, body)
        return body, headers.get('content-type'), headers.get('x-amz-meta-sha256')

    def uploads(self):
        return self.server.request('GET', '/%s?uploads' % self.bucket)[2].count(b'<Upload>')


def radosgw(folder):
    s = S3(folder, rgw.RadosGW(folder), 1100)
    s.server.user('stranger', 'STRANGERAK', 'strangersecret')
    s.stranger = {'access_key': 'STRANGERAK', 'secret_key': 'strangersecret'}
    s.server.user('small', 'SMALLAK', 'smallsecret')
    for what, *more in (('set', '--max-size=1024'), ('enable',)):
        s.server.admin('quota', what, '--uid=small', '--quota-scope=user', *more)
    s.small = {'access_key': 'SMALLAK', 'secret_key': 'smallsecret', 'bucket': 'full'}
    return s


def swift(folder):
    s = S3(folder, swift_server.Swift(folder), 130)
    s.stranger = {'access_key': 'test:guest', 'secret_key': 'guesting'}
    return s


class Oss(Remote):
    section, prefix, many, page = 'oss', 'x-oss-', 1100, 1000
    stranger = {'access_key': 'readonly', 'secret_key': 'readsecret'}

    def __init__(self, folder, version):
        self.folder, self.version = folder, version
        self.server = oss_server.Service().start()
        self.server.key, self.server.secret = oss_server.KEY, oss_server.SECRET
        self.server.versions = {version}
        self.proxy = Proxy(self.server.port)

    def options(self, **more):
        return super().options(**dict({'region': oss_server.REGION, 'signature': self.version}, **more))

    def raw_head(self, key, bucket):
        return self.server.buckets[bucket][key].headers

    @contextlib.contextmanager
    def temporary(self):
        yield 'STS.temp', 'tempsecret', 'a+session/token=', self.server.port

    def know_class(self, name):
        pass

    def raw_bucket(self, name):
        self.server.buckets[name] = {}

    def raw_put(self, key, data, bucket=None):
        self.server.buckets[bucket or self.bucket][key] = oss_server.Object(data, {})

    def raw_delete(self, key, bucket=None):
        self.server.buckets[bucket or self.bucket].pop(key, None)

    def raw_get(self, key, bucket=None):
        o = self.server.buckets[bucket or self.bucket][key]
        return o.data, o.headers['content-type'], o.headers.get('x-oss-meta-sha256')

    def uploads(self):
        return len(self.server.uploads)


PLACES = {
    'local': Local,
    'radosgw': radosgw,
    'swift': swift,
    'oss-v4': lambda folder: Oss(folder, 'v4'),
    'oss-v1': lambda folder: Oss(folder, 'v1'),
}
