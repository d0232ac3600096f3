"""A large original of a remote store goes out while it comes in: what breaks then is never taken for whole, and the next who asks gets it right."""
import http.client
import os
import random
import shutil
import socket

import pytest

import pictures as pic
import servers
from conftest import NEEDS
from rgw import KEY, SECRET, RadosGW
from stack import until
from storm import Storm
from tcp_proxy import Proxy

pytestmark = pytest.mark.once

HEAD = 2000         # about as much of an answer of the store is no body


@pytest.fixture(scope='module')
def s3():
    folder = servers.Folder()
    g = RadosGW(folder)
    assert until(lambda: g.request('PUT', '/pics')[0] == 200, 60, 0.3)
    g.proxy = Proxy(g.port)
    yield g
    g.proxy.close()
    g.close()
    folder.close()


def settings(s3, **more):
    return dict({'store.primary': 's3', 's3.endpoint': 'http://127.0.0.1:%d' % s3.proxy.port, 's3.bucket': 'pics', 's3.access_key': KEY,
                 's3.secret_key': SECRET, 's3.path_style': 'yes', 'store.timeout_ms': '30000'}, **more)


def noise(side, seed):
    """A PNG that cannot be made smaller."""
    return pic.save(pic.Image.frombytes('RGB', (side, side), random.Random(seed).randbytes(side * side * 3)), 'PNG')


def tier(s):
    return {n: os.path.join(d, n) for d, _, names in os.walk(os.path.join(s.conf('cache.dir'), 't')) for n in names}


def forget(s):
    for path in tier(s).values():
        os.unlink(path)


def put(s, data):
    url = s.client.put_picture(data, 'n.png')['url']
    assert until(lambda: Storm(s, 0).waiting() == 0, 60, 0.2), 'the mirror has no copy'
    forget(s)
    return url


def get_or_break(s, url):
    """The answer, or None when it was broken off: a client that was promised a length sees that. A connection that stays is no end."""
    c = http.client.HTTPConnection('127.0.0.1', s.port, timeout=60)
    try:
        c.request('GET', url)
        r = c.getresponse()
        return r.status, r.read()
    except (http.client.IncompleteRead, ConnectionError):
        return None
    finally:
        c.close()


def first_bytes_before_the_last(s3, s, url, data):
    forget(s)
    s3.proxy.harm(hold=len(data) // 2 + HEAD)
    with socket.create_connection(('127.0.0.1', s.port), timeout=60) as c:
        c.sendall(b'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n' % (url[url.index('/i/'):].encode(), s.port))
        got = b''
        while len(got.partition(b'\r\n\r\n')[2]) < len(data) // 4:
            more = c.recv(65536)
            assert more, 'nothing came before the end'
            got += more
        assert not tier(s), 'half a picture has a name'
        s3.proxy.release()
        while more:
            more = c.recv(65536)
            got += more
    s3.proxy.harm()
    head, _, body = got.partition(b'\r\n\r\n')
    assert b'200' in head.split(b'\r\n')[0] and b'content-length: %d' % len(data) in head.lower()
    assert body == data
    assert until(lambda: len(tier(s)) == 1, 30, 0.1)
    assert s.client.get(url).body == data


def what_breaks_is_not_whole(s3, s, url, data):
    before = s.metric('tintype_store_rescued_total')
    # What came wrong cannot be taken back. What came, and then no more, is gone on with from a mirror, and nobody sees it.
    for harm, whole in (({'flip': len(data) // 2}, False), ({'flip': len(data) - 10}, False), ({'cut': len(data) // 4, 'cuts': -1}, True),
                        ({'cut': len(data) // 9, 'cuts': -1}, True)):
        forget(s)
        s3.proxy.harm(**harm)
        got, saved = get_or_break(s, url), s.metric('tintype_store_rescued_total')
        assert got == ((200, data) if whole else None), (harm, 'a wrong picture was called whole' if got else 'broken off')
        assert saved > before, harm
        before = saved
        # The harm is still there: a mirror's copy has become this node's.
        assert until(lambda: len(tier(s)) == 1, 60, 0.1), harm
        assert s.client.get(url).body == data, harm
    # What is cut twice and whole then is gone on with, and nobody sees it.
    forget(s)
    s3.proxy.harm(cut=len(data) // 3, cuts=2)
    assert s.client.get(url).body == data
    # A part may be asked for because the whole broke off: it is not sent before it is right.
    forget(s)
    s3.proxy.harm(flip=len(data) // 2)
    p = s.client.get(url, Range='bytes=%d-' % (len(data) - 100))
    assert p.status == 206 and p.body == data[-100:]
    # Before the first byte a mirror answers.
    forget(s)
    s3.proxy.harm(refuse=True)
    assert s.client.get(url).body == data
    s3.proxy.harm()


def a_client_that_leaves(s3, s, url, data):
    """The worker goes on with others, and nothing half is kept."""
    forget(s)
    s3.proxy.harm(hold=len(data) // 2)
    with socket.create_connection(('127.0.0.1', s.port), timeout=60) as c:
        c.sendall(b'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n' % (url[url.index('/i/'):].encode(), s.port))
        assert c.recv(10)
    s3.proxy.release()
    s3.proxy.harm()
    for _ in range(3):
        assert s.client.get(url).body == data


def the_folder_of_copies_is_removed(s3, s, url, data):
    """All of it, under running workers: it is made again."""
    small = noise(60, s.front)
    for u, want in ((url, data), (put(s, small), small)):
        for _ in range(3):
            shutil.rmtree(os.path.join(s.conf('cache.dir'), 't'))
            for _ in range(4):
                a = s.client.get(u)
                assert a.status == 200 and a.body == want
        assert until(lambda: len(tier(s)) == 1, 30, 0.1), 'no copy is kept any more'


@pytest.mark.parametrize('front', ('nginx', 'lighttpd', 'apache-proxy'))
def test_early(s3, make_stack, front):
    if not shutil.which(NEEDS[front], path=servers.PATH):
        pytest.skip('%s is not installed' % front)
    s = make_stack(settings(s3, **{'store.mirror': 'local'}), front=front, env={'TINTYPE_WORKERS': '2'})
    data = noise(700, front)
    url = put(s, data)
    for test in (first_bytes_before_the_last, what_breaks_is_not_whole, a_client_that_leaves, the_folder_of_copies_is_removed):
        test(s3, s, url, data)
    s.stop()
