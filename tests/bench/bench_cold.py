#!/usr/bin/python3
"""
make bench-http: variants that nobody asked for before, over HTTP: Tintype, a Node server around sharp ($TINTYPE_SHARP names
the folder where "npm install sharp" was done) and nginx with image_filter (libnginx-mod-http-image-filter), in turns, the same
picture and widths, other URLs each time. Prints requests a second, the CPU time that a request cost all processes of a server,
and ratios; where others use the machine, too, the ratio of CPU time is the one that counts. Tintype answers from its reduced
copies where they will do, as in life; BENCH_PYRAMID=no has it always read the original. BENCH_REQUESTS (60) a turn,
BENCH_TURNS (3).
"""
import atexit
import http.client
import itertools
import os
import queue
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'lib')]

import image_filter                                             # noqa: E402
import pictures as pic                                          # noqa: E402
from client import shared                                       # noqa: E402
from stack import Stack, cpu_s, family, free_port               # noqa: E402

REQUESTS = int(os.environ.get('BENCH_REQUESTS', '60'))
TURNS = int(os.environ.get('BENCH_TURNS', '3'))
PYRAMID = os.environ.get('BENCH_PYRAMID', 'yes')
CONNECTIONS = 8
QUALITY = 80
CORES = 2
TARGETS = {'sharp': 1.4, 'image_filter': 6}


def load(url, paths, pids):
    """Requests a second and CPU seconds of one; anything but a 200 ends the run."""
    todo, bad = queue.SimpleQueue(), []
    for p in paths:
        todo.put(p)
    host = url.split('//')[1]

    def run():
        conn = http.client.HTTPConnection(host, timeout=300)
        while not bad:
            try:
                path = todo.get_nowait()
            except queue.Empty:
                break
            conn.request('GET', path)
            a = conn.getresponse()
            body = a.read()
            if a.status != 200 or body[:2] != b'\xff\xd8':
                bad.append((path, a.status, body[:200]))
        conn.close()
    threads = [threading.Thread(target=run) for _ in range(CONNECTIONS)]
    before, t0 = cpu_s(pids()), time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    took = time.monotonic() - t0
    if bad:
        raise RuntimeError('%s: %s' % (url, bad[0]))
    return len(paths) / took, (cpu_s(pids()) - before) / len(paths)


class SharpServer:
    def __init__(self, files):
        self.port = free_port()
        self.url = 'http://127.0.0.1:%d' % self.port
        self.proc = subprocess.Popen(['node', os.path.join(HERE, 'sharp_server.js'), files, str(self.port), str(CORES), str(QUALITY)])
        atexit.register(self.stop)
        for _ in range(600):
            try:
                conn = http.client.HTTPConnection('127.0.0.1', self.port, timeout=5)
                conn.request('GET', '/')
                conn.getresponse()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError('the server around sharp does not start')

    def stop(self):
        self.proc.terminate()
        self.proc.wait()


def photo():
    path = shared() and os.path.join(shared(), 'corpus', 'visible', 'jpeg-photo', '2569067123_aca715a2ee_o.jpg')
    if path and os.path.exists(path):
        with open(path, 'rb') as f:
            return f.read()
    print('bench-http: no corpus beside the checkout, a made picture stands for the photo')
    return pic.jpeg(2725, 2225, seed=1, quality=88)


def main():
    folder = tempfile.mkdtemp(prefix='ttbc')
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    data = photo()
    with open(folder + '/photo.jpg', 'wb') as f:
        f.write(data)
    s = Stack('nginx', {'image.pyramid': PYRAMID, 'cache.max_per_picture': '100000', 'server.max_requests': '0', 'sandbox.jobs': '10000'}).start()
    atexit.register(s.stop)
    i = s.client.put_picture(data, 'photo.jpg')['id']
    widths = list(range(200, 641))
    random.Random(1).shuffle(widths)
    cold = itertools.product((QUALITY, QUALITY - 1, QUALITY + 1), widths)
    front = s.pid('nginx')
    servers = {'tintype': (s.client.url, lambda n: ['/i/%s?x-oss-process=image/quality,Q_%d/resize,w_%d' % (i, *next(cold)) for _ in range(n)],
                           lambda: family(front) + [q for p in s.processes('view') for q in family(p)])}
    count = itertools.count()
    path = lambda n: ['/w/%d/photo.jpg?%d' % (widths[k % len(widths)], k) for k in itertools.islice(count, n)]
    if os.environ.get('TINTYPE_SHARP'):
        node = SharpServer(folder)
        servers['sharp'] = (node.url, path, lambda: family(node.proc.pid))
    else:
        print('bench-http: without sharp (npm install sharp somewhere, and name the folder in TINTYPE_SHARP)')
    if image_filter.is_here():
        peer = image_filter.ImageFilter(folder, QUALITY, CORES)
        servers['image_filter'] = (peer.url, path, lambda: family(peer.proc.pid))
    else:
        print('bench-http: without nginx image_filter (install libnginx-mod-http-image-filter)')
    results = {name: [] for name in servers}
    for turn in range(TURNS + 1):
        for name, (url, paths, pids) in servers.items():
            got = load(url, paths(REQUESTS if turn else CONNECTIONS), pids)
            if turn:                        # the first warms everybody up
                results[name].append(got)
    print('%-14s %10s %12s' % ('cold variants', 'requests/s', 'CPU ms each'))
    mid = {name: [statistics.median(r[k] for r in v) for k in (0, 1)] for name, v in results.items()}
    for name, (rate, cpu) in mid.items():
        print('%-14s %10.1f %12.2f' % (name, rate, cpu * 1e3))
    for name, target in TARGETS.items():
        if name in mid:
            rate = mid['tintype'][0] / mid[name][0]
            print('tintype / %s: %.2f x the requests/s (target %.1f: %s), %.2f x by CPU' %
                  (name, rate, target, 'reached' if rate >= target else 'NOT REACHED', mid[name][1] / mid['tintype'][1]))


main()
