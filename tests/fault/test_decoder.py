"""The decoder's process killed or stopped in the middle of a request: one clean error in bounded time, and on it goes."""
import hashlib
import os
import signal
import threading
import time

import pytest

import pictures as pic
import procs
from stack import children

pytestmark = pytest.mark.once


@pytest.fixture(scope='module')
def own(make_stack):
    return make_stack({'sandbox.timeout_ms': '3000', 'image.pyramid': 'no'})


@pytest.fixture(scope='module')
def big(own):
    """A picture whose variants take a moment."""
    return own.client.put_picture(large(1), 'big.png')


def large(seed):
    return pic.save(pic.canvas(400, 300, seed=seed).resize((4000, 3000)), 'PNG', compress_level=1)


def during(own, ask, workers, sig):
    """Run ask() and signal the first sandbox of these workers that is busy meanwhile. Its answer and the time it took."""
    done = threading.Event()
    hit = []

    def shoot():
        while not done.is_set() and not hit:
            for p in [c for w in workers for c in children(w)]:
                if busy(p):
                    if procs.send(p, sig):
                        hit.append(p)
            time.sleep(0.001)
    t = threading.Thread(target=shoot)
    t.start()
    t0 = time.monotonic()
    try:
        a = ask()
        took = time.monotonic() - t0
    finally:
        done.set()
        t.join()
        for p in set(hit):
            try:
                procs.send(p, signal.SIGCONT)
            except ProcessLookupError:
                pass
    assert hit, 'no sandbox was there to be hit'
    return a, took


def busy(pid):
    """Running, not waiting for work."""
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rpartition(')')[2].split()[0] == 'R'
    except OSError:
        return False


# AddressSanitizer takes SIGSEGV for a finding of its own.
CRASH = signal.SIGABRT if os.environ.get('TINTYPE_SANITIZE') else signal.SIGSEGV


@pytest.mark.parametrize('sig', [signal.SIGKILL, signal.SIGSTOP, CRASH])
def test_hit_during_a_variant(own, big, sig):
    workers = own.processes('view')
    for again in range(10):     # until one was hit before it was done
        url = '/i/%s/rotate,90/resize,w_%d.png' % (big['id'], 2000 + sig + 100 * again)
        a, took = during(own, lambda: own.client.request('GET', url, timeout=60), workers, sig)
        if a.status != 200:
            break
    # A sanitized child takes so long to start that it may be hit then, and a new one does the work.
    assert a.status in (422, 503) or (a.status == 200 and os.environ.get('TINTYPE_SANITIZE')), (a, took)
    assert took < 30, took
    assert set(workers) & set(own.processes('view')), 'the worker died with its child'
    # The next one works; this one may be held against the picture for a while.
    b = own.client.get('/i/%s/resize,w_%d.png' % (big['id'], 700 + sig))
    assert b.status == 200, b
    assert own.client.get(url).status in (200, 422)


def test_hit_during_an_upload(own):
    own.client.put_picture(pic.png(20, 20), 'warm.png')
    for again in range(10):
        a, took = during(own, lambda: own.client.upload(('x.png', large(2 + again))), own.processes('upload'), signal.SIGKILL)
        if a.status != 201:
            break
    assert a.status in (422, 503) or (a.status == 201 and os.environ.get('TINTYPE_SANITIZE')), (a, took)
    assert took < 30, took
    assert own.client.put_picture(pic.png(50, 50, seed=4), 'other.png')


def test_file_that_took_a_decoder_down_is_refused_at_once(own):
    """Whoever noted it: a second later all know. However many there are."""
    bad, good = pic.png(30, 31, seed=8), pic.png(30, 32, seed=8)
    own.client.put_picture(good, 'good.png')
    for others in (0, 400):
        own.sql("INSERT INTO bad_blob (sha, reason, at_s) VALUES (UNHEX('%s'), 'its decoder crashed: SIGSEGV', 1)" % hashlib.sha256(bad).hexdigest())
        if others:
            own.sql('INSERT INTO bad_blob (sha, reason, at_s) SELECT UNHEX(SHA2(seq, 256)), "", 1 FROM seq_1_to_%d' % others)
        time.sleep(1.1)
        for again in range(4):
            a = own.client.upload(('x.png', bad))
            assert a.status == 422 and 'refused before: its decoder crashed: SIGSEGV' in a.text, a
            assert own.client.upload(('x.png', good)).status == 201
        own.sql('DELETE FROM bad_blob')
        time.sleep(1.1)
        assert own.client.upload(('x.png', bad)).status == 201


def test_busy_is_503_with_retry_after(make_stack):
    """With memory for one child only and a child that hangs, the others are told to come again."""
    s = make_stack({'sandbox.wait_ms': '300', 'sandbox.timeout_ms': '8000', 'sandbox.memory_bytes': '268435456', 'sandbox.total_bytes': '268435456', 'image.pyramid': 'no'})
    i = s.client.put_picture(large(3), 'big.png')
    stop = threading.Event()

    def freeze():
        while not stop.is_set():
            for p in s.processes('sandbox'):
                procs.send(p, signal.SIGSTOP)
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
        procs.send(p, signal.SIGCONT)
    for t in ts:
        t.join()
    assert all(a.status in (200, 422, 503) for a in got), got
    assert all(a.header('Retry-After') for a in got if a.status == 503)
    assert s.client.get('/i/%s/resize,w_500.png' % i['id']).status == 200
