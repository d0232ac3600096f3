"""The driver for S3 against a real server that checks signatures; what it says when something is wrong; what a dead store costs."""
import hashlib
import os
import re
import subprocess
import time

import pytest

import servers
from rgw import KEY, SECRET, RadosGW

SMALL, LARGE = os.urandom(100_000), os.urandom(70 << 20)


@pytest.fixture(scope='module')
def folder():
    f = servers.Folder()
    yield f
    f.close()


@pytest.fixture(scope='module')
def s3(folder):
    g = RadosGW(folder)
    yield g
    g.close()


class Probe:
    def __init__(self, folder, name, **options):
        self.home = folder(name)
        os.makedirs(self.home, exist_ok=True)
        ini = os.path.join(self.home, 'ini')
        with open(ini, 'w') as f:
            f.write('[site]\nsecret = "%s"\n[store]\nprimary = s3\n[s3]\npath_style = yes\n' % servers.SECRET)
            for k, v in options.items():
                f.write('%s = "%s"\n' % (k, v))
            f.write('[cache]\ndir = %s/cache\n' % self.home)
        os.makedirs(self.home + '/cache', exist_ok=True)
        self.p = subprocess.Popen([servers.build('store-probe'), ini], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, *words):
        self.p.stdin.write(' '.join(words) + '\n')
        self.p.stdin.flush()
        word, _, rest = self.p.stdout.readline().rstrip('\n').partition(' ')
        return word, rest

    def close(self):
        self.p.stdin.close()
        self.p.wait(20)


def options(s3, **more):
    return dict({'endpoint': 'http://127.0.0.1:%d' % s3.port, 'bucket': 'pics', 'access_key': KEY, 'secret_key': SECRET}, **more)


@pytest.fixture(scope='module')
def bucket(s3, folder):
    """Made by the server's own means: nothing of ours makes buckets."""
    end = time.monotonic() + 30
    while s3.request('PUT', '/pics')[0] != 200:
        assert time.monotonic() < end
        time.sleep(0.3)


def write(folder, name, data):
    path = folder(name)
    with open(path, 'wb') as f:
        f.write(data)
    return path


def rss_kb(pid):
    with open('/proc/%d/status' % pid) as f:
        return int(re.search(r'VmHWM:\s+(\d+)', f.read()).group(1))


def test_objects_come_back(s3, bucket, folder):
    probe = Probe(folder, 'a', **options(s3))
    assert probe('check')[0] == 'ok'
    for name, data in (('small', SMALL), ('large', LARGE), ('empty', b'')):
        path, key = write(folder, name, data), 'o/' + hashlib.sha256(data).hexdigest()
        assert probe('put', path) == ('ok', key)
        assert probe('stat', key) == ('ok', str(len(data)))
        for _ in range(2):      # from the store, and from this node's copy
            assert probe('get', key, folder('back')) == ('ok', str(len(data)))
            with open(folder('back'), 'rb') as f:
                assert f.read() == data, name
    assert rss_kb(probe.p.pid) < 24_000, 'a large object was held in memory'
    keys = probe('list', 'o/')[1].split()
    assert sorted(keys) == sorted('o/%s=%d' % (hashlib.sha256(d).hexdigest(), len(d)) for d in (SMALL, LARGE, b''))
    # Nobody else wrote it, anybody may read it.
    assert s3.request('GET', '/pics/o/' + hashlib.sha256(SMALL).hexdigest()) == (200, SMALL)
    assert probe('mem', 'p/x.json', '{"a":1}')[0] == 'ok'
    assert probe('mem', 'p/x.json', '{"a":2}')[0] == 'ok'
    assert probe('get', 'p/x.json', folder('back'))[0] == 'ok' and open(folder('back')).read() == '{"a":2}'
    for key in ['p/x.json'] + [k.partition('=')[0] for k in keys]:
        assert probe('del', key)[0] == 'ok'
        assert probe('stat', key)[0] == 'NOTFOUND'
        assert probe('get', key, folder('back'))[0] == 'NOTFOUND'
        assert probe('del', key)[0] == 'ok', 'deleting twice is fine'
    assert probe('list', 'o/') == ('ok', '')
    probe.close()


def test_many_keys_are_listed(s3, bucket, folder):
    probe = Probe(folder, 'b', **options(s3))
    for i in range(1100):
        assert probe('mem', 'q/%04d' % i, 'x')[0] == 'ok'
    # The answer line is short: ask by prefixes, the whole only as a count of what fits.
    assert len(probe('list', 'q/10')[1].split()) == 100
    assert probe('list', 'q/1099')[1].startswith('q/1099=1')
    probe.close()


@pytest.mark.parametrize('wrong, word', (({'secret_key': 'x' * 20}, 'secret key is wrong'), ({'access_key': 'nobody'}, 'access key is not known'),
                                         ({'bucket': 'nothing-here'}, 'no such bucket')))
def test_what_is_wrong_is_said(s3, bucket, folder, wrong, word):
    probe = Probe(folder, 'w', **options(s3, **wrong))
    name, why = probe('check')
    assert name == 'STORE' and word in why, why
    assert SECRET not in why and 'x' * 20 not in why
    probe.close()


def test_settings_that_cannot_work(folder):
    for bad, word in (({'endpoint': ''}, 's3.endpoint'), ({'endpoint': 'ftp://x', 'bucket': 'b', 'access_key': 'a', 'secret_key': 's'}, 'endpoint'),
                      ({'endpoint': 'http://127.0.0.1:1', 'bucket': ''}, 's3.bucket')):
        p = Probe(folder, 'bad', **bad)
        line = p.p.stdout.readline()
        assert word in line and p.p.wait(10) == 1, line


def test_a_dead_store_costs_nothing_and_comes_back(s3, bucket, folder):
    probe = Probe(folder, 'd', **options(s3))
    path = write(folder, 'dead', SMALL[:5000])
    key = 'o/' + hashlib.sha256(SMALL[:5000]).hexdigest()
    assert probe('put', path)[0] == 'ok'
    s3.down()
    for _ in range(4):
        assert probe('stat', key)[0] == 'STORE'
    name, why = probe('stat', key)
    assert name == 'STORE' and 'in a moment' in why, why       # not even asked
    s3.up('rgw')
    end = time.monotonic() + 60
    while probe('stat', key)[0] != 'ok':
        assert time.monotonic() < end
        time.sleep(0.2)
    assert probe('get', key, folder('back')) == ('ok', '5000')
    probe.close()
