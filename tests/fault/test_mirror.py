"""Copies elsewhere: made at once or by jobs, used when the primary has no good one, and the primary healed; a server that is away."""
import hashlib
import json
import os
import shutil

import pytest

import oss_server
import pictures as pic
from stack import until
from store_fixtures import oss, s3      # noqa: F401  (fixtures)

pytestmark = pytest.mark.once
WAIT = 60


def open_folder(path):
    os.makedirs(path)
    os.chmod(path, 0o777)
    return path


@pytest.fixture(scope='module')
def two(make_stack, folder):
    """Two folders, the second filled by jobs."""
    return make_stack({'store.mirror': 'local_b', 'local_b.root': open_folder(folder('b')) + '/store'})


@pytest.fixture
def away(request):
    """The place of the parameter, which is away sometimes: settings, stored, down, up."""
    place = request.getfixturevalue(request.param)
    yield place
    place.up() if request.param == 'oss' else None


def settings(place, **more):
    """Its bucket "pics", behind what takes it away."""
    return place.settings('pics', port=place.proxy.port if isinstance(place, oss_server.Service) else None, store__connect_ms='1000', **more)


def tree(root):
    """{key: bytes} of a folder of objects."""
    out = {}
    for top in ('o', 'p'):
        for d, _, names in os.walk(os.path.join(root, top)):
            for n in names:
                with open(os.path.join(d, n), 'rb') as f:
                    out[top + '/' + n] = f.read()
    return out


def metric(s, name):
    for line in s.client.get('/metrics').text.splitlines():
        if line.startswith(name + ' '):
            return int(line.split()[1])
    raise AssertionError(name)


def original(s, data):
    sha = hashlib.sha256(data).hexdigest()
    return os.path.join(s.conf('local.root'), 'o', sha[:2], sha)


def spoil(path, how):
    if how == 'deleted':
        os.unlink(path)
        return
    with open(path, 'r+b') as f:
        if how == 'cut':
            f.truncate(os.path.getsize(path) // 2)
            return
        f.seek(os.path.getsize(path) // 2)
        c = f.read(1)
        f.seek(-1, 1)
        f.write(bytes([c[0] ^ 0x55]))


def put(s, seed, w=200, h=150):
    data = pic.png(w, h, seed=seed)
    return s.client.put_picture(data, 'm%d.png' % seed), data


def same(s):
    return tree(s.conf('local.root')) == tree(s.conf('local_b.root'))


def read_file(path):
    try:
        with open(path, 'rb') as f:
            return f.read()
    except OSError:
        return None


def remove_files(top):
    """All files below a folder; how many."""
    n = 0
    for d, _, names in os.walk(top):
        for name in names:
            os.unlink(os.path.join(d, name))
            n += 1
    return n


def test_copies_by_jobs(two):
    some = [put(two, n) for n in range(6)]
    assert until(lambda: same(two), WAIT), 'bytes and sidecars are copied'
    assert len(tree(two.conf('local_b.root'))) == 12
    assert until(lambda: metric(two, 'tintype_mirror_backlog') == 0, WAIT)
    assert two.sql("select count(*) from job where kind = 'mirror'") == [['0']], 'what is done is not kept'
    for i, data in some[:3]:
        assert two.client.delete(i['delete_url']).status in (200, 204)
    assert until(lambda: same(two) and len(tree(two.conf('local_b.root'))) == 6, WAIT), 'deletes reach the mirror'
    a = two.client.get('/readyz')
    assert a.status == 200 and 'mirror_local_b ok' in a.text


@pytest.mark.parametrize('how', ['deleted', 'cut', 'flipped'])
def test_the_primary_is_healed(two, how):
    i, data = put(two, {'deleted': 21, 'cut': 22, 'flipped': 23}[how], 1200, 900)
    assert until(lambda: same(two), WAIT)
    path = original(two, data)
    before = metric(two, 'tintype_store_rescued_total')
    remove_files(os.path.join(two.conf('cache.dir'), 'y'))      # reduced copies, if there are any, would do for the variant
    spoil(path, how)
    if how == 'flipped':        # nobody reads a file's bytes but who decodes them
        a = two.client.get('/i/%s?x-oss-process=image/resize,w_1100' % i['id'])
        assert a.status == 200, a
        assert pic.open_(a.body).size == (1100, 825)
    else:
        a = two.client.get(i['url'])
        assert a.status == 200 and a.body == data
    assert metric(two, 'tintype_store_rescued_total') > before
    assert until(lambda: read_file(path) == data, WAIT), 'the primary was not repaired'
    assert until(lambda: two.sql("select state from job where kind = 'repair' order by id desc limit 1") == [['2']], WAIT)
    assert two.client.get(i['url']).body == data


def test_nothing_good_anywhere(two):
    i, data = put(two, 31)
    assert until(lambda: same(two), WAIT)
    shutil.rmtree(os.path.join(two.conf('local_b.root'), 'o', hashlib.sha256(data).hexdigest()[:2]))
    path = original(two, data)
    spoil(path, 'cut')
    a = two.client.get(i['url'])
    assert a.status == 503 and 'damaged' in a.text, a
    with open(path, 'wb') as f:
        f.write(data)
    assert two.client.get(i['url']).body == data
    assert two.tintype('scrub', '--dry-run', check=False).returncode in (0, 1)


@pytest.mark.parametrize('away', ['s3', 'oss'], indirect=True)
def test_a_mirror_that_is_away_costs_nothing_but_a_backlog(make_stack, away, request):
    """primary local, mirror s3 or oss, sync: uploads go on while the mirror is down, are queued, and the backlog drains when it is back."""
    name = request.node.callspec.params['away']
    s = make_stack(settings(away, store__mirror=name, store__mirror_mode='sync'))
    first, data = put(s, 41)
    assert away.stored('pics', 'o/' + hashlib.sha256(data).hexdigest()) == (200, data), 'sync: there before the answer'
    assert json.loads(away.stored('pics', 'p/%s.json' % first['id'])[1])['id'] == first['id']
    away.down()
    some = [put(s, 50 + n) for n in range(10)]
    assert len(some) == 10 and s.client.get('/readyz').status == 200
    assert metric(s, 'tintype_mirror_backlog') >= 20 and metric(s, 'tintype_mirror_copies_total{result="failed"}') >= 20
    if name == 's3':        # the longer it is away, the later it is asked again: once is enough
        assert until(lambda: 'mirror_s3 STORE' in s.client.get('/readyz').text, WAIT, 0.2), 'a good check is believed for some seconds'
        assert until(lambda: metric(s, 'tintype_mirror_backlog_seconds') >= 1, WAIT)
        p = s.tintype('doctor', check=False)
        assert 'note mirror' in p.stdout and p.returncode == 0, p.stdout
    i, data = some[0]
    assert s.client.get(i['url']).body == data, 'reading does not need the mirror'
    assert s.client.delete(some[9][0]['delete_url']).status in (200, 204), 'deleting goes on'
    assert s.client.get(some[9][0]['url']).status == 410
    away.up()
    # The first success pulls the others forward; the first is told that its time has come.
    assert until(lambda: s.sql("update job set run_after_s = 0 where kind = 'mirror' and state = 0 order by id limit 1") == [] and
                 metric(s, 'tintype_mirror_backlog') == 0, 2 * WAIT, 0.5), s.sql('select * from job')
    for i, data in some[:9]:
        assert away.stored('pics', 'o/' + hashlib.sha256(data).hexdigest()) == (200, data)
        assert away.stored('pics', 'p/%s.json' % i['id'])[0] == 200
    # An unfinished delete waits for half a minute; the time has come.
    assert until(lambda: s.sql("update job set run_after_s = 0 where kind = 'purge' and state = 0") == [] and
                 s.sql('select count(*) from picture where deleted_s is not null and purged_s is null') == [['0']], WAIT, 0.5)
    assert away.stored('pics', 'o/' + hashlib.sha256(some[9][1]).hexdigest())[0] == 404
    assert away.stored('pics', 't/' + some[9][0]['id'])[0] == 200, 'its tombstone'
    # What the primary loses comes back from there.
    i, data = some[1]
    spoil(original(s, data), 'cut')
    assert s.client.get(i['url']).body == data and until(lambda: read_file(original(s, data)) == data, WAIT)
    s.tintype('scrub', '--verify', '--delete-orphans', '--grace', '3600', check=False)
    assert 'nothing is wrong' in s.tintype('scrub', '--verify').stdout
    s.stop()


@pytest.mark.parametrize('mirror', ['local', 'oss'])
def test_a_primary_that_is_away_is_read_from_the_mirror(make_stack, s3, oss, mirror):
    """primary s3, mirror local or oss: reads go on without the server, uploads say 503, and all is well afterwards."""
    other = settings(oss) if mirror == 'oss' else {}
    s = make_stack(dict(other, **settings(s3, store__primary='s3', store__mirror=mirror, store__mirror_mode='async')))
    some = [put(s, 70 + n) for n in range(4)]
    keys = ['o/' + hashlib.sha256(data).hexdigest() for _, data in some] + ['p/%s.json' % i['id'] for i, _ in some]
    there = (lambda: set(oss.buckets['pics'])) if mirror == 'oss' else (lambda: set(tree(s.conf('local.root'))))
    assert until(lambda: there() >= set(keys), WAIT)
    assert remove_files(os.path.join(s.conf('cache.dir'), 't')) == 0, 'an upload leaves no copy on the node'
    for i, data in some[:2]:
        assert s.client.get(i['url']).body == data
    assert remove_files(os.path.join(s.conf('cache.dir'), 't')) == 2
    s3.down()
    for i, data in some:
        a = s.client.get(i['url'])
        assert a.status == 200 and a.body == data
        a = s.client.get(i['url'], range='bytes=10-19')
        assert a.status == 206 and a.body == data[10:20]
    assert s.client.upload(('x.png', pic.png(50, 50))).status == 503
    assert until(lambda: s.client.get('/readyz').status == 503, WAIT, 0.2)
    assert s.sql("select count(*) from job where kind = 'repair'") == [['0']], 'one that is away is not ill'
    s3.up()
    assert until(lambda: s.client.upload(('x.png', pic.png(50, 50))).status == 201, WAIT, 0.5)
    for i, data in some:
        assert s.client.get(i['url']).body == data
    # What it lost comes back from the mirror.
    key = '/pics/' + keys[3]
    assert s3.request('DELETE', key)[0] == 204
    remove_files(os.path.join(s.conf('cache.dir'), 't'))
    assert until(lambda: s.client.get(some[3][0]['url']).body == some[3][1], WAIT, 0.5)
    assert until(lambda: s3.stored('pics', keys[3]) == (200, some[3][1]), WAIT, 0.5)
    s.stop()
