"""The disk is full: 507, no row without bytes, and all is well when there is room again."""
import os
import signal
import subprocess

import pytest

import pictures as pic
import procs
from stack import until

pytestmark = pytest.mark.once


@pytest.fixture
def full(make_stack, tmp_path_factory):
    """An instance whose store lies on a small file system of its own. Yields (stack, folder on it)."""
    if os.geteuid() != 0:
        pytest.skip('mounting a small file system needs root')
    d = str(tmp_path_factory.mktemp('disk'))
    p = d
    while p != '/':                 # pytest makes its folders 0700
        if os.stat(p).st_uid == os.geteuid() and p.startswith('/tmp/'):
            os.chmod(p, os.stat(p).st_mode | 0o055)
        p = os.path.dirname(p)
    if subprocess.call(['mount', '-t', 'tmpfs', '-o', 'size=6m,mode=0777', 'tmpfs', d], stderr=subprocess.DEVNULL):
        pytest.skip('mounting is not allowed here')
    try:
        s = make_stack({'local.root': d + '/store', 'server.spool_dir': d + '/spool', 'server.min_free_bytes': '0'})
        yield s, d
        s.stop()
    finally:
        subprocess.call(['umount', '-l', d])


def fill(d, leave):
    v = os.statvfs(d)
    n = max(0, v.f_bavail * v.f_frsize - leave)
    with open(d + '/ballast', 'wb') as f:
        f.write(b'x' * n)


def noise(w, h, seed):
    """A PNG that cannot be made smaller."""
    import random
    r = random.Random(seed)
    return pic.save(pic.Image.frombytes('RGB', (w, h), r.randbytes(w * h * 3)), 'PNG')


def test_full_store_is_507(full):
    s, d = full
    web = s.client
    before = web.put_picture(noise(100, 100, 1), 'before.png')
    data = noise(300, 300, 2)
    for leave in (4096, 100000, len(data), len(data) + 8192, int(len(data) * 1.6)):
        fill(d, leave)
        a = web.upload(('x.png', data))
        assert a.status in (507, 201), (leave, a)
        if a.status == 507:
            assert 'request_id' in a.text
        else:
            assert web.get(a.json()['images'][0]['url']).body == data
            assert web.delete(a.json()['images'][0]['delete_url']).status in (200, 204)
        os.unlink(d + '/ballast')
    fill(d, 4096)
    assert web.upload(('x.png', data)).status == 507
    assert web.get(before['url']).status == 200, 'what is there is still served'
    os.unlink(d + '/ballast')
    i = web.put_picture(data, 'after.png')
    assert web.get(i['url']).body == data
    assert s.rows_without_bytes() == []
    assert until(lambda: [f for f in os.listdir(d + '/spool') if os.path.isfile(d + '/spool/' + f)] == [], 5), os.listdir(d + '/spool')


def test_too_little_room_is_told_beforehand(make_stack):
    """server.min_free_bytes above what there is: not ready, uploads 507, pictures served."""
    s = make_stack()
    i = s.client.put_picture(pic.png(40, 30), 'x.png')
    huge = str(1 << 50)
    with open(s.conf_path) as f:
        text = f.read()
    lines = [x for x in text.splitlines() if not x.strip().startswith('min_free_bytes')]
    with open(s.conf_path, 'w') as f:
        f.write('\n'.join(lines).replace('[server]', '[server]\nmin_free_bytes = ' + huge) + '\n')
    for p in s.workers():
        procs.send(p, signal.SIGHUP)
    assert until(lambda: s.client.get('/readyz').status == 503, 10)
    assert until(lambda: s.client.upload(('y.png', pic.png(41, 30))).status == 507, 5)
    assert s.client.get(i['url']).status == 200
