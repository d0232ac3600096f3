"""memcached stopped, killed, or lying: answers stay right, only slower; nothing hangs."""
import os
import signal
import time

import pytest

import pictures as pic
from liar import Liar
from procs import paused
from stack import until

pytestmark = pytest.mark.once


@pytest.fixture(scope='module')
def own(make_stack):
    return make_stack()


def round_trip(s, seed):
    """Upload, look, delete, look: all right whatever memcached does. The time of the slowest request."""
    web, slow = s.client, 0.0

    def timed(*args, **kw):
        nonlocal slow
        t = time.monotonic()
        a = web.request(*args, timeout=30, **kw)
        slow = max(slow, time.monotonic() - t)
        return a
    data = pic.png(60, 40, seed=seed)
    i = web.put_picture(data, 'x.png')
    for _ in range(3):
        assert timed('GET', i['url']).body == data
        assert timed('GET', '/p/' + i['id']).status == 200
        assert timed('GET', '/p/00000000000000').status == 404
    assert timed('GET', '/i/%s/resize,w_30.jpg' % i['id']).status == 200
    assert timed('DELETE', i['delete_url']).status in (200, 204)
    for u in (i['url'], '/p/' + i['id'], '/i/%s/resize,w_30.jpg' % i['id'], '/i/%s/resize,w_31.jpg' % i['id']):
        assert timed('GET', u).status == 410, u
    return slow


def memcached(s):
    return s.pid('memcached')


def test_alive(own):
    before = own.metric('tintype_cache_total{result="hit"}')
    round_trip(own, 1)
    assert own.metric('tintype_cache_total{result="hit"}') > before, 'memcached is never used'


def test_stopped(own):
    """SIGSTOP: connects are taken by the kernel and nobody answers."""
    i = own.client.put_picture(pic.png(70, 40, seed=2), 'x.png')
    with paused(memcached(own)):
        assert round_trip(own, 3) < 5
        assert own.client.get(i['url']).status == 200
    assert round_trip(own, 4) < 5


def test_no_stale_row_after_a_stop(own):
    """A row cached before, deleted while memcached slept, does not come back with it."""
    i = own.client.put_picture(pic.png(71, 40, seed=5), 'x.png')
    for _ in range(3):
        assert own.client.get(i['url']).status == 200
    with paused(memcached(own)):
        assert own.client.delete(i['delete_url']).status in (200, 204)
        assert own.client.get(i['url']).status == 410
    end = time.monotonic() + 3
    while time.monotonic() < end:
        for u in (i['url'], '/p/' + i['id']):
            assert own.client.get(u).status == 410, 'a deleted picture came back'
        time.sleep(0.05)


def test_no_stale_key_after_a_stop(own, own_folder):
    """A key that was cached, and set again while memcached slept, leads to the new picture at once and ever after."""
    url, folder = '/k/turn.png', own_folder('in')
    os.mkdir(folder)
    for turn in range(3):
        data = pic.png(72 + turn, 40, seed=turn)
        with open(folder + '/turn.png', 'wb') as f:
            f.write(data)
        if turn == 2:       # and so it was known before the stop
            assert until(lambda: own.serves_without_database(url), 60, 0.5)
            with paused(memcached(own)):
                own.tintype('import', folder)
                assert own.client.get(url).body == data
        else:
            own.tintype('import', folder)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            assert own.client.get(url).body == data, turn
            time.sleep(0.05)


def test_lying(make_stack):
    """Nonsense, another key's value, silence, hang-ups: whatever comes is a miss."""
    s = make_stack()
    path = s.conf('memcached.servers').split(',')[0]
    if not path.startswith('/'):
        path = path.split('--SOCKET=')[-1].strip('"')
    assert path.startswith('/'), path
    os.kill(memcached(s), signal.SIGKILL)
    until(lambda: True, 0)
    liar = Liar(path)
    try:
        asked = 0
        for n, mode in enumerate(('nonsense', 'other', 'silent', 'closed')):
            liar.mode = mode
            assert round_trip(s, 10 + n) < 5, mode
            a, b = s.client.put_picture(pic.png(80, 40, seed=20 + n), 'a'), s.client.put_picture(pic.png(81, 40, seed=20 + n), 'b')
            assert pic.size(s.client.get(a['url']).body) == (80, 40) and pic.size(s.client.get(b['url']).body) == (81, 40), mode
            asked += liar.asked
        assert asked, 'the liar was never asked'
    finally:
        liar.close()


def test_killed_and_back(own):
    os.kill(memcached(own), signal.SIGKILL)
    for n in range(5):
        assert round_trip(own, 30 + n) < 5
    own.again()
    own.wait_ready()
    round_trip(own, 40)
    before = own.metric('tintype_cache_total{result="hit"}')

    def used():
        round_trip(own, 41)
        return own.metric('tintype_cache_total{result="hit"}') > before
    assert until(used, 60, 1), 'memcached is back and never used again'
