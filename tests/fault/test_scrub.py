"""Index, store and mirrors compared: what is found, what is mended, what is never removed; ended early and gone on with; by the clock."""
import hashlib
import json
import os
import signal
import time

import oss_server
from test_jobs import Site, db, site        # noqa: F401  (fixtures)

OLD = 3 * 86400


def mirrored(site, **more):
    site.set(store__mirror='local_b', local_b__root=site.folder('mirror'), **more)
    os.system('rm -rf ' + site.folder('mirror'))
    return site


def both(site):
    """A picture that is whole in both places. -> (id, path in the primary, path in the mirror)"""
    pid, path = site.picture()
    with open(path, 'rb') as f:
        data = f.read()
    copy = path.replace(site.folder('store'), site.folder('mirror'))
    Site.write(copy, data)
    return pid, path, copy


def flip(path):
    with open(path, 'r+b') as f:
        c = f.read(1)
        f.seek(0)
        f.write(bytes([c[0] ^ 1]))


def whole(path):
    try:
        with open(path, 'rb') as f:
            return hashlib.sha256(f.read()).hexdigest() == os.path.basename(path)
    except OSError:
        return False


def test_what_a_copy_exists_of_is_mended(site):
    mirrored(site)
    some = [both(site) for _ in range(8)]
    os.unlink(some[0][1])                   # lost in the primary
    Site.write(some[1][1], b'pic')          # cut there
    flip(some[2][1])                        # damaged there
    os.unlink(some[3][2])                   # the same in the mirror
    Site.write(some[4][2], b'pic')
    flip(some[5][2])
    flip(some[6][1])                        # nothing good anywhere
    os.unlink(some[6][2])
    site.picture(refs=5)
    site.picture(blob_row=False)
    out = site.tintype('scrub', '--verify', code=1)
    for n, words in ((1, 'bytes are missing'), (1, 'bytes have the wrong length'), (2, 'bytes are damaged'), (13, 'copy in a mirror is missing'),
                     (2, 'copy in a mirror is damaged'), (1, 'pictures are miscounted'), (1, 'picture has no blob row'), (10, 'sidecar is missing')):
        assert '\n%d: %s\n' % (n, words) in out, (words, out)
    assert not whole(some[0][1]) and not whole(some[3][2]), 'looking changed something'
    out = site.tintype('scrub', '--verify', '--repair', code=1)
    assert out.count('could not be mended') == 2 and 'no good copy' in out, out
    for pid, path, copy in some[:6] + some[7:]:
        assert whole(path) and whole(copy), (pid, path, copy)
        assert os.path.exists(site.folder('store', 'p'))
    assert not whole(some[6][1])
    assert site.sql('select count(*) from stored_blob b where refs <> (select count(*) from picture where blob_sha = b.sha)') == [['0']]
    # A copy of the one that is nowhere comes back from elsewhere: then all is well.
    Site.write(some[6][2], b'picture 7')
    out = site.tintype('scrub', '--verify', '--repair')
    assert 'these are mended' in out and whole(some[6][1]), out
    assert 'nothing is wrong' in site.tintype('scrub', '--verify')


def test_orphans_are_removed_only_when_told_and_old(site):
    mirrored(site)
    pid, path, copy = both(site)
    names = {age: hashlib.sha256(b'orphan %d' % age).hexdigest() for age in (0, OLD)}
    paths = [site.folder(where, 'o', sha[:2], sha) for where in ('store', 'mirror') for sha in names.values()]
    for p in paths:
        Site.write(p, b'x', age=OLD if names[OLD] in p else 0)
    side = site.folder('store', 'p', 'ab', '01234567890123.json')
    Site.write(side, b'{}', age=OLD)
    site.tintype('scrub', '--repair', code=1)
    assert all(os.path.exists(p) for p in paths + [side]), 'repair removes nothing'
    assert '(mended)' in site.tintype('scrub', '--delete-orphans')
    assert [os.path.exists(p) for p in paths] == [names[OLD] not in p for p in paths]
    assert not os.path.exists(path.replace(os.path.basename(path), 'x')) and whole(path) and whole(copy)
    assert site.one('select count(*) from stored_blob') == '1', 'the lock leaves no row behind'
    site.tintype('scrub', '--delete-orphans', '--dry-run', code=2)
    site.tintype('scrub', '--grace', '10', code=2)


def test_orphans_of_a_bucket_are_removed_by_the_hundred(site):
    """What belongs to somebody stays, what is young or not ours stays or goes as always, and no request is spent on each."""
    service = oss_server.Service().start()
    try:
        site.set(store__primary='oss', oss__endpoint='http://127.0.0.1:%d' % service.port, oss__bucket='pics', oss__access_key=oss_server.KEY,
                 oss__secret_key=oss_server.SECRET, oss__region=oss_server.REGION, oss__path_style='yes')
        bucket = service.buckets['pics']

        def put(key, data, age=OLD):
            bucket[key] = oss_server.Object(data, {})
            bucket[key].modified -= age
        living = {}
        for n in range(5):
            pid, path = site.picture(bytes_there=False)
            living['o/' + os.path.basename(path)] = living['p/%s.json' % pid] = 1
            put('o/' + os.path.basename(path), b'picture %d' % site.n)
        site.tintype('scrub', '--repair')       # the sidecars
        for o in bucket.values():
            o.modified -= OLD
        for n in range(450):
            put('o/' + hashlib.sha256(b'orphan %d' % n).hexdigest(), b'orphan %d' % n)
        for n in range(230):
            put('p/1%013d.json' % n, b'{}')
        put('o/not-one-of-ours', b'x')
        young = 'o/' + hashlib.sha256(b'young').hexdigest()
        put(young, b'young', 0)
        service.log.clear()
        out = site.tintype('scrub', '--delete-orphans', '--json')
        last = json.loads(out.splitlines()[-1])
        assert last['sum']['orphan'] == 451 and last['sum']['orphan_sidecar'] == 230 and last['mended'] == 681 and last['young'] == 1, last
        assert set(bucket) == set(living) | {young}
        asked = [(m, sorted(q)) for m, _, q in service.log if m in ('POST', 'DELETE')]
        assert asked.count(('POST', ['delete'])) == 3 + 2 and asked.count(('DELETE', [])) == 1 and len(asked) == 6, asked
        assert site.one('select count(*) from stored_blob') == '5', 'the locks leave no rows behind'
        assert 'nothing is wrong' in site.tintype('scrub', '--verify')
    finally:
        service.close()


def sidecar(site, pid, where='store'):
    for d, _, names in os.walk(site.folder(where, 'p')):
        if pid + '.json' in names:
            return os.path.join(d, pid + '.json')


def test_sidecars_say_what_the_index_says(site):
    mirrored(site)
    some = [both(site)[0] for _ in range(5)]
    site.sql("insert into account (id, name, password, role, created_s) values (7, 'ann', '*', 0, 1)")
    site.sql("update picture set owner = 7, title = '猫' where id = '%s'" % some[0])
    site.tintype('scrub', '--repair')
    site.tintype('jobs', '--once')
    assert 'nothing is wrong' in site.tintype('scrub')
    with open(sidecar(site, some[0])) as f:
        text = f.read()
    assert '"owner_name":"ann"' in text and '猫' in text
    # Another index numbers its accounts anew; the name is what counts.
    site.sql("update account set id = 1234 where id = 7")
    site.sql("update picture set owner = 1234 where owner = 7")
    assert 'nothing is wrong' in site.tintype('scrub')
    site.sql("update picture set title = 'x' where id = '%s'" % some[1])
    site.sql("update picture set owner = 0 where id = '%s'" % some[0])
    with open(sidecar(site, some[2], 'mirror'), 'w') as f:
        f.write('{"tintype":1}')
    with open(sidecar(site, some[3]), 'w') as f:
        f.write('no JSON')
    out = site.tintype('scrub', code=1)
    assert '\n7: sidecar differs from the index\n' not in out and '\n6: sidecar differs from the index\n' in out, out
    assert 'p/%s.json: sidecar differs from the index: local_b\n' % some[2] in out and 'p/%s.json' % some[4] not in out, out
    assert site.tintype('scrub', '--repair').count('sidecar differs from the index') >= 6
    site.tintype('jobs', '--once')
    assert 'nothing is wrong' in site.tintype('scrub')
    for pid in some:
        with open(sidecar(site, pid)) as f, open(sidecar(site, pid, 'mirror')) as g:
            assert json.load(f) == json.load(g)


def test_tombstones_that_are_missing(site):
    mirrored(site)
    pid, path = site.picture(deleted=True)
    alive, _, _ = both(site)
    site.tintype('jobs', '--once')
    stones = []
    for where in ('store', 'mirror'):
        stones += [os.path.join(d, n) for d, _, names in os.walk(site.folder(where, 't')) for n in names]
    assert len(stones) == 2 and all(os.path.basename(p) == pid for p in stones)
    site.tintype('scrub', '--repair')
    site.tintype('jobs', '--once')
    assert 'nothing is wrong' in site.tintype('scrub')
    for gone in (stones[:1], stones[1:], stones):
        with open(stones[0]) as f:
            text = f.read()
        for p in gone:
            os.unlink(p)
        out = site.tintype('scrub', code=1)
        assert out.count('t/%s: tombstone of a deleted picture is missing' % pid) == len(gone), out
        assert 'are mended' in site.tintype('scrub', '--repair')
        for p in stones:
            with open(p) as f:
                assert f.read() == text
    # One that was deleted a moment ago is seen to by its own job.
    for p in stones:
        os.unlink(p)
    site.sql('update picture set purged_s = null, deleted_s = unix_timestamp() where deleted_s is not null')
    assert 'nothing is wrong' in site.tintype('scrub')


def test_an_upload_that_died_before_its_row(site):
    """Bytes and sidecar are there, nobody was told of success: they come alive only if the index is rebuilt before a scrub has removed them."""
    pid, path = site.picture()
    dead, dead_path = site.picture()
    site.tintype('scrub', '--repair')
    where = sidecar(site, dead)
    site.sql("delete from picture where id = '%s'" % dead)
    site.sql("update stored_blob set refs = 0 where sha = x'%s'" % os.path.basename(dead_path))
    out = site.tintype('scrub')
    assert '2 young leftovers' in out and os.path.exists(where), 'it may be an upload under way'
    for p in (where, dead_path):
        os.utime(p, (time.time() - OLD,) * 2)
    out = site.tintype('scrub', code=1)
    assert '1: bytes of no picture' in out and '1: sidecar of no picture' in out and os.path.exists(where), out
    site.tintype('scrub', '--delete-orphans')
    assert not os.path.exists(where) and not os.path.exists(dead_path)
    assert site.tintype('rebuild-index') == '1: there already\n'
    assert site.sql('select id from picture') == [[pid]]


def test_json(site):
    mirrored(site)
    pid, path, copy = both(site)
    os.unlink(copy)
    lines = [json.loads(x) for x in site.tintype('scrub', '--json', code=1).splitlines()]
    assert {'found': 'mirror_missing', 'key': 'o/' + os.path.basename(path), 'detail': 'local_b', 'then': 'left'} in lines
    assert lines[-1]['sum']['mirror_missing'] == 2 and lines[-1]['sum']['no_sidecar'] == 1 and lines[-1]['done'] and lines[-1]['wrong'] > 0


def test_a_mirror_that_is_away_is_said_once(site):
    mirrored(site)
    for _ in range(3):
        both(site)
    os.system('rm -rf ' + site.folder('mirror'))
    Site.write(site.folder('mirror'), b'no folder')
    out = site.tintype('scrub', code=1)
    assert out.count('local_b: mirror does not answer') == 1 and 'copy in a mirror' not in out, out


def test_copies_under_way_are_no_fault(site):
    mirrored(site)
    pid, path = site.picture()
    key = 'o/' + os.path.basename(path)
    site.sql("insert into job (kind, key_text, payload, run_after_s, created_s, pending_key) values ('mirror', '%s', '', 9999999999, 0, '%s')" % (key, key))
    out = site.tintype('scrub', code=1)
    assert '1 copies under way' in out and 'o/' not in out, out


def test_ended_early_and_gone_on_with(site):
    """SIGTERM in the midst of a paced walk, twice; the three parts together looked at each blob once."""
    for _ in range(60):
        site.picture()
    total = sum(len(b'picture %d' % n) for n in range(1, 61))
    for part in range(2):
        p = site.start(*['scrub', '--verify', '--json', '--rate', '50'] + (['--resume'] if part else []))
        time.sleep(1.5)     # of the twelve that all of it takes: some, but on a machine that is slow none
        p.send_signal(signal.SIGTERM)
        out, err = p.communicate(timeout=60)
        last = json.loads(out.splitlines()[-1])
        assert not last['done'] and 0 <= last['blobs'] < 60, (last, err)
    assert site.one("select count(*) from setting where name = 'scrub_command'") == '1'
    last = json.loads(site.tintype('scrub', '--verify', '--json', '--resume', '--rate', '500', code=1).splitlines()[-1])
    assert last['done'] and last['blobs'] == 60 and last['pictures'] == 60 and last['bytes_read'] == total, last
    assert last['sum']['lost'] == 0 and last['sum']['no_sidecar'] == 60
    assert site.sql("select * from setting where name = 'scrub_command'") == [], 'a walk that came to its end leaves no place'


def test_pace(site):
    for _ in range(20):
        site.picture()
    began = time.monotonic()
    last = json.loads(site.tintype('scrub', '--verify', '--json', '--rate', '100', code=1).splitlines()[-1])
    # What was read last is waited for as well.
    assert time.monotonic() - began >= last['bytes_read'] / 100 - 0.1, last


def test_by_the_clock(site):
    mirrored(site, scrub__every_days='7')
    pid, path, copy = both(site)
    flip(path)
    os.unlink(copy)
    Site.write(copy, b'picture 1')
    site.tintype('jobs', '--once')
    assert whole(path), 'the damaged copy was not repaired'
    assert site.one("select count(*) from setting where name = 'scrub_last'") == '1'
    flip(path)
    site.tintype('jobs', '--once')
    assert not whole(path), 'it is not due again'
    site.sql("update setting set content = content - 8 * 86400 where name = 'scrub_last'")
    site.tintype('jobs', '--once')
    assert whole(path)
