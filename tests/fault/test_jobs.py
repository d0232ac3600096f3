"""The command against a database of its own: the queue shared, killed and repaired; scrub; doctor; accounts."""
import hashlib
import json
import os
import signal
import subprocess
import time

import pytest

import procs
from servers import TOP, MariaDB, Memcached, wait_for, write_settings

HOUR = 3600


def tintype_program():
    build = os.environ.get('TINTYPE_BUILD') or os.path.join(TOP, 'build')
    path = os.path.join(build, 'tintype')
    if not os.access(path, os.X_OK):
        pytest.skip('no tintype in the build folder (TINTYPE_BUILD)')
    return path


class Site:
    """Settings, folders and tables; no web server."""

    def __init__(self, folder, db):
        self.folder, self.db = folder, db
        self.n = 0
        self.started = []
        self.options = {'database.socket': db.socket, 'database.user': 'root', 'database.name': 't',
                        'local.root': folder('store'), 'cache.dir': folder('cache'), 'server.spool_dir': folder('spool'),
                        'server.state_dir': folder('state'), 'server.min_free_bytes': '0'}
        self.ini = write_settings(folder('t.ini'), self.options)
        db.client('drop database if exists t; create database t character set utf8mb4')
        newest = max(n for n in os.listdir(os.path.join(TOP, 'sql')) if n.endswith('.sql'))
        out = self.tintype('init-db', '--sql', os.path.join(TOP, 'sql'))
        assert 'of version %d' % int(newest[:3]) in out, 'DB_SCHEMA in shared/data/db.h is not the newest file of sql/'

    def set(self, **options):
        write_settings(self.ini, dict(self.options, **{k.replace('__', '.'): v for k, v in options.items()}))

    def start(self, *args):
        self.started.append(subprocess.Popen([tintype_program(), '-c', self.ini] + list(args), stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return self.started[-1]

    def tintype(self, *args, code=0, stdin=''):
        p = subprocess.run([tintype_program(), '-c', self.ini] + list(args), input=stdin, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, timeout=60)
        assert p.returncode == code, (args, p.returncode, p.stdout, p.stderr)
        return p.stdout + p.stderr

    def sql(self, text):
        return self.db.sql(text)

    def one(self, text):
        return self.sql(text)[0][0]

    def picture(self, deleted=False, refs=None, bytes_there=True, blob_row=True):
        """A picture made by hand, bytes first, as runners may be at work. -> (id, path of its bytes)"""
        self.n += 1
        data = b'picture %d' % self.n
        sha = hashlib.sha256(data).hexdigest()
        path = self.folder('store', 'o', sha[:2], sha)
        if bytes_there:
            self.write(path, data)
        # Below 2^80 in base 62: begins with a small digit.
        pid = '0%013d' % self.n
        self.sql("insert into picture (id, blob_sha, name, format, width_px, height_px, bytes, created_s, deleted_s) values "
                 "('%s', x'%s', 'x', 1, 1, 1, %d, 1, %s)" % (pid, sha, len(data), int(time.time()) - HOUR if deleted else 'null'))
        if blob_row:
            self.sql("insert into stored_blob (sha, bytes, format, refs, created_s) values (x'%s', %d, 1, %d, 1)" %
                     (sha, len(data), (0 if deleted else 1) if refs is None else refs))
        return pid, path

    @staticmethod
    def write(path, data, age=0):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(data)
        os.utime(path, (time.time() - age,) * 2)


@pytest.fixture(scope='module')
def db(folder):
    d = MariaDB(folder).start()
    yield d
    d.kill()


@pytest.fixture
def site(folder, db):
    for name in ('store', 'cache', 'spool', 'state'):
        subprocess.run(['rm', '-rf', folder(name)], check=True)
    s = Site(folder, db)
    yield s
    for p in s.started:     # of a test that failed
        if p.poll() is None:
            p.kill()
            p.communicate()


def test_unfinished_deletes_are_finished(site):
    pid, path = site.picture(deleted=True)
    alive, kept = site.picture()
    site.tintype('jobs', '--once')
    assert site.one("select purged_s is not null from picture where id = '%s'" % pid) == '1'
    assert site.one("select purged_s is null from picture where id = '%s'" % alive) == '1'
    assert not os.path.exists(path) and os.path.exists(kept)
    assert site.sql('select kind, key_text, state, tries from job') == [['purge', pid, '2', '1']]
    site.tintype('jobs', '--once')
    assert site.one('select count(*) from job') == '1', 'what is done is not done again'


def test_a_shared_blob_stays(site):
    pid, path = site.picture(deleted=True, refs=1)
    site.tintype('jobs', '--once')
    assert site.one("select purged_s is not null from picture where id = '%s'" % pid) == '1'
    assert os.path.exists(path)


def test_failing_jobs_wait_and_die(site, folder):
    """Bytes that cannot be removed: the delete is not finished; it is tried again later, and in the end given up."""
    pid, path = site.picture(deleted=True, bytes_there=False)
    os.makedirs(path)
    site.tintype('jobs', '--once', code=1)
    assert site.sql('select state, tries, run_after_s > unix_timestamp() from job') == [['0', '1', '1']]
    assert 'bytes: ' in site.one('select last_error from job')
    site.tintype('jobs', '--once')
    assert site.one('select tries from job') == '1', 'its time has not come'
    site.sql('update job set run_after_s = 0')
    os.rmdir(path)
    site.tintype('jobs', '--once')
    assert site.sql('select state, tries from job') == [['2', '2']]
    # The last try.
    pid, path = site.picture(deleted=True, bytes_there=False)
    os.makedirs(path)
    site.sql("insert into job (kind, key_text, payload, run_after_s, created_s, pending_key, tries) values ('purge', '%s', '', 0, 0, '%s', 11)" % (pid, pid))
    site.tintype('jobs', '--once', code=1)
    assert site.one("select count(*) from job where state = 3 and tries = 12 and last_error <> ''") == '1'
    assert 'given up' in site.tintype('doctor', code=1)


def test_what_memcached_did_not_take_is_told_again(site, folder):
    """memcached away: the receipt stays open, whatever else is done; the node's runner tries until it is back."""
    mc = Memcached(folder)
    site.set(memcached__servers=mc.socket)
    pid, path = site.picture(deleted=True)
    site.tintype('jobs', '--once')
    assert not os.path.exists(path)
    assert site.sql('select layer from deletion_layer where done_s is null') == [['memcached']]
    assert 'memcached' in site.one("select note from deletion_layer where layer = 'memcached'")
    site.tintype('jobs', '--once', code=1)
    assert site.one('select purged_s is null from picture') == '1'
    mc.start()
    site.tintype('jobs', '--once')
    assert site.one('select purged_s is null from picture') == '0'
    assert site.one('select count(*) from deletion where done_s is null') == '0'
    mc.kill()


def queue(site, n):
    for i in range(n):
        site.picture(deleted=True)
    site.sql("insert into job (kind, key_text, payload, run_after_s, created_s, pending_key) "
             "select 'purge', id, '', 0, 0, id from picture where deleted_s is not null")


def test_two_runners_share(site):
    queue(site, 120)
    some = [site.start('jobs', '--once') for _ in range(3)]
    took = [sum('"kind":"purge"' in line for line in p.communicate(timeout=60)[1].splitlines()) for p in some]
    assert [p.returncode for p in some] == [0, 0, 0]
    # Nothing was taken by two. (One that was done in the very moment of looking for unfinished deletes is queued once more.)
    (state, tries, n), = site.sql('select state, tries, count(*) from job group by 1, 2')
    assert (state, tries) == ('2', '1') and sum(took) == int(n) and 120 <= int(n) < 130
    assert site.one('select count(*) from picture where purged_s is null') == '0'


def test_killed_runners(site):
    """kill -9 again and again; what they had in hand goes back when the lease ends, and nothing is lost."""
    queue(site, 150)
    for i in range(4):
        p = site.start('jobs')
        done = int(site.one('select count(*) from job where state = 2'))
        wait_for(lambda: int(site.one('select count(*) from job where state = 2')) > min(done + 3 * i, 149))
        p.kill()
        p.communicate()
    stuck = int(site.one('select count(*) from job where state = 1'))
    assert stuck <= 4
    site.sql('update job set locked_until_s = 0 where state = 1')
    site.tintype('jobs', '--once')
    assert [row[0] for row in site.sql('select distinct state from job')] == ['2']
    assert site.one('select count(*) from picture where purged_s is null') == '0'
    # What was killed while the server still worked for it may have ended by itself.
    assert int(site.one('select count(*) from job where tries > 1')) <= stuck


def test_three_runners_copy_and_are_killed(site):
    """Three runners fill a mirror; one after the other is killed with a copy in hand, others take it up when its lease ends."""
    site.set(store__mirror='local_b', local_b__root=site.folder('mirror'))
    subprocess.run(['rm', '-rf', site.folder('mirror')], check=True)
    paths = [site.picture()[1] for _ in range(150)]
    keys = ['o/' + os.path.basename(p) for p in paths]
    site.sql('insert into job (kind, key_text, payload, run_after_s, created_s, pending_key) values ' +
             ', '.join("('mirror', '%s', '', 0, 0, '%s')" % (k, k) for k in keys))

    def left(states='0, 1'):
        return int(site.one("select count(*) from job where kind = 'mirror' and state in (%s)" % states))
    some, kills = [site.start('jobs') for _ in range(3)], 0
    while kills < 6 and left('0') > 0:
        before = left('0')
        wait_for(lambda: left('0') < max(before, 1), 60)
        some[0].kill()
        some.pop(0).communicate()
        some.append(site.start('jobs'))
        kills += 1
    # The leases of the dead end, those of the living do not matter: a copy made twice is a copy.
    wait_for(lambda: site.sql("update job set locked_until_s = 1 where state = 1 and locked_until_s < unix_timestamp() + 290") == [] and left() == 0, 90)
    for p in some:
        p.send_signal(signal.SIGTERM)
        p.communicate(timeout=60)
    for p in paths:
        copy = p.replace(site.folder('store'), site.folder('mirror'))
        with open(p, 'rb') as a, open(copy, 'rb') as b:
            assert a.read() == b.read(), copy


def test_given_up_jobs_by_hand(site):
    for n in range(3):
        site.sql("insert into job (kind, key_text, payload, state, tries, last_error, run_after_s, created_s, done_s) "
                 "values ('purge', 'key%d', '', 3, 12, 'no luck', 0, 0, unix_timestamp())" % n)
    ids = [r[0] for r in site.sql('select id from job order by id')]
    out = site.tintype('jobs', 'list')
    assert 'purge          0 waiting, 0 running, 3 given up' in out and '%s\tpurge\tkey0\t12 tries\tno luck' % ids[0] in out, out
    assert '1 jobs dropped' in site.tintype('jobs', 'drop', ids[0])
    assert '1 jobs queued again' in site.tintype('jobs', 'retry', ids[1])
    assert site.sql('select id, state, tries from job order by id') == [[ids[1], '0', '0'], [ids[2], '3', '12']]
    site.tintype('jobs', 'retry', ids[0], code=1)
    site.tintype('jobs', 'drop', 'all', code=1)
    assert '1 jobs queued again' in site.tintype('jobs', 'retry', 'all')
    for wrong in (['frob'], ['list', 'x'], ['retry'], ['--once', 'list']):
        site.tintype('jobs', *wrong, code=2)
    site.tintype('jobs', '--once')
    assert site.sql('select distinct state from job') == [['2']]


def test_a_job_that_always_kills_its_runner_ends(site):
    site.picture(deleted=True)
    site.sql("insert into job (kind, key_text, payload, state, tries, run_after_s, created_s, locked_until_s) values ('purge', 'x', '', 1, 12, 0, 0, 1)")
    site.tintype('jobs', '--once', code=1)
    assert site.one("select state from job where key_text = 'x'") == '3'


def test_unknown_kinds_wait(site):
    """A newer version's job is not thrown away by an older runner."""
    site.sql("insert into job (kind, key_text, payload, run_after_s, created_s) values ('from_the_future', '', '', 0, 0)")
    site.tintype('jobs', '--once', code=1)
    assert site.sql('select state, tries from job') == [['0', '1']]


def test_expiry(site):
    site.sql("insert into session (token_hash, account, created_s, seen_s) values (repeat('a', 32), 1, 1, 1), "
             "(repeat('b', 32), 1, unix_timestamp(), unix_timestamp())")
    site.sql("insert into counter (name, window_s, n, expires_s) values ('old', 1, 1, 2), ('new', 1, 1, 99999999999)")
    site.sql("insert into job (kind, payload, state, run_after_s, created_s, done_s) values ('x', '', 2, 0, 0, 1), ('x', '', 3, 0, 0, unix_timestamp())")
    site.tintype('jobs', '--once')
    assert site.one('select count(*) from session') == '1'
    assert site.sql('select name from counter') == [['new']]
    assert site.sql('select state from job') == [['3']]


def test_leftovers_of_crashes(site, folder):
    for where in (folder('spool', 'old'), folder('cache', 'tmp', 'old'), folder('store', 'tmp', 'old')):
        site.write(where, b'x', age=3 * 86400)
        site.write(where + '.new', b'x')
    site.tintype('jobs', '--once')
    for where in (folder('spool', 'old'), folder('cache', 'tmp', 'old'), folder('store', 'tmp', 'old')):
        assert not os.path.exists(where) and os.path.exists(where + '.new'), where


def test_daemon(site, folder):
    """Works by itself, reads settings on SIGHUP, ends on SIGTERM; keeps going over a database that goes away."""
    log = folder('jobs.log')
    site.set(server__log=log)
    p = site.start('jobs')

    def events(name):
        return os.path.exists(log) and [e for e in map(json.loads, open(log)) if e['event'] == name]
    wait_for(lambda: events('start'))
    pid, path = site.picture(deleted=True)
    site.sql("insert into job (kind, key_text, payload, run_after_s, created_s) values ('purge', '%s', '', 0, 0)" % pid)
    wait_for(lambda: not os.path.exists(path))
    p.send_signal(signal.SIGHUP)
    wait_for(lambda: events('reload'))
    site.db.kill()
    wait_for(lambda: len(events('queue')) == 1)
    time.sleep(2.5)
    site.db.start()
    wait_for(lambda: len(events('queue')) == 2)
    assert p.poll() is None
    began = time.monotonic()
    p.send_signal(signal.SIGTERM)
    assert p.wait(10) == 0 and time.monotonic() - began < 5
    assert len(events('queue')) == 2, 'an outage is said once, and its end'
    p.communicate()


def test_signals_at_the_start_wait(site, folder):
    """Here it waits for its settings, from a pipe: neither the one that would be read again nor the end finds it unprepared."""
    fifo = folder('slow.ini')
    os.mkfifo(fifo)
    with open(site.ini) as f:
        text = f.read()
    p = subprocess.Popen([tintype_program(), '-c', fifo, 'jobs'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: procs.minds(p.pid, signal.SIGHUP) and procs.minds(p.pid, signal.SIGTERM), 10)
        p.send_signal(signal.SIGHUP)
        p.send_signal(signal.SIGTERM)
        end = time.monotonic() + 20
        while p.poll() is None and time.monotonic() < end:      # it may read them more than once
            try:
                fd = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                time.sleep(0.01)
                continue
            os.write(fd, text.encode())
            os.close(fd)
            time.sleep(0.05)
        assert p.poll() == 0, (p.poll(), p.stderr.read())
    finally:
        p.kill()
        p.wait()


def test_periods_are_shared(site):
    """Two daemons: work that concerns all nodes is done by one of them."""
    some = [site.start('jobs') for _ in range(2)]
    wait_for(lambda: int(site.one('select count(*) from period')) == 6)
    site.sql('update period set next_s = 0')
    site.picture(deleted=True)
    wait_for(lambda: site.one('select count(*) from picture where purged_s is null') == '0')
    time.sleep(2.5)
    for p in some:
        p.send_signal(signal.SIGTERM)
        p.communicate(timeout=10)
    assert site.one('select count(*) from job') == '1'


def test_scrub(site):
    site.tintype('jobs', '--once')
    out = site.tintype('scrub', '--dry-run')
    assert 'nothing is wrong' in out
    good, path = site.picture()
    lost, _ = site.picture(bytes_there=False)
    short, path_short = site.picture()
    site.write(path_short, b'pic')
    damaged, path_damaged = site.picture()
    site.write(path_damaged, b'Picture 4')
    site.picture(refs=5)
    orphan = site.folder('store', 'o', 'ab', 'abcd' + '0' * 60)
    site.write(orphan, b'x', age=3 * 86400)
    young = site.folder('store', 'o', 'ab', 'abcd' + '1' * 60)
    site.write(young, b'x')
    site.write(site.folder('store', 'p', '00', '01234567890123.json'), b'{}', age=3 * 86400)
    site.picture(blob_row=False)
    out = site.tintype('scrub', '--dry-run', code=1)
    for n, words in ((1, 'bytes are missing'), (1, 'bytes have the wrong length'), (1, 'picture has no blob row'),
                     (1, 'pictures are miscounted'), (1, 'bytes of no picture'), (1, 'sidecar of no picture'), (6, 'sidecar is missing')):
        assert '%d: %s' % (n, words) in out, (words, out)
    assert 'damaged' not in out and '2 young leftovers' in out
    assert os.path.basename(orphan) in out and os.path.basename(young) not in out
    assert hashlib.sha256(b'picture 2').hexdigest() in out and hashlib.sha256(b'picture 1').hexdigest() + ': bytes' not in out
    out = site.tintype('scrub', '--dry-run', '--verify', code=1)
    assert '1: bytes are damaged' in out
    assert os.path.exists(orphan), 'a dry run changed something'


def test_accounts(site):
    assert site.tintype('user', 'add', 'ann', '--admin', stdin='correct horse\nignored\n') == ''
    password = site.tintype('user', 'add', 'bob', '--generate').strip()
    assert len(password) >= 16
    hashes = dict(site.sql('select name, password from account'))
    assert hashes['ann'].startswith('$y$') and hashes['ann'] != hashes['bob']
    assert 'there is an account' in site.tintype('user', 'add', 'ann', '--generate', code=1)
    for name, given in (('Ann', 'long enough'), ('', 'long enough'), ('x' * 33, 'long enough'), ('carl', 'short'), ('carl', '')):
        site.tintype('user', 'add', name, stdin=given and given + '\n', code=1)
    site.sql("insert into session (token_hash, account, created_s, seen_s) select repeat('a', 32), id, 1, 1 from account where name = 'ann'")
    site.tintype('user', 'password', 'ann', '--generate')
    assert site.one("select password from account where name = 'ann'") != hashes['ann']
    assert site.one('select count(*) from session') == '0', 'a new password leaves old sessions alive'
    site.tintype('user', 'disable', 'bob')
    assert 'bob\tuser' in site.tintype('user', 'list') and site.tintype('user', 'list').count('disabled') == 1
    site.tintype('user', 'enable', 'bob')
    assert 'disabled' not in site.tintype('user', 'list')
    site.tintype('user', 'password', 'nobody', '--generate', code=1)
    site.tintype('user', 'frobnicate', 'ann', code=2)


def test_styles(site):
    site.tintype('style', 'add', 'thumb', 'image/resize,w_100/quality,q_80')
    site.tintype('style', 'add', 'thumb', 'image/resize,w_200')
    assert site.tintype('style', 'list') == 'thumb\timage/resize,w_200\n'
    site.tintype('style', 'add', 'bad', 'image/frobnicate', code=1)
    site.tintype('style', 'add', 'bad', 'style/thumb', code=1)
    site.tintype('style', 'add', 'a/b', 'image/resize,w_1', code=1)
    site.tintype('style', 'rm', 'thumb')
    site.tintype('style', 'rm', 'thumb', code=1)


def test_doctor_names_what_is_wrong(site, folder):
    out = site.tintype('doctor', code=1)        # no sandbox, no htdocs installed here
    assert [line for line in out.splitlines() if line.startswith('ok   database')]
    assert 'there is no administrator' in out
    site.set(memcached__servers=folder('none.s'), database__name='nowhere')
    out = site.tintype('doctor', code=1)
    for name in ('database', 'memcached'):
        assert [line for line in out.splitlines() if line.startswith('BAD  ' + name)], out
    os.chmod(site.ini, 0o644)
    os.chmod(folder('spool'), 0o777)
    out = site.tintype('doctor', code=1)
    assert 'note settings' in out and 'BAD  spool' in out
    site.set(server__min_free_bytes='1000000G')
    out = site.tintype('doctor', code=1)
    assert 'BAD  store' in out and 'BAD  cache' in out


@pytest.mark.skipif(os.getuid() != 0, reason='only root can become somebody else')
def test_root_becomes_the_owner_of_the_store(site, folder):
    for name in ('store', 'cache', 'spool', 'state'):
        os.makedirs(folder(name))
        os.chown(folder(name), 65534, 65534)
    os.chown(site.ini, 65534, 65534)
    os.chmod(site.db.data, 0o755)       # where the socket is
    site.tintype('jobs', '--once')
    for d, dirs, files in os.walk(folder('store')):
        assert os.stat(d).st_uid == 65534, d
    assert os.path.isdir(folder('store', 'o', 'ff'))
