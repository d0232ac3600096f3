"""The tintype command beside a running instance."""
import json
import os
import re
import time

import pytest

import pictures as pic

pytestmark = pytest.mark.once


@pytest.fixture
def tt(stack):
    if not stack.home:
        pytest.skip('needs the settings file of the instance')
    return stack


def test_config(tt):
    out = tt.tintype('config', 'print').stdout
    assert 'body_bytes' in out
    for secret in ('site.secret', 'database.password'):
        value = tt.conf(secret)
        assert not value or value not in out
    assert tt.tintype('config', 'check').returncode == 0
    example = tt.tintype('config', 'example').stdout
    assert '[site]' in example and 'max_per_picture' in example


def test_a_wrong_setting_is_named(tt, tmp_path):
    for line, word in (('[limits]\nno_such_option = 1', 'no_such_option'), ('[limits]\nfiles = many', 'files'), ('[limits]\nfiles = -1', 'files')):
        path = tmp_path / 'bad.ini'
        with open(tt.conf_path) as f:
            path.write_text(f.read() + '\n' + line + '\n')
        p = tt_run(tt, str(path))
        assert p.returncode != 0 and word in p.stderr + p.stdout, (line, p)


def tt_run(tt, conf):
    import subprocess
    return subprocess.run([tt.program('tintype'), '-c', conf, 'config', 'check'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)


def test_doctor_is_content(tt):
    p = tt.tintype('doctor', check=False)
    assert p.returncode == 0, p.stdout + p.stderr
    assert re.search(r'^ok +heic +can be made$', p.stdout, re.M), p.stdout


def test_jobs_once(tt):
    tt.tintype('jobs', '--once')


def test_scrub_finds_what_nobody_refers_to(tt, web):
    root = tt.conf('local.root')
    name = os.path.join(root, 'o', 'ab', 'abcd' + '0' * 60)
    with open(name, 'wb') as f:
        f.write(b'nobody')
    old = time.time() - 7 * 86400
    os.utime(name, (old, old))
    p = tt.tintype('scrub', '--dry-run', check=False)
    assert os.path.exists(name), 'a dry run removed something'
    assert 'abcd0000' in p.stdout + p.stderr, p
    os.unlink(name)


def test_user_commands(tt, web):
    def run(*args):
        return tt.tintype(*args, check=False, stdin='correct horse battery 1\n')
    name = 'test%d' % (time.time() * 1000 % 100000000)
    p = run('user', 'add', name)
    assert p.returncode == 0, p
    assert run('user', 'add', name).returncode != 0, 'the same name twice'
    assert run('user', 'add', 'Bad Name!').returncode != 0
    assert run('user', 'password', name).returncode == 0
    assert run('user', 'disable', name).returncode == 0
    assert run('user', 'disable', 'nobody-there').returncode != 0


def test_unknown_commands(tt):
    for args in ((), ('nosuch',), ('user', 'nosuch'), ('config',)):
        p = tt.tintype(*args, check=False)
        assert p.returncode != 0 and p.stdout + p.stderr, args


def test_log_lines_are_json(tt, web):
    web.put_picture(pic.png(10, 10), 'x')
    for path in tt.log_files():
        if 'tintype' not in os.path.basename(path):
            continue
        with open(path) as f:
            for line in f:
                json.loads(line)
