"""Receipts of deletes when a store leaves the settings before it was cleared: the line is closed as what it is, and scrub finds what was left."""
import json
import os

from test_jobs import Site, db, site        # noqa: F401  (fixtures)


def lines(site, pid):
    return {(layer, place): (on_node, done == '1') for layer, place, on_node, done in
            site.sql("select layer, place, on_node, done_s is not null from deletion_layer where id = '%s' order by 1, 2" % pid)}


def work(site, code=0):
    """A minute later."""
    site.sql('update job set run_after_s = 0 where state = 0')
    return site.tintype('jobs', '--once', code=code)


def test_a_store_that_was_removed(site):
    mirror = site.folder('mirror')
    os.system('rm -rf ' + mirror)
    site.set(store__mirror='local_b', local_b__root=mirror)
    pid, path = site.picture(deleted=True)
    copy = path.replace(site.folder('store'), mirror)
    Site.write(mirror, b'no folder')                # it is away
    work(site, code=1)
    assert lines(site, pid)['bytes', 'local_b'] == ('0', False) and lines(site, pid)['bytes', 'local'] == ('0', True)
    # Taken out of the settings: hoped for some times more, then the receipt is complete, and says of which store it knows nothing.
    site.set()
    open_lines = [k for k, v in lines(site, pid).items() if v == ('0', False)]
    assert sorted(open_lines) == [(n, 'local_b') for n in ('bytes', 'sidecar', 'tombstone')]
    work(site)
    assert site.one("select done_s is null from deletion where id = '%s'" % pid) == '1'
    assert site.one("select min(tries) from deletion_layer where place = 'local_b'") == '2'
    site.sql("update deletion_layer set tries = 18 where place = 'local_b'")
    site.sql('delete from job')
    work(site)
    assert site.one("select done_s is null from deletion where id = '%s'" % pid) == '1'
    site.sql('delete from job')
    work(site)
    assert [k for k, v in lines(site, pid).items() if v == ('2', False)] == open_lines
    assert site.one("select distinct note from deletion_layer where place = 'local_b'").startswith('this store is not in the settings')
    assert site.one("select done_s is not null from deletion where id = '%s'" % pid) == '1'
    assert site.one("select purged_s is not null from picture where id = '%s'" % pid) == '1'
    site.sql('delete from job')
    work(site)
    assert site.sql('select * from job') == [], 'nobody asks for it any more'
    # It comes back with what it had: scrub finds and clears that.
    os.unlink(mirror)
    Site.write(copy, b'picture 1', age=3 * 86400)
    site.set(store__mirror='local_b', local_b__root=mirror)
    site.tintype('scrub', '--repair', '--delete-orphans')
    assert not os.path.exists(copy)
    stone, = [os.path.join(d, n) for d, _, names in os.walk(os.path.join(mirror, 't')) for n in names]
    with open(stone) as f:
        assert json.load(f)['id'] == pid
