"""kill -9 of upload workers while uploads run: whatever was acknowledged is there, nothing is there by half."""
import os
import random
import signal
import threading
import time

import pytest

import pictures as pic
from stack import until

pytestmark = pytest.mark.once


@pytest.fixture(scope='module')
def own(make_stack):
    return make_stack()


def storm(own, kill, seconds=6):
    """Uploads from four threads while kill() is called again and again. [(model, bytes)] of those acknowledged."""
    stop = threading.Event()
    taken, other = [], []

    def run(n):
        k = 0
        while not stop.is_set():
            k += 1
            data = pic.png(100 + n, 60 + k % 50, seed=k * 4 + n)
            try:
                a = own.client.upload(('%d-%d.png' % (n, k), data))
            except Exception as e:
                other.append(repr(e))
                continue
            if a.status == 201:
                taken.append((a.json()['images'][0], data))
            else:
                other.append(a.status)
    ts = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for t in ts:
        t.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(random.uniform(0.05, 0.3))
        kill()
    stop.set()
    for t in ts:
        t.join()
    return taken, other


def check(own, taken, other):
    assert len(taken) > 10, (len(taken), other[:5])
    assert all(not isinstance(x, int) or x in (500, 502, 503, 504, 422) for x in other), set(map(str, other))
    for i, data in taken:
        a = own.client.get(i['url'])
        assert a.status == 200 and a.body == data, i['id']
    assert own.rows_without_bytes() == []
    # No spooled upload of a dead worker stays for ever: a new start or the jobs sweep it; the live ones leave none.
    assert until(lambda: own.client.get('/readyz').status == 200, 20)
    assert own.client.put_picture(pic.png(), 'after.png')


def test_workers_killed(own):
    def kill():
        ps = own.processes('upload')
        if ps:
            try:
                os.kill(random.choice(ps), signal.SIGKILL)
            except ProcessLookupError:
                pass
    check(own, *storm(own, kill))


def test_sandboxes_killed(own):
    """The decoder dies instead: a clean error or success, and the file is not damned for a crash it did not cause twice."""
    def kill():
        ps = own.processes('sandbox')
        if ps:
            try:
                os.kill(random.choice(ps), signal.SIGKILL)
            except ProcessLookupError:
                pass
    check(own, *storm(own, kill))
