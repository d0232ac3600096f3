"""The disk is full: 507, no row without bytes, nothing half-written, not by a repair either, and all is well when there is room again."""
import hashlib
import json
import os
import signal
import subprocess

import pytest

import pictures as pic
import procs
from stack import until

pytestmark = pytest.mark.once


@pytest.fixture
def disk(own_folder):
    """A folder on a small file system of its own."""
    if os.geteuid() != 0:
        pytest.skip('mounting a small file system needs root')
    d = own_folder('disk')
    os.mkdir(d)
    if subprocess.call(['mount', '-t', 'tmpfs', '-o', 'size=6m,mode=0777', 'tmpfs', d], stderr=subprocess.DEVNULL):
        pytest.skip('mounting is not allowed here')
    yield d
    subprocess.call(['umount', '-l', d])


def files_below(d):
    return [os.path.join(f, n) for f, _, names in os.walk(d) for n in names]


def scrubbed(s, *args):
    """What scrub counts, and what it says of each."""
    lines = [json.loads(x) for x in s.tintype('scrub', '--verify', '--json', *args, check=False).stdout.splitlines()]
    assert lines[-1]['done']
    return {k: n for k, n in lines[-1]['sum'].items() if n}, lines[:-1]


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


def test_full_store_is_507(disk, make_stack, tell):
    d = disk
    s = make_stack({'local.root': d + '/store', 'server.spool_dir': d + '/spool', 'server.min_free_bytes': '0'})
    web = s.client
    taken = []

    def take(data, name):
        taken.append((web.put_picture(data, name)['url'], data))
    take(noise(100, 100, 1), 'before.png')
    data = noise(300, 300, 2)
    full = 0
    for n, leave in enumerate((4096, 100000, len(data), len(data) + 8192, int(len(data) * 1.6))):
        fill(d, leave)
        a = web.upload(('x.png', data))
        assert a.status in (507, 201), (leave, a)
        if a.status == 507:
            assert 'request_id' in a.text
            full += 1
        else:
            assert web.get(a.json()['images'][0]['url']).body == data
            assert web.delete(a.json()['images'][0]['delete_url']).status in (200, 204)
        a = web.upload(('small.png', noise(20, 20 + n, n)))       # may well fit
        if a.status == 201:
            taken.append((a.json()['images'][0]['url'], noise(20, 20 + n, n)))
        os.unlink(d + '/ballast')
    fill(d, 4096)
    assert web.upload(('x.png', data)).status == 507
    assert web.get(taken[0][0]).status == 200, 'what is there is still served'
    os.unlink(d + '/ballast')
    take(data, 'after.png')
    assert s.rows_without_bytes() == []
    assert until(lambda: [f for f in os.listdir(d + '/spool') if os.path.isfile(d + '/spool/' + f)] == [], 5), os.listdir(d + '/spool')
    assert files_below(d + '/store/tmp') == []
    for url, data in taken:
        assert web.get(url).body == data
    assert scrubbed(s)[0] == {}
    refused = [x for x in s.log() if x.get('status') == 507]
    assert len(refused) > full and all(x.get('why') for x in refused), refused
    tell('full disk: %d uploads refused with 507, %d acknowledged, 0 lost' % (full + 1, len(taken)))
    s.stop()


def test_a_repair_on_a_full_disk(disk, own_folder, make_stack):
    """What cannot be written is said; what was there is as it was, damaged or not; the mirror answers meanwhile."""
    d, mirror = disk, own_folder('mirror')
    os.mkdir(mirror)
    os.chmod(mirror, 0o777)
    s = make_stack({'local.root': d + '/store', 'server.min_free_bytes': '0', 'store.mirror': 'local_b', 'store.mirror_mode': 'sync',
                    'local_b.root': mirror + '/store'})
    taken = {}
    for n in range(4):
        data = noise(200, 200, n)
        taken[hashlib.sha256(data).hexdigest()] = s.client.put_picture(data, 'x.png'), data
    path = {sha: '%s/store/o/%s/%s' % (d, sha[:2], sha) for sha in taken}
    lost, cut, wrong, well = taken
    os.unlink(path[lost])
    os.truncate(path[cut], 1000)
    with open(path[wrong], 'r+b') as f:
        f.write(b'X' * 10)
    fill(d, 0)
    before = {p: (os.stat(p).st_size, os.stat(p).st_mtime_ns) for p in files_below(d + '/store')}
    counts, found = scrubbed(s, '--repair')
    assert counts == {'lost': 1, 'length': 1, 'damaged': 1}, counts
    assert all(x['then'] == 'failed' and 'o space left' in x['detail'] for x in found), found
    assert {p: (os.stat(p).st_size, os.stat(p).st_mtime_ns) for p in files_below(d + '/store')} == before, 'something was half-written'
    for sha in (lost, cut, well):
        assert s.client.get(taken[sha][0]['url']).body == taken[sha][1]
    os.unlink(d + '/ballast')
    counts, found = scrubbed(s, '--repair')
    assert all(x['then'] == 'mended' for x in found), found
    for sha, (i, data) in taken.items():
        with open(path[sha], 'rb') as f:
            assert f.read() == data
    assert scrubbed(s)[0] == {} and files_below(d + '/store/tmp') == []
    s.stop()


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
