"""A MariaDB and a memcached of a test's own, and the probe that talks to them through the data layer."""
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

import procs

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATH = os.environ.get('PATH', '') + ':/usr/sbin:/sbin'
SECRET = 'a secret of thirty-two characters'
SMALL = ['--skip-networking', '--skip-name-resolve', '--innodb-log-file-size=4M', '--innodb-buffer-pool-size=16M',
         '--innodb-flush-log-at-trx-commit=2', '--innodb-flush-method=nosync', '--performance-schema=0',
         '--aria-pagecache-buffer-size=2M', '--key-buffer-size=1M', '--max-connections=40']


def need(name):
    path = shutil.which(name, path=PATH)
    if not path:
        pytest.skip('%s is not installed' % name)
    return path


def wait_for(what, timeout=20):
    end = time.monotonic() + timeout
    while not what():
        assert time.monotonic() < end, 'waited too long'
        time.sleep(0.02)


class Folder:
    """Short, as sockets live below it; readable, as servers drop to other users."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix='tt')
        os.chmod(self.path, 0o755)

    def __call__(self, *names):
        return os.path.join(self.path, *names)

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


class MariaDB:
    """Its data stay between kill() and start()."""

    def __init__(self, folder):
        self.folder = folder
        self.data = folder('db')
        self.socket = folder('db.s')
        self.user = ['--user=mysql'] if os.getuid() == 0 else []
        self.p = None
        subprocess.run([need('mariadb-install-db'), '--no-defaults', '--datadir=' + self.data, '--skip-test-db',
                        '--auth-root-authentication-method=normal', '--innodb-log-file-size=4M',
                        '--innodb-flush-method=nosync'] + self.user,
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self, *options):
        # The socket's folder must let the server's user in; the data folder is that user's.
        self.socket = os.path.join(self.data, 's')
        self.p = subprocess.Popen([need('mariadbd'), '--no-defaults', '--datadir=' + self.data, '--socket=' + self.socket,
                                   '--pid-file=' + os.path.join(self.data, 'pid'),
                                   '--log-error=' + os.path.join(self.data, 'err')] + self.user + SMALL + list(options),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.client('select 1', check=False).returncode == 0)
        return self

    def client(self, sql, check=True, database=''):
        return subprocess.run(['mariadb', '--no-defaults', '--default-character-set=utf8mb4', '-S', self.socket, '-u', 'root',
                               '-N', '-B', '-e', sql] + ([database] if database else []), check=check, timeout=30,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def sql(self, text, database='t'):
        return [line.split('\t') for line in self.client(text, database=database).stdout.splitlines()]

    def stop(self):
        procs.stop(self.p.pid)

    def go_on(self):
        self.p.send_signal(signal.SIGCONT)

    def kill(self):
        if self.p is not None:
            self.p.kill()
            self.p.wait()
            self.p = None


class Memcached:
    def __init__(self, folder, name='mc.s'):
        self.socket = folder(name)
        self.p = None

    def start(self):
        user = ['-u', 'root'] if os.getuid() == 0 else []
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.p = subprocess.Popen([need('memcached'), '-s', self.socket, '-a', '0777', '-m', '8', '-t', '1'] + user,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(self.socket))
        return self

    def stop(self):
        procs.stop(self.p.pid)

    def go_on(self):
        self.p.send_signal(signal.SIGCONT)

    def kill(self):
        if self.p is not None:
            self.p.kill()
            self.p.wait()
            self.p = None


@functools.lru_cache(None)
def build(name='data-probe'):
    """A program that only tests want: built when it is not there yet."""
    folder = os.environ.get('TINTYPE_BUILD') or os.path.join(TOP, 'build')
    if not os.path.exists(os.path.join(folder, 'Makefile')):
        pytest.skip('no build folder (TINTYPE_BUILD)')
    subprocess.run(['make', '-s', '-C', folder, name], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(folder, name)


class Probe:
    """A process of ours; say('get a') gives what it answers: ('ok', '1') or ('DB', 'database: ...')."""

    def __init__(self, ini):
        self.p = subprocess.Popen([build(), ini], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def send(self, line):
        self.p.stdin.write(line + '\n')
        self.p.stdin.flush()

    def answer(self):
        word, _, rest = self.p.stdout.readline().rstrip('\n').partition(' ')
        assert word, 'the probe died'
        return word, rest

    def say(self, line):
        self.send(line)
        return self.answer()

    def close(self):
        self.p.stdin.close()
        self.p.stdout.close()
        assert self.p.wait(20) == 0


def write_settings(path, options):
    sections = {'site': ['secret = "%s"' % SECRET]}
    for name, value in options.items():
        section, _, option = name.partition('.')
        sections.setdefault(section, []).append('%s = "%s"' % (option, value))
    with open(path, 'w') as f:
        for section, lines in sections.items():
            f.write('[%s]\n%s\n' % (section, '\n'.join(lines)))
    return path
