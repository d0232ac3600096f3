"""What is acknowledged is on the disk: seen by the system calls of the worker that took it."""
import re
import shutil
import subprocess
import time

import pytest

import pictures as pic

pytestmark = pytest.mark.once


def test_flushed_and_renamed_before_the_answer(make_stack, tmp_path):
    if not shutil.which('strace'):
        pytest.skip('strace is not installed')
    s = make_stack({'server.max_requests': '0'})
    s.client.put_picture(pic.png(20, 20), 'warm.png')
    out = str(tmp_path / 'trace')
    args = ['strace', '-f', '-qq', '-yy', '-s', '200', '-e', 'trace=fsync,fdatasync,rename,renameat,renameat2,linkat,write,writev,sendto,sendmsg', '-o', out]
    for p in s.processes('upload'):
        args += ['-p', str(p)]
    t = subprocess.Popen(args, stderr=subprocess.PIPE)
    time.sleep(0.5)
    if t.poll() is not None:
        pytest.skip('strace may not look at the workers here')
    try:
        i = s.client.put_picture(pic.png(77, 55, seed=9), 'durable.png')
    finally:
        t.terminate()
        t.wait()
    with open(out, errors='replace') as f:
        lines = f.read().splitlines()
    store = s.conf('local.root')

    def first(pattern, after=-1):
        for n, line in enumerate(lines):
            if n > after and re.search(pattern, line):
                return n
        raise AssertionError('nothing like %s after line %d in:\n%s' % (pattern, after, '\n'.join(lines)[-6000:]))
    name = i['sha256']
    flushed = first(r'f(data)?sync\(\d+<%s' % re.escape(store))
    moved = first(r'(rename|renameat2?|linkat)\(.*%s' % name[:20], flushed)
    folder = first(r'fsync\(\d+<%s' % re.escape(store), moved)
    answered = first(r'(write|writev|sendto|sendmsg)\(.*(Status: 201|"images")')
    assert flushed < moved < folder < answered
