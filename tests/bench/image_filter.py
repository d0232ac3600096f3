"""A private nginx with image_filter over a folder, for the benchmarks: GET /w/WIDTH/FILE, /c/WIDTH/HEIGHT/FILE."""
import atexit
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

MODULE = '/usr/lib/nginx/modules/ngx_http_image_filter_module.so'
CONF = """
load_module %(module)s;
daemon off; worker_processes %(workers)d; pid %(dir)s/pid; error_log %(dir)s/error.log; %(user)s
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path %(dir)s/t1; proxy_temp_path %(dir)s/t2; fastcgi_temp_path %(dir)s/t3; uwsgi_temp_path %(dir)s/t4; scgi_temp_path %(dir)s/t5;
	server {
		listen 127.0.0.1:%(port)d reuseport;
		root %(files)s;
		image_filter_buffer 64M;
		image_filter_jpeg_quality %(quality)d;
		location ~ ^/w/(?<w>[0-9]+)/(?<f>.+)$ { try_files /$f =404; image_filter resize $w -; }
		location ~ ^/c/(?<w>[0-9]+)/(?<h>[0-9]+)/(?<f>.+)$ { try_files /$f =404; image_filter crop $w $h; }
	}
}
"""


def nginx():
    return shutil.which('nginx', path=os.environ['PATH'] + ':/usr/sbin')


def is_here():
    return bool(nginx()) and os.path.exists(MODULE)


class ImageFilter:
    """Milliseconds of its workers for one picture."""

    def __init__(self, files, quality, workers=1):
        self.dir = tempfile.mkdtemp(prefix='ttif')
        for folder in (self.dir, files):
            os.chmod(folder, 0o755)
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        with open(self.dir + '/nginx.conf', 'w') as f:
            f.write(CONF % {'module': MODULE, 'dir': self.dir, 'port': self.port, 'files': files, 'quality': quality, 'workers': workers,
                            'user': 'user nobody nogroup;' if os.geteuid() == 0 else ''})
        self.proc = subprocess.Popen([nginx(), '-p', self.dir, '-e', self.dir + '/error.log', '-c', self.dir + '/nginx.conf'])
        atexit.register(self.stop)
        self.times = itertools.count()
        self.url = 'http://127.0.0.1:%d' % self.port
        self.workers = []
        for _ in range(600):
            with open('/proc/%d/task/%d/children' % (self.proc.pid, self.proc.pid)) as f:
                self.workers = list(map(int, f.read().split()))
            if len(self.workers) == workers:
                return
            time.sleep(0.05)
        raise RuntimeError('nginx with image_filter does not start')

    def cpu_ms(self):
        total = 0
        for p in self.workers:
            with open('/proc/%d/schedstat' % p) as f:
                total += int(f.read().split()[0])
        return total / 1e6

    def get(self, src, out, w, h):
        url = '%s/%s/%s?%d' % (self.url, f'c/{w}/{h}' if h else f'w/{w}', os.path.basename(src), next(self.times))
        with urllib.request.urlopen(url, timeout=300) as r, open(out, 'wb') as f:
            f.write(r.read())

    def run(self, src, out, w, h, times):
        self.get(src, out, w, h)
        before = self.cpu_ms()
        for _ in range(times):
            self.get(src, out, w, h)
        return (self.cpu_ms() - before) / times

    def stop(self):
        self.proc.terminate()
        self.proc.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
