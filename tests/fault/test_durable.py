"""What is acknowledged is on the disk: seen by the system calls of the worker that took it."""
import contextlib
import os
import re
import shutil
import subprocess

import pytest

import pictures as pic
from stack import until

pytestmark = pytest.mark.once

CALLS = 'mkdir,mkdirat,fsync,fdatasync,io_submit,io_getevents,rename,renameat,renameat2,linkat,write,writev,sendto,sendmsg'
# What io_getevents tells of its first: struct io_event with data 0, and -EIO.
FAILED = (b'\0' * 16 + (-5).to_bytes(8, 'little', signed=True)).hex()


@pytest.fixture(scope='module')
def site(make_stack):
    s = make_stack({'server.max_requests': '0'})
    s.client.put_picture(pic.png(20, 20), 'warm.png')
    return s


@contextlib.contextmanager
def traced(s, out, *inject):
    """The upload workers under strace; to out afterwards. inject: "fsync:error=EIO:when=1"."""
    if not shutil.which('strace'):
        pytest.skip('strace is not installed')
    args = ['strace', '-f', '-yy', '-s', '200', '-e', 'trace=' + CALLS, '-o', out]
    for what in inject:
        args += ['-e', 'inject=' + what]
    pids = s.processes('upload')
    for p in pids:
        args += ['-p', str(p)]
    with open(out + '.said', 'wb') as said:
        t = subprocess.Popen(args, stderr=said)

    def attached():
        with open(out + '.said', errors='replace') as f:
            return f.read().count(' attached') >= len(pids)
    try:
        assert until(lambda: attached() or t.poll() is not None, 30)
        if t.poll() is not None:
            pytest.skip('strace may not look at the workers here')
        yield
    finally:
        t.terminate()
        t.wait()


class Trace:
    """The lines of strace, and what was on the disk at which of them: [(line, path)]."""

    def __init__(self, out):
        with open(out, errors='replace') as f:
            self.lines = f.read().splitlines()
        self.flushed = []
        asked = {}
        begun = {}
        for n, line in enumerate(self.lines):
            pid, _, call = line.partition(' ')
            call = call.strip()
            if call.endswith('<unfinished ...>'):
                begun[pid] = call[:-len('<unfinished ...>')]
                continue
            if call.startswith('<... '):
                call = begun.pop(pid, '') + call.partition('resumed>')[2]
            if re.match(r'f(data)?sync\(.*= 0$', call):
                self.flushed.append((n, re.search(r'<(.*?)>', call).group(1)))
            elif call.startswith('io_submit('):
                took = int(call.rpartition('= ')[2].split()[0])
                for data, path in re.findall(r'aio_data=(\w+), aio_lio_opcode=IOCB_CMD_FSYNC, aio_fildes=\d+<(.*?)>', call)[:max(took, 0)]:
                    asked[pid, int(data, 0)] = path
            elif call.startswith('io_getevents('):
                for data, res in re.findall(r'{data=(\w+), obj=\w+, res=(-?\d+)', call):
                    if res == '0':
                        self.flushed.append((n, asked.pop((pid, int(data, 0)))))

    def first(self, pattern, after=-1):
        for n, line in enumerate(self.lines):
            if n > after and re.search(pattern, line):
                return n
        raise AssertionError('nothing like %s after line %d in:\n%s' % (pattern, after, '\n'.join(self.lines)[-6000:]))

    def between(self, a, b):
        return {path for n, path in self.flushed if a < n < b}


def check_order(s, t, i):
    """The bytes of both files, both names, all folders with something new, the row, the answer."""
    store = s.conf('local.root')
    rename = r'(rename|renameat2?|linkat)\(.*"([^"]*%s[^"]*)"\) += 0'
    moved = [t.first(rename % name) for name in (i['sha256'], i['id'] + r'\.json')]
    committed = t.first(r'sendto\(.*COMMIT', max(moved))
    answered = t.first(r'(write|writev|sendto|sendmsg)\(.*(Status: 201|"images")', committed)
    files = [p for p in t.between(-1, min(moved)) if p.startswith(store + '/tmp/')]
    assert len(files) == 2, (files, t.lines)
    wanted = {os.path.join(store, os.path.dirname(re.search(rename % '', t.lines[n]).group(2))) for n in moved}
    assert wanted == t.between(max(moved), committed), (wanted, t.lines)
    assert not [line for line in t.lines if 'mkdir' in line], 'the folders are there already'
    assert committed < answered


def rows(s):
    return s.sql('select count(*) from picture')


# Without the asynchronous calls it is done one after the other.
@pytest.mark.parametrize('inject', [[], ['io_submit:error=EPERM']], ids=['at once', 'one by one'])
def test_flushed_and_renamed_before_the_answer(site, tmp_path, inject):
    out = str(tmp_path / 'trace')
    with traced(site, out, *inject):
        i = site.client.put_picture(pic.png(77, 55, seed=9 + len(inject)), 'durable.png')
    t = Trace(out)
    check_order(site, t, i)
    assert any('io_getevents' in line for line in t.lines) == (not inject)


def test_without_proc_the_bytes_are_copied(site, tmp_path):
    """A file without a name gets one by way of /proc."""
    out = str(tmp_path / 'trace')
    data = pic.png(77, 55, seed=3)
    with traced(site, out, 'linkat:error=ENOENT'):
        i = site.client.put_picture(data, 'first.png')
    t = Trace(out)
    check_order(site, t, i)
    assert [line for line in t.lines if 'linkat(' in line and 'INJECTED' in line], t.lines
    assert os.listdir(os.path.join(site.conf('local.root'), 'tmp')) == []
    assert site.client.get(i['url']).body == data


@pytest.mark.parametrize('damage', [lambda data: data[:-9], lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:], lambda data: bytes(len(data))],
                         ids=['cut', 'a bit', 'zeros'])
def test_a_name_that_is_taken_is_taken_over(site, damage, request):
    """Other bytes under the name of good ones, as a disk or a loss of power leaves them; those that are uploaded again are good."""
    data = pic.png(79, 57, seed=len(request.node.name))
    i = site.client.put_picture(data, 'x.png')
    path = os.path.join(site.conf('local.root'), 'o', i['sha256'][:2], i['sha256'])
    assert site.client.get(i['url']).body == data
    with open(path, 'wb') as f:
        f.write(damage(data))
    inode = os.stat(path).st_ino
    again = site.client.put_picture(data, 'x.png')
    with open(path, 'rb') as f:
        assert f.read() == data
    assert os.stat(path).st_ino != inode
    assert site.client.get(again['url']).body == data
    assert os.listdir(os.path.join(site.conf('local.root'), 'tmp')) == []


def test_a_name_that_is_taken_may_not_be_on_the_disk_yet(site, tmp_path):
    """Who finds the bytes there already does not know whether those who wrote them have flushed them and their name."""
    data = pic.png(80, 58, seed=6)
    i = site.client.put_picture(data, 'x.png')
    root = site.conf('local.root')
    blob = os.path.join(root, 'o', i['sha256'][:2], i['sha256'])
    out = str(tmp_path / 'trace')
    with traced(site, out):
        site.client.put_picture(data, 'y.png')
    t = Trace(out)
    flushed = t.between(-1, t.first(r'sendto\(.*COMMIT'))
    assert {blob, os.path.dirname(blob)} <= flushed, (flushed, t.lines)


# First the bytes, then the folders.
@pytest.mark.parametrize('when', [1, 2])
@pytest.mark.parametrize('inject', ['fsync:error=EIO', 'io_getevents:poke_exit=@arg4=' + FAILED], ids=['own', 'asynchronous'])
def test_a_flush_that_fails_is_an_upload_that_fails(site, tmp_path, inject, when):
    data = pic.png(78, 56 + when, seed=len(inject))
    before = rows(site)
    with traced(site, str(tmp_path / 'trace'), '%s:when=%d' % (inject, when)):
        a = site.client.upload(('lost.png', data))
    assert a.status >= 500, a
    assert rows(site) == before and site.rows_without_bytes() == []
    assert os.listdir(os.path.join(site.conf('local.root'), 'tmp')) == []
    assert site.client.get(site.client.put_picture(data, 'again.png')['url']).body == data
