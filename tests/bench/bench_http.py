#!/usr/bin/python3
"""
make bench: ratios of the service to what a bare nginx and a do-nothing FastCGI program reach in the same run, taken in
turns. Prints a table; decides nothing. Where others use the machine, too, requests a second say little: beside them
stands what a request costs all servers that have a part in it, in microseconds of CPU, and the ratio of that.
Needs wrk and nginx, and starts an instance of its own. BENCH_SECONDS (2) for one measurement, BENCH_TURNS (3),
BENCH_REQUESTS (100000) for the question whether memory grows.
"""
import atexit
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'lib'))

import pictures as pic                                          # noqa: E402
from client import Client                                       # noqa: E402
from stack import TOP, Stack, alive, children, free_port, rss_kb          # noqa: E402

SECONDS = float(os.environ.get('BENCH_SECONDS', '2'))
TURNS = int(os.environ.get('BENCH_TURNS', '3'))
REQUESTS = int(os.environ.get('BENCH_REQUESTS', '100000'))

BARE = """
daemon off;
%(user)s
worker_processes %(workers)s;
pid %(dir)s/pid;
error_log %(dir)s/error.log;
events { worker_connections 1024; }
http {
	default_type image/jpeg;
	access_log %(dir)s/access.log combined buffer=32k flush=1s;
	sendfile on;
	tcp_nopush on;
	server_tokens off;
	client_body_temp_path %(dir)s/t1; proxy_temp_path %(dir)s/t2; fastcgi_temp_path %(dir)s/t3; uwsgi_temp_path %(dir)s/t4; scgi_temp_path %(dir)s/t5;
	server {
		listen 127.0.0.1:%(port)d;
		root %(dir)s/www;
		location / {
			# The headers of a picture: the same answer is compared.
			add_header Cache-Control "public, max-age=31536000, immutable";
			add_header X-Content-Type-Options nosniff;
			add_header Content-Security-Policy "default-src 'none'; style-src 'unsafe-inline'; sandbox";
			add_header Access-Control-Allow-Origin *;
			add_header Cross-Origin-Resource-Policy cross-origin;
		}
		location /files/ { internal; }
		location /null {
			fastcgi_pass unix:%(dir)s/null.sock;
			fastcgi_param REQUEST_METHOD $request_method;
			fastcgi_param REQUEST_URI $request_uri;
			fastcgi_param QUERY_STRING $query_string;
		}
	}
}
"""


class Bare:
    """A plain nginx with a static file and a pool of null programs as large as the pool of view."""

    def __init__(self, null, data, workers, pool):
        self.dir = tempfile.mkdtemp(prefix='ttb')
        os.chmod(self.dir, 0o755)
        self.port = free_port()
        os.makedirs(self.dir + '/www/files')
        for name in ('www/plain.jpg', 'www/files/plain.jpg'):
            with open(os.path.join(self.dir, name), 'wb') as f:
                f.write(data)
        with open(self.dir + '/nginx.conf', 'w') as f:
            f.write(BARE % {'user': 'user nobody nogroup;' if os.geteuid() == 0 else '', 'workers': workers, 'dir': self.dir, 'port': self.port})
        env = dict(os.environ, NULL_FILE='/files/plain.jpg')
        self.procs = [subprocess.Popen(['spawn-fcgi', '-n', '-s', self.dir + '/null.sock', '-M', '0666', '--',
                                        os.path.join(TOP, 'conf', 'fcgi-pool'), str(pool), null], env=env, start_new_session=True,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
                      subprocess.Popen(['nginx', '-p', self.dir, '-e', self.dir + '/error.log', '-c', self.dir + '/nginx.conf'],
                                       start_new_session=True,
                                       env=dict(os.environ, PATH=os.environ['PATH'] + ':/usr/sbin'))]
        atexit.register(self.stop)
        self.url = 'http://127.0.0.1:%d' % self.port
        self.pool = pool
        c = Client(self.url)
        for _ in range(200):
            try:
                if c.get('/null').status == 200 and c.get('/plain.jpg').status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError('the bare nginx does not answer')

    def pids(self):
        """All of them: the masters and their children."""
        return [q for p in self.procs for q in [p.pid] + children(p.pid)]

    def stop(self):
        for p in self.procs:
            p.terminate()
        for p in self.procs:
            p.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def cpu_s(pids):
    """CPU seconds that these processes have used."""
    total = 0
    for p in pids:
        try:
            with open('/proc/%d/stat' % p) as f:
                w = f.read().rpartition(')')[2].split()
            total += int(w[11]) + int(w[12])
        except OSError:
            pass
    return total / os.sysconf('SC_CLK_TCK')


def wrk(url, pids, connections=16):
    """Requests a second, and CPU seconds of these processes for one; an error in an answer ends the run."""
    before = cpu_s(pids)
    out = subprocess.run(['wrk', '-t1', '-c%d' % connections, '-d%gs' % SECONDS, url], stdout=subprocess.PIPE, text=True, check=True).stdout
    if 'Non-2xx' in out:
        raise RuntimeError('%s: %s' % (url, out))
    n = int(re.search(r'(\d+) requests in', out).group(1))
    return float(re.search(r'Requests/sec:\s+([\d.]+)', out).group(1)), (cpu_s(pids) - before) / n


def ratio(name, ours, our_pids, theirs, their_pids, target):
    """Measure both in turns; medians."""
    a, b = [], []
    for _ in range(TURNS):
        a.append(wrk(ours, our_pids))
        b.append(wrk(theirs, their_pids))
    mid = statistics.median
    (ra, ca), (rb, cb) = ([mid(x[k] for x in v) for k in (0, 1)] for v in (a, b))
    print('%-52s %7.0f /s %6.1f us %7.0f /s %6.1f us   %5.2f %5.2f   %6.0f   (%s)' %
          (name, ra, ca * 1e6, rb, cb * 1e6, mid(x[0] / y[0] for x, y in zip(a, b)), cb / ca, 1 / ca, target), flush=True)


def mixed(s, ids, n):
    """n requests of every kind from four threads."""
    bad = []

    def run(t):
        c = Client(s.client.url)
        conn = c.connect()
        for k in range(n // 4):
            i = ids[(k + t) % len(ids)]
            path = ('/i/%s', '/p/%s', '/i/%s?x-oss-process=image/resize,w_%d', '/i/00000000000000%s', '/i/%s/nosuch.jpg', '/healthz?%s')[k % 6]
            path = path % ((i, 30 + k % 90) if '%d' in path else i)
            try:
                a = c.request('GET', path, conn=conn)
                if a.status >= 500:
                    bad.append((path, a.status))
            except Exception as e:
                conn.close()
                conn = c.connect()
                bad.append((path, repr(e)))
    ts = [threading.Thread(target=run, args=(t,)) for t in range(4)]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    return bad


def private_kb(pid):
    """What a process has to itself (the shared libraries not counted)."""
    total = 0
    try:
        with open('/proc/%d/smaps_rollup' % pid) as f:
            for line in f:
                if line.startswith(('Private_Clean', 'Private_Dirty')):
                    total += int(line.split()[1])
    except OSError:
        pass
    return total


def main():
    if not shutil.which('wrk'):
        sys.exit('bench: wrk is not installed')
    s = Stack('nginx', {'server.max_requests': '0'}).start()
    try:
        data = pic.jpeg(1200, 900, seed=5)
        i = s.client.put_picture(data, 'bench.jpg')
        query, path = '/i/%s?x-oss-process=image/resize,w_400' % i['id'], '/i/%s/resize,w_400.jpg' % i['id']
        small = s.client.get(path).body
        assert s.client.get(query).body == small
        pool = len(s.processes('view'))
        bare = Bare(sys.argv[1], small, os.cpu_count(), pool)
        whole = Bare(sys.argv[1], data, os.cpu_count(), pool)
        nginx = s.pid('nginx')
        front = [nginx] + children(nginx)
        all_of_us = front + s.processes('view') + [s.pid('memcached')]
        print('%-52s %10s %9s %10s %9s   ratio ratio   a core' % ('', 'ours', 'CPU', 'theirs', 'CPU'))
        print('%-52s %10s %9s %10s %9s   of /s of CPU  by CPU   (target)' % ('', '', 'a request', '', 'a request'))
        plain = bare.url + '/plain.jpg'
        ratio('cached variant, path form / plain file', s.client.url + path, front, plain, bare.pids(), '>= 0.95')
        ratio('cached variant, query form / plain file', s.client.url + query, front, plain, bare.pids(), '>= 0.95')
        ratio('original by FastCGI + X-Accel / do-nothing FastCGI', s.client.url + '/i/' + i['id'], all_of_us, whole.url + '/null', whole.pids(),
              '>= 0.50, or 4000 /s a core')
        ratio('picture page / do-nothing FastCGI', s.client.url + '/p/' + i['id'], all_of_us, whole.url + '/null', whole.pids(), 'for information')
        bare.stop()
        whole.stop()
        for program in ('view', 'upload', 'admin'):
            kb = [rss_kb(p) for p in s.processes(program)]
            print('%-52s %8.1f MB  (<= 12 MB), private %.1f MB' % ('RSS of an idle ' + program, max(kb) / 1024, max(map(private_kb, s.processes(program))) / 1024))
        ids = [s.client.put_picture(pic.jpeg(300, 200, seed=n), 'x.jpg')['id'] for n in range(20)]
        mixed(s, ids, 4000)
        before = {p: rss_kb(p) for p in s.processes('view')}
        bad = mixed(s, ids, REQUESTS)
        grown = [rss_kb(p) - before[p] for p in before if alive(p)]
        print('%-52s %8d kB  (none), %d workers of %d still there, %d failed %s' % ('growth of a view over %d mixed requests' % REQUESTS, max(grown or [0]), len(grown), len(before), len(bad), bad[:2]))
    finally:
        s.stop()


if __name__ == '__main__':
    main()
