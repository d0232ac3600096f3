"""MariaDB gone: what is cached is still served, uploads are refused honestly, and it heals by itself."""
import os
import signal
import time

import pytest

import pictures as pic
from procs import paused
from stack import alive, until

pytestmark = pytest.mark.once


@pytest.fixture(scope='module')
def own(make_stack):
    return make_stack({'database.timeout_s': '2', 'memcached.ttl_s': '600'})


def mariadb(s):
    return s.pid('mariadb', 'mysqld')


def hot(s, seed):
    """A picture whose row is in memcached and which has a variant on disk."""
    i = s.client.put_picture(pic.jpeg(200, 150, seed=seed), 'hot.jpg')
    for _ in range(3):
        assert s.client.get('/i/' + i['id']).status == 200
        assert s.client.get('/i/%s/resize,w_50.png' % i['id']).status == 200
    return i


def healed(s):
    """Every worker has found the database again: one that has not may need it where the row is not in memcached yet."""
    assert until(lambda: all(s.client.get('/readyz').status == 200 for _ in range(12)), 30)


def still_served(s, i):
    t = time.monotonic()
    for u in ('/i/' + i['id'], '/i/%s.jpg' % i['id'], '/i/%s/resize,w_50.png' % i['id']):
        a = s.client.get(u)
        assert a.status == 200, (u, a)
    assert time.monotonic() - t < 15


def uploads_refused(s):
    files = s.store_files()
    t = time.monotonic()
    a = s.client.upload(('x.png', pic.png(90, 40, seed=int(t) % 200)))
    assert a.status == 503 and time.monotonic() - t < 20, a
    assert a.type == 'application/json' and a.header('Retry-After'), a.headers
    return files


def test_killed(own):
    i = hot(own, 1)
    p = mariadb(own)
    os.kill(p, signal.SIGKILL)
    assert until(lambda: not alive(p), 5)
    try:
        still_served(own, i)
        uploads_refused(own)
        a = own.client.get('/p/00000000000009')
        assert a.status == 503, a           # nobody can know whether it is there
        assert own.client.get('/readyz').status == 503 and own.client.get('/healthz').status == 200
    finally:
        own.again()
    healed(own)
    assert own.client.put_picture(pic.png(91, 40, seed=2), 'x.png')
    still_served(own, i)
    assert own.metric('tintype_db_reconnects_total') >= 1


def test_stopped(own):
    """SIGSTOP: the socket takes connections and nobody answers."""
    i = hot(own, 3)
    with paused(mariadb(own)):
        still_served(own, i)
        uploads_refused(own)
        assert own.client.get('/readyz').status == 503
    assert until(lambda: own.client.upload(('x.png', pic.png(92, 40, seed=4))).status == 201, 20)
    healed(own)


def test_a_key_is_served_without_the_database(own, own_folder):
    """memcached knows where it leads, and that what follows it is no longer key."""
    folder = own_folder('in')
    data = pic.jpeg(210, 150, seed=8)
    os.makedirs(folder + '/cats')
    with open(folder + '/cats/a-b_c.jpg', 'wb') as f:
        f.write(data)
    own.tintype('import', folder)
    urls = ['/k/cats/a-b_c.jpg', '/k/cats/a-b_c.jpg?x-oss-process=image/resize,w_40', '/k/cats/a-b_c.jpg/resize,w_40.png', '/k/cats/a-b_c.jpg@40w.png']
    assert [u for u in urls if own.client.get(u).status != 200] == []
    # As long as anybody may still hold what the key was before, the database alone is asked.
    assert until(lambda: own.serves_without_database(*urls), 60, 0.5)
    with paused(mariadb(own)):
        for u in urls:
            assert own.client.get(u).status == 200, u
        assert own.client.get(urls[0]).body == data
    healed(own)


def test_a_variant_not_made_yet_is_made_without_the_database(own):
    i = hot(own, 5)
    with paused(mariadb(own)):
        a = own.client.get('/i/%s/resize,w_51.png' % i['id'])
        assert a.status in (200, 503), a
    healed(own)


def test_connections_killed_under_way(own):
    """KILL of every connection between and during requests: nobody notices."""
    i = hot(own, 6)
    for n in range(5):
        ids = [r[0] for r in own.sql("select id from information_schema.processlist where id <> connection_id() and command <> 'Daemon'")]
        for c in ids:
            try:
                own.sql('kill ' + c)
            except AssertionError:
                pass        # gone already
        assert own.client.get('/p/' + i['id']).status == 200
        assert own.client.put_picture(pic.png(93 + n, 40, seed=7), 'x.png')


def test_nothing_half_done_is_left(own):
    """After all that: every row has its bytes."""
    assert own.rows_without_bytes() == []

