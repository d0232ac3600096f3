#!/usr/bin/python3
"""
make bench: ratios of the service to what a bare nginx and a do-nothing FastCGI program reach in the same run, taken in
turns. Prints a table; decides nothing (a machine that others use gives other numbers every time).
Needs wrk and nginx, and starts an instance of its own. BENCH_SECONDS (2) for one measurement, BENCH_TURNS (3),
BENCH_REQUESTS (100000) for the question whether memory grows.
"""
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
from stack import Stack, alive, free_port, rss_kb               # noqa: E402

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
	access_log off;
	sendfile on;
	tcp_nopush on;
	client_body_temp_path %(dir)s/t1; proxy_temp_path %(dir)s/t2; fastcgi_temp_path %(dir)s/t3; uwsgi_temp_path %(dir)s/t4; scgi_temp_path %(dir)s/t5;
	server {
		listen 127.0.0.1:%(port)d;
		root %(dir)s/www;
		location / { }
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
        self.procs = [subprocess.Popen(['spawn-fcgi', '-n', '-s', self.dir + '/null.sock', '-M', '0666', '--', '/usr/bin/multiwatch', '-f', str(pool), '--', null], env=env,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
                      subprocess.Popen(['nginx', '-p', self.dir, '-e', self.dir + '/error.log', '-c', self.dir + '/nginx.conf'],
                                       env=dict(os.environ, PATH=os.environ['PATH'] + ':/usr/sbin'))]
        self.url = 'http://127.0.0.1:%d' % self.port
        c = Client(self.url)
        for _ in range(200):
            try:
                if c.get('/null').status == 200 and c.get('/plain.jpg').status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError('the bare nginx does not answer')

    def stop(self):
        for p in self.procs:
            p.terminate()
        for p in self.procs:
            p.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def wrk(url, connections=16):
    """Requests a second; an error in an answer ends the run."""
    out = subprocess.run(['wrk', '-t1', '-c%d' % connections, '-d%gs' % SECONDS, url], stdout=subprocess.PIPE, text=True, check=True).stdout
    if 'Non-2xx' in out:
        raise RuntimeError('%s: %s' % (url, out))
    return float(re.search(r'Requests/sec:\s+([\d.]+)', out).group(1))


def ratio(name, ours, theirs, target):
    """Measure both in turns; the median of the ratios."""
    rs, a, b = [], [], []
    for _ in range(TURNS):
        a.append(wrk(ours))
        b.append(wrk(theirs))
        rs.append(a[-1] / b[-1])
    print('%-52s %8.0f /s %8.0f /s  %5.2f  (%s)' % (name, statistics.median(a), statistics.median(b), statistics.median(rs), target), flush=True)


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
    bare = None
    try:
        data = pic.jpeg(1200, 900, seed=5)
        i = s.client.put_picture(data, 'bench.jpg')
        query, path = '/i/%s?x-oss-process=image/resize,w_400' % i['id'], '/i/%s/resize,w_400.jpg' % i['id']
        small = s.client.get(path).body
        assert s.client.get(query).body == small
        pool = len(s.processes('view'))
        bare = Bare(sys.argv[1], small, os.cpu_count(), pool)
        whole = Bare(sys.argv[1], data, os.cpu_count(), pool)
        print('%-52s %11s %11s  ratio  (target)' % ('', 'ours', 'theirs'))
        ratio('cached variant, path form / plain file of nginx', s.client.url + path, bare.url + '/plain.jpg', '>= 0.95')
        ratio('cached variant, query form / plain file of nginx', s.client.url + query, bare.url + '/plain.jpg', '>= 0.95')
        ratio('original by FastCGI + X-Accel / do-nothing FastCGI', s.client.url + '/i/' + i['id'], whole.url + '/null', '>= 0.50 or 4000 /s a core')
        ratio('picture page / do-nothing FastCGI', s.client.url + '/p/' + i['id'], whole.url + '/null', 'for information')
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
        if bare:
            bare.stop()
        s.stop()


if __name__ == '__main__':
    main()
