"""Originals that lie in a remote store, as visitors get them: from this node's copies through every front end, or sent on to the store itself."""
import os
import random
import shutil
import urllib.parse

import pytest

import pictures as pic
import servers
from client import Client
from conftest import NEEDS
from stack import rss_kb, until
from store_fixtures import s3      # noqa: F401  (fixtures)

pytestmark = pytest.mark.once


def noise(side, seed):
    """A PNG that cannot be made smaller."""
    return pic.save(pic.Image.frombytes('RGB', (side, side), random.Random(seed).randbytes(side * side * 3)), 'PNG')


def settings(s3, **more):
    return s3.settings('pics', store__primary='s3', **{k.replace('_', '.', 1): v for k, v in more.items()})


def of_answer(a):
    """What must not depend on who sent the bytes."""
    return {k: a.header(k) for k in ('Content-Type', 'ETag', 'Cache-Control', 'Content-Security-Policy', 'X-Content-Type-Options',
                                     'Access-Control-Allow-Origin', 'Cross-Origin-Resource-Policy')}


def ranges(web, url, data):
    """Whole, HEAD, parts and conditions."""
    a = web.get(url)
    assert a.status == 200 and a.body == data
    h = web.request('HEAD', url)
    assert h.status == 200 and h.body == b'' and int(h.header('Content-Length')) == len(data)
    for text, first, last in (('bytes=0-99', 0, 99), ('bytes=5000-5999', 5000, 5999), ('bytes=-500', len(data) - 500, len(data) - 1)):
        p = web.get(url, Range=text)
        assert p.status == 206 and p.body == data[first:last + 1], text
        assert p.header('Content-Range') == 'bytes %d-%d/%d' % (first, last, len(data))
    assert web.get(url, Range='bytes=%d-' % len(data)).status == 416
    assert web.get(url, If_None_Match=a.header('ETag')).status == 304
    assert web.get(url, Range='bytes=0-9', If_Range='"other"').body == data
    for name in ('ETag', 'Cache-Control', 'Content-Type', 'Last-Modified'):
        assert len(a.all(name)) == 1, (name, a.all(name))
    return of_answer(a)


@pytest.mark.parametrize('front', ('nginx', 'lighttpd', 'apache-proxy'))
def test_copies_of_this_node(s3, make_stack, front):
    if not shutil.which(NEEDS[front], path=servers.PATH):
        pytest.skip('%s is not installed' % front)
    s = make_stack(settings(s3, cache_max_bytes='10M'), front=front)
    web, data = s.client, noise(1400, front)
    url = web.put_picture(data, 'n.png')['url']
    before = max(rss_kb(p, 'VmHWM') for p in s.processes('view'))
    ranges(web, url, data)
    if not os.environ.get('TINTYPE_SANITIZE', '0').strip('0'):
        assert max(rss_kb(p, 'VmHWM') for p in s.processes('view')) < before + 3000, 'a worker held the picture in memory'
    tier = os.path.join(s.conf('cache.dir'), 't')

    def held():
        return sum(os.path.getsize(os.path.join(d, n)) for d, _, names in os.walk(tier) for n in names)

    assert held() == len(data)
    if front == 'nginx':            # copies count towards the size of the cache
        other = noise(1400, 'other')
        assert web.get(web.put_picture(other, 'o.png')['url']).body == other
        assert held() > 10 << 20
        s.tintype('jobs', '--once')
        assert until(lambda: held() < 10 << 20, 60, 0.2)
        assert web.get(url).body == data
    s.stop()


def test_sent_on_to_the_store(s3, make_stack):
    s = make_stack(settings(s3, store_serve='redirect', store_serve_s='60'), front='nginx')
    web, data = s.client, noise(200, 3)
    p = web.put_picture(data, 'r.png')
    a = web.get(p['url'])
    assert a.status == 302 and a.header('Cache-Control') == 'public, max-age=30'
    to = a.header('Location')
    assert to.startswith('http://127.0.0.1:%d/pics/o/' % s3.port) and s3.secret not in to
    store = Client('http://127.0.0.1:%d' % s3.port)
    b = store.get(to[to.index('/pics'):])
    assert b.status == 200 and b.body == data and b.type == 'image/png'
    assert store.get(to[to.index('/pics'):], Range='bytes=10-19').body == data[10:20]
    assert store.get(to.replace('Signature=', 'Signature=0')[to.index('/pics'):]).status == 403
    # What only we can do comes from here; variants do.
    assert web.request('HEAD', p['url']).status == 200
    d = web.get(p['url'] + '?download')
    assert d.status == 200 and d.body == data and 'attachment' in d.header('Content-Disposition')
    assert web.get(p['url'] + '?x-oss-process=image/resize,w_50').status == 200
    assert 'http://127.0.0.1:%d' % s3.port in web.get('/' + p['id'], Accept='text/html').header('Content-Security-Policy')
    s.stop()


def test_fetched_by_nginx(s3, make_stack):
    s = make_stack(settings(s3, store_serve='x-accel'), front='nginx')
    data = noise(300, 4)
    p = s.client.put_picture(data, 'x.png')
    by_store = ranges(s.client, p['url'], data)
    assert by_store == of_answer(s.client.request('HEAD', p['url'])), 'a visitor sees who sent the bytes'
    a = s.client.get(p['url'])
    assert not [k for k, _ in a.headers if k.lower().startswith('x-amz') or k.lower().startswith('x-rgw')]
    # The copies of this node stand in when the store does not answer: HEAD above has made one.
    s3.down()
    try:
        assert s.client.get(p['url']).body == data
        assert s.client.get(p['url'], Range='bytes=0-9').body == data[:10]
    finally:
        s3.up()
    s.stop()


def test_quickstart_with_a_store(make_stack):
    """TINTYPE_STORE=s3: what was uploaded outlives a stop, in the store as well as in the mirror."""
    for program in ('ceph-mon', 'ceph-osd', 'radosgw'):
        servers.need(program)
    s = make_stack(front='nginx', env={'TINTYPE_STORE': 's3', 'TINTYPE_WORKERS': '2'})
    data = noise(100, 5)
    url = s.client.put_picture(data, 'q.png')['url']
    assert {'ceph-mon', 'ceph-osd', 'radosgw'} <= {n for n, _ in s.pids()}
    assert until(lambda: s.store_files(), 60, 0.3), 'the mirror has no copy'
    pids = [p for _, p in s.pids()]
    s.quickstart('stop')
    assert not [p for p in pids if os.path.exists('/proc/%d' % p) and 'ceph' in open('/proc/%d/cmdline' % p).read()]
    for folder in (s.conf('cache.dir'), s.conf('local.root')):
        for d in os.listdir(folder):
            shutil.rmtree(os.path.join(folder, d), ignore_errors=True)
    s.again()
    assert s.client.get(urllib.parse.urlsplit(url).path).body == data
    with open(os.path.join(s.home, 's3-secret')) as f:
        secret = f.read().strip()
    assert len(secret) >= 20
    for _, pid in s.pids():
        with open('/proc/%d/cmdline' % pid, 'rb') as f:
            assert secret.encode() not in f.read()
    s.stop()
