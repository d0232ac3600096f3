"""The pools: starvation, graceful end, reload, recycling, replacement."""
import concurrent.futures
import os
import signal
import socket
import threading
import time

import pytest

import pictures as pic
import procs
from stack import alive, until


@pytest.fixture
def resident(stack, web):
    if stack.front == 'cgi' or not stack.home:
        pytest.skip('no resident workers behind this front end')
    return stack


@pytest.fixture
def cat(web):
    return web.put_picture(pic.jpeg(300, 200, seed=71), 'cat.jpg')


def test_idle_kept_connections_starve_nobody(stack, web, cat):
    """Many more kept connections than workers, each having made a request: new ones are answered all the same."""
    path = web.base + '/p/' + cat['id']
    kept = []
    try:
        for _ in range(60):
            c = web.connect(timeout=15)
            c.request('GET', path)
            r = c.getresponse()
            r.read()
            assert r.status == 200
            kept.append(c)
        for c in kept[:30]:
            c.request('GET', path)
        for c in kept[:30]:
            r = c.getresponse()
            r.read()
            assert r.status == 200
        assert web.request('GET', path, timeout=10).status == 200
    finally:
        for c in kept:
            c.close()


def test_half_requests_starve_nobody(web, cat):
    """Uploads that never finish and heads that never end hold no worker."""
    held = []
    try:
        for n in range(40):
            s = socket.create_connection((web.host, web.port), timeout=10)
            if n % 2:
                s.sendall(b'POST %s/upload HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 100000\r\n\r\nabc' % web.base.encode())
            else:
                s.sendall(b'GET /p/%s HTTP/1.1\r\nHost: x\r\nX-Slow: ' % cat['id'].encode())
            held.append(s)
        for path in ('/p/' + cat['id'], '/healthz'):
            assert web.request('GET', path, timeout=10).status == 200
        assert web.upload(('x.png', pic.png(30, 20, seed=72))).status == 201
    finally:
        for s in held:
            s.close()


def test_clients_that_hang_up_harm_nobody(stack, web, cat):
    for n in range(30):
        s = socket.create_connection((web.host, web.port), timeout=10)
        s.sendall(b'GET /i/%s?x-oss-process=image/resize,w_%d HTTP/1.1\r\nHost: x\r\n\r\n' % (cat['id'].encode(), 150 + n))
        s.close()
    for n in range(10):
        s = socket.create_connection((web.host, web.port), timeout=10)
        s.sendall(b'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n--b\r\nContent-Disp')
        s.close()
    assert web.get('/p/' + cat['id']).status == 200
    assert web.upload(('x.png', pic.png(30, 20, seed=73))).status == 201


class Load:
    """Requests all the time from a few threads; every failure is kept."""

    def __init__(self, web, cat):
        self.web, self.cat, self.stop = web, cat, threading.Event()
        self.done, self.bad = 0, []
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(4)]

    def run(self, n):
        k = 0
        while not self.stop.is_set():
            k += 1
            path = ('/p/%s', '/i/%s', '/i/%s?x-oss-process=image/resize,w_' + str(20 + (k * 4 + n) % 180))[k % 3] % self.cat['id']
            try:
                a = self.web.request('GET', path, timeout=20)
                if a.status != 200:
                    self.bad.append((path, a.status, a.text[:100]))
            except Exception as e:
                self.bad.append((path, repr(e)))
            self.done += 1

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        for t in self.threads:
            t.join()


def test_recycling_loses_no_request(resident, web, cat):
    first = set(resident.processes('view'))
    with Load(web, cat) as load:
        until(lambda: not (first & set(resident.processes('view'))) and load.done > 300, 60)
    assert load.bad == [], load.bad[:3]
    assert not first & set(resident.processes('view')), 'workers were never replaced'


def test_sigterm_to_a_worker_is_graceful(resident, web, cat):
    with Load(web, cat) as load:
        for _ in range(3):
            time.sleep(0.2)
            for p in [p for p in resident.processes('view') if procs.minds(p, signal.SIGTERM)][:1]:
                procs.send(p, signal.SIGTERM)
                assert until(lambda: not alive(p), 10), 'still there after SIGTERM'
        until(lambda: load.done > 100, 20)
    assert load.bad == [], load.bad[:3]
    assert until(lambda: resident.processes('view'), 10)


def test_sighup_reloads_without_a_failure(resident, web, cat):
    with Load(web, cat) as load:
        for _ in range(3):
            for p in resident.workers():
                if procs.minds(p, signal.SIGHUP):
                    procs.send(p, signal.SIGHUP)
            time.sleep(0.3)
    assert load.bad == [] and load.done > 0, load.bad[:3]


def test_killed_workers_come_back(resident, web, cat):
    for program in ('view', 'upload'):
        ps = resident.processes(program)
        assert ps, program
        procs.send(ps[0], signal.SIGKILL)
        # While it dies, its socket takes requests that nobody will answer.
        assert until(lambda: not alive(ps[0]), 30), program
        assert until(lambda: len([p for p in resident.processes(program) if p != ps[0]]) >= len(ps) or
                     (resident.front == 'apache' and web.get('/p/' + cat['id']).status == 200), 15), program
    assert until(lambda: web.get('/p/' + cat['id']).status == 200, 5)
    assert web.upload(('x.png', pic.png(30, 20, seed=74))).status == 201


def test_many_at_once(web, cat):
    """More requests at one time than there are workers: all are answered."""
    def ask(n):
        return web.request('GET', ('/p/%s', '/i/%s', '/i/%s/resize,w_60.png')[n % 3] % cat['id'], timeout=60).status
    with concurrent.futures.ThreadPoolExecutor(40) as ex:
        assert set(ex.map(ask, range(200))) == {200}


@pytest.mark.once
def test_memory_of_an_upload_worker_is_constant(make_stack):
    """A body of 200 MB with a limit of 256 MB: refused or taken, never held in memory."""
    from stack import rss_kb
    s = make_stack({'limits.body_bytes': '268435456', 'limits.file_bytes': '268435456', 'server.max_requests': '0'})
    s.client.put_picture(pic.jpeg(), 'warm.jpg')
    piece = os.urandom(1 << 20)
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="big.jpg"\r\n\r\n\xff\xd8\xff\xe0'
    tail = b'\r\n--b--\r\n'

    class Body(list):
        def __iter__(self):
            yield head
            for _ in range(200):
                yield piece
            yield tail
    a = s.client.request('POST', '/upload', Body(), {'Content-Type': 'multipart/form-data; boundary=b', 'Accept': 'application/json'}, timeout=180)
    assert 400 <= a.status < 500, a
    peaks = [rss_kb(p, 'VmHWM') for p in s.processes('upload')]
    assert peaks and max(peaks) < 20 * 1024, peaks
    assert s.client.put_picture(pic.jpeg(), 'after.jpg')
