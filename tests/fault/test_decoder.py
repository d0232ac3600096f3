"""The decoder's process killed or stopped in the middle of a request: one clean error in bounded time, and on it goes."""
import os
import signal
import threading
import time

import pytest

import pictures as pic
from stack import until

pytestmark = pytest.mark.once


@pytest.fixture(scope='module')
def own(make_stack):
    return make_stack({'sandbox.timeout_ms': '3000', 'image.pyramid': 'no'})


@pytest.fixture(scope='module')
def big(own):
    """A picture whose variants take a moment."""
    return own.client.put_picture(pic.save(pic.canvas(400, 300).resize((3600, 2700)), 'PNG', compress_level=1), 'big.png')


def during(own, url, sig):
    """Ask for url and signal every sandbox that appears meanwhile. The answer and the time it took."""
    done = threading.Event()
    hit = []

    def shoot():
        while not done.is_set():
            for p in own.processes('sandbox'):
                try:
                    os.kill(p, sig)
                    hit.append(p)
                except ProcessLookupError:
                    pass
            time.sleep(0.005)
    t = threading.Thread(target=shoot)
    t.start()
    t0 = time.monotonic()
    try:
        a = own.client.request('GET', url, timeout=40)
        took = time.monotonic() - t0
    finally:
        done.set()
        t.join()
        for p in set(hit):
            try:
                os.kill(p, signal.SIGCONT)
            except ProcessLookupError:
                pass
    assert hit, 'no sandbox was there to be hit'
    return a, took


@pytest.mark.parametrize('sig', [signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV])
def test_hit_during_a_variant(own, big, sig):
    workers = set(own.processes('view'))
    a, took = during(own, '/i/%s/resize,w_%d.png' % (big['id'], 900 + sig), sig)
    assert a.status in (422, 503) and took < 15, (a, took)
    assert workers & set(own.processes('view')), 'the worker died with its child'
    b = own.client.get('/i/%s/resize,w_%d.png' % (big['id'], 700 + sig))
    assert b.status == 200, b
    again = own.client.get('/i/%s/resize,w_%d.png' % (big['id'], 900 + sig))
    assert again.status == 200, again


def test_hit_during_an_upload(own):
    data = pic.save(pic.canvas(400, 300, seed=3).resize((3000, 2200)), 'PNG', compress_level=1)
    box = []
    t = threading.Thread(target=lambda: box.append(own.client.upload(('x.png', data))))
    t.start()

    def shoot():
        for p in own.processes('sandbox'):
            try:
                os.kill(p, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return not t.is_alive()
    until(shoot, 30, 0.002)
    t.join()
    assert box[0].status in (422, 503), box
    assert own.client.put_picture(pic.png(50, 50, seed=4), 'other.png')


def test_busy_is_503_with_retry_after(make_stack):
    """With memory for one child only and a child that hangs, the others are told to come again."""
    s = make_stack({'sandbox.wait_ms': '300', 'sandbox.timeout_ms': '8000', 'sandbox.total_bytes': '67108864', 'image.pyramid': 'no'})
    i = s.client.put_picture(pic.save(pic.canvas(400, 300).resize((2400, 1800)), 'PNG', compress_level=1), 'big.png')
    stop = threading.Event()

    def freeze():
        while not stop.is_set():
            for p in s.processes('sandbox'):
                try:
                    os.kill(p, signal.SIGSTOP)
                except ProcessLookupError:
                    pass
            time.sleep(0.005)
    f = threading.Thread(target=freeze)
    f.start()
    got = []
    ts = [threading.Thread(target=lambda n=n: got.append(s.client.request('GET', '/i/%s/resize,w_%d.png' % (i['id'], 800 + n), timeout=60))) for n in range(6)]
    for t in ts:
        t.start()
    time.sleep(3)
    stop.set()
    f.join()
    for p in s.processes('sandbox'):
        os.kill(p, signal.SIGCONT)
    for t in ts:
        t.join()
    assert all(a.status in (200, 422, 503) for a in got), got
    assert all(a.header('Retry-After') for a in got if a.status == 503)
    assert s.client.get('/i/%s/resize,w_500.png' % i['id']).status == 200
