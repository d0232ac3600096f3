"""A private Tintype for tests: started by ./quickstart with its own home and port, ended with it."""
import configparser
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import procs
from client import Client

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FRONTS = ('nginx', 'lighttpd', 'apache', 'apache-proxy', 'cgi')

# What tests need to be otherwise than in an ordinary installation: no limit of uploads an hour, workers that end and
# are replaced all the time, so that recycling is under test in every test, and a small cap of variants a picture.
TEST_INI = {
    'limits.uploads_per_hour': '0',
    'server.max_requests': '97',
    'sandbox.jobs': '29',
    'cache.max_per_picture': '40',
}


def free_port():
    low = int(os.environ.get('TINTYPE_TEST_PORTS', '0'))
    for p in range(low, low + 90) if low else (0,):
        with socket.socket() as s:
            try:
                s.bind(('127.0.0.1', p))
            except OSError:
                continue
            return s.getsockname()[1]
    raise RuntimeError('no free port from %d on' % low)


def write_ini(path, options):
    """{"section.option": value} as an ini file."""
    sections = {}
    for k, v in options.items():
        s, _, o = k.partition('.')
        sections.setdefault(s, []).append('%s = %s\n' % (o, v))
    with open(path, 'w') as f:
        for s, lines in sections.items():
            f.write('[%s]\n%s' % (s, ''.join(lines)))


class Stack:
    """Started by start(), or adopted from TINTYPE_URL and TINTYPE_HOME, and then never stopped by us."""

    def __init__(self, front='nginx', ini=None, env=None):
        self.front = front
        self.ini_wanted = dict(TEST_INI, **(ini or {}))
        self.extra_env = env or {}
        self.adopted = False
        self.home = None
        self.client = None

    def adopt(self, url, home):
        self.adopted = True
        self.home = home
        self.client = Client(url)
        self.client.front = self.front
        return self

    def env(self):
        return dict(os.environ, TINTYPE_HOME=self.home, TINTYPE_PORT=str(self.port), TINTYPE_SERVER=self.front,
                    TINTYPE_INI=os.path.join(self.dir, 'test.ini'), **self.extra_env)

    def start(self):
        self.dir = tempfile.mkdtemp(prefix='tt')    # short: unix sockets live below it
        os.chmod(self.dir, 0o755)
        self.home = os.path.join(self.dir, 'h')
        self.port = free_port()
        self.ini_wanted = {k: v.replace('@PORT@', str(self.port)) for k, v in self.ini_wanted.items()}
        write_ini(os.path.join(self.dir, 'test.ini'), self.ini_wanted)
        self.again()
        self.client = Client('http://127.0.0.1:%d' % self.port)
        self.client.front = self.front
        return self

    def again(self):
        """./quickstart start once more: starts what is missing."""
        log = os.path.join(self.dir, 'start.log')
        with open(log, 'ab') as out:
            code = subprocess.call(['./quickstart', 'start'], cwd=TOP, env=self.env(), stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=out, timeout=900)
        if code:
            with open(log, errors='replace') as f:
                tail = f.read()[-3000:]
            self.stop()
            raise RuntimeError('quickstart start (%s) ended with %d:\n%s' % (self.front, code, tail))

    def quickstart(self, action):
        subprocess.call(['./quickstart', action], cwd=TOP, env=self.env(), stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)

    def stop(self):
        if self.adopted or not self.home:
            return
        self.quickstart('stop')
        # One that ends just when it is killed may stay: a leak checker that waits for its own dead helper, and eats a core.
        for p in self.workers():
            procs.send(p, signal.SIGKILL)
        keep = os.environ.get('TINTYPE_KEEP')       # a folder for the logs of a failed run
        if keep:
            for name in os.listdir(self.home):
                if name.endswith('.log') or name in ('log', 'logs'):
                    to = os.path.join(keep, '%s-%d-%s' % (self.front, self.port, name))
                    src = os.path.join(self.home, name)
                    if os.path.isdir(src):
                        shutil.copytree(src, to, dirs_exist_ok=True)
                    else:
                        shutil.copy(src, to)
        shutil.rmtree(self.dir, ignore_errors=True)

    # What it is made of

    @property
    def conf_path(self):
        return os.path.join(self.home, 'tintype.ini')

    def conf(self, name):
        """The value of "section.option" as written to the settings file, or None."""
        c = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(';',))
        with open(self.conf_path) as f:
            c.read_file(f)
        s, _, o = name.partition('.')
        return c.get(s, o, fallback=None)

    def pids(self):
        """[(name, pid)] of what quickstart started."""
        out = []
        with open(os.path.join(self.home, 'pids')) as f:
            for line in f:
                name, _, pid = line.strip().rpartition(' ')
                if pid.isdigit():
                    out.append((name, int(pid)))
        return out

    def pid(self, *names):
        """The first process whose name starts with one of names."""
        for n, p in self.pids():
            if any(n.startswith(x) for x in names):
                return p
        raise AssertionError('no process of %s among %s' % (names, self.pids()))

    def processes(self, program):
        """Pids of all processes of ours that run this program: upload, view, admin, or sandbox (children of those)."""
        if program == 'sandbox':
            return sorted(c for w in self.workers() for c in children(w))
        out = []
        for d in os.listdir('/proc'):
            if not d.isdigit():
                continue
            try:
                if os.path.basename(os.readlink('/proc/%s/exe' % d)).replace(' (deleted)', '') != program:
                    continue
                with open('/proc/%s/environ' % d, 'rb') as f:
                    about = f.read()
                with open('/proc/%s/cmdline' % d, 'rb') as f:
                    about += f.read()
                if self.home.encode() in about:
                    out.append(int(d))
            except OSError:
                continue
        return sorted(out)

    def workers(self):
        return sum((self.processes(p) for p in ('upload', 'view', 'admin')), [])

    def metrics(self):
        """{"name{labels}": value} of /metrics."""
        a = self.client.get('/metrics')
        assert a.status == 200, a
        return parse_metrics(a.text)

    def metric(self, name):
        return self.metrics().get(name, 0.0)

    def serves_without_database(self, *urls):
        """Does it answer all of them, and ask the database nothing meanwhile?"""
        before = self.metric('tintype_db_statements_total')
        return all(self.client.get(u).status == 200 for u in urls) and self.metric('tintype_db_statements_total') == before

    def tintype(self, *args, check=True, timeout=120, stdin=''):
        """Run the command with this instance's settings, as the user of its servers."""
        p = subprocess.run(self.become() + [self.program('tintype'), '-c', self.conf_path] + list(args), input=stdin,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, text=True)
        if check:
            assert p.returncode == 0, (args, p.returncode, p.stdout[-2000:], p.stderr[-2000:])
        return p

    def become(self):
        """What makes root the user of the servers: files that root makes are in their way."""
        owner = os.stat(self.conf('cache.dir')).st_uid
        if os.geteuid() != 0 or owner == 0:
            return []
        group = pwd.getpwuid(owner).pw_gid
        return ['setpriv', '--reuid=%d' % owner, '--regid=%d' % group, '--clear-groups']

    def program(self, name):
        """Where the running workers come from."""
        w = self.workers()
        if w:
            here = os.path.dirname(os.readlink('/proc/%d/exe' % w[0]))
            if os.access(os.path.join(here, name), os.X_OK):
                return os.path.join(here, name)
        for d in (os.environ.get('TINTYPE_BUILD'), os.path.join(TOP, 'build')):
            if d and os.access(os.path.join(d, name), os.X_OK):
                return os.path.join(d, name)
        raise AssertionError('program %s not found' % name)

    def log(self):
        """All lines of the programs' own log, parsed."""
        out = []
        for path in self.log_files():
            with open(path, errors='replace') as f:
                for line in f:
                    if line.startswith('{'):
                        try:
                            out.append(json.loads(line))
                        except ValueError:
                            pass
        return out

    def log_files(self):
        named = self.conf('server.log')
        if named:
            return [named]
        out = []
        for d, _, names in os.walk(self.home):
            if 'mysql' in d or 'maria' in d or os.path.basename(d) in ('store', 'cache'):
                continue
            out += [os.path.join(d, n) for n in names if n.endswith('.log')]
        return out

    def cache_files(self, pid):
        """Variant files of a picture on disk, relative to the cache folder; the canonical ones only once."""
        root = self.conf('cache.dir')
        out = []
        for top in ('v', 'x'):
            base = os.path.join(root, top, pid[-2:], pid)
            for d, _, names in os.walk(base):
                out += [os.path.relpath(os.path.join(d, n), root) for n in names]
        return sorted(out)

    def store_files(self):
        root = self.conf('local.root')
        return sorted(os.path.relpath(os.path.join(d, n), root) for d, _, names in os.walk(root) for n in names)

    def sql(self, statement):
        """Rows of a statement, as the database's owner: for looking at what must be there."""
        socket_path = self.conf('database.socket')
        p = subprocess.run(['mariadb', '--no-defaults', '-S', socket_path, '-u', self.conf('database.user') or 'root',
                            '-p' + (self.conf('database.password') or ''), '-N', '-B', self.conf('database.name') or 'tintype',
                            '-e', statement], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
        assert p.returncode == 0, p.stderr
        return [line.split('\t') for line in p.stdout.splitlines()]

    def rows_without_bytes(self):
        """Hashes of living pictures whose bytes are not in the store: must be []."""
        files = {os.path.basename(f) for f in self.store_files()}
        live = self.sql('select distinct lower(hex(blob_sha)) from picture where deleted_s is null')
        return [sha for sha, in live if not any(sha.endswith(f) or f.startswith(sha) for f in files if len(f) > 16)]

    def admin_password(self):
        with open(os.path.join(self.home, 'admin-password')) as f:
            return f.read().strip()

    def wait_ready(self, timeout=20, status=200):
        """Poll /readyz until it gives this status."""
        end = time.monotonic() + timeout
        a = None
        while time.monotonic() < end:
            try:
                a = self.client.get('/readyz')
                if a.status == status:
                    return a
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError('/readyz is not %d: %r' % (status, a))


def parse_metrics(text):
    out = {}
    for line in text.splitlines():
        m = re.match(r'^([A-Za-z_:][\w:]*(?:\{[^}]*\})?) ([-+0-9.eE]+|NaN|[+-]Inf)$', line)
        if m:
            out[m.group(1)] = float(m.group(2))
    return out


def children(pid):
    try:
        with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
            return [int(x) for x in f.read().split()]
    except OSError:
        return []


def cpu_s(pids):
    """CPU seconds of processes, and of those below them that have ended."""
    total = 0
    for p in pids:
        try:
            with open('/proc/%d/stat' % p) as f:
                total += sum(map(int, f.read().rpartition(')')[2].split()[11:15]))
        except OSError:
            pass
    return total / os.sysconf('SC_CLK_TCK')


def family(pid):
    """A process and all below it."""
    return [pid] + [q for c in children(pid) for q in family(c)]


def alive(pid):
    """There and no zombie."""
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


def rss_kb(pid, what='VmRSS'):
    """Resident memory; what='VmHWM' its peak."""
    try:
        with open('/proc/%d/status' % pid) as f:
            for line in f:
                if line.startswith(what + ':'):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def until(what, timeout=10, step=0.02):
    """Wait until what() is true; its value."""
    end = time.monotonic() + timeout
    while True:
        v = what()
        if v or time.monotonic() > end:
            return v
        time.sleep(step)
