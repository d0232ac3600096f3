"""Admin pages when a part is gone: an honest 503, no worker lost, and everything as before when it is back."""
import os
import re
import signal

import pytest

from client import Client
from procs import paused
from stack import alive, until

pytestmark = pytest.mark.once


@pytest.fixture(scope='module')
def own(make_stack):
    return make_stack({'database.timeout_s': '4', 'session.login_tries': '4', 'site.trusted_proxies': '1'})


def token_of(web):
    return web.get('/admin/login', accept='application/json').json()['csrf']


def login(web, name, password):
    return web.post_form('/admin/login', {'csrf': token_of(web), 'name': name, 'password': password}, accept='application/json')


def admin_of(own):
    web = Client(own.client.url)
    assert login(web, 'admin', own.admin_password()).status == 200
    return web


def back(own, web):
    """A worker that was left waiting lets the database alone for a moment; then the same session goes on."""
    own.wait_ready(30)
    for _ in own.processes('admin') * 3:
        assert until(lambda: web.get('/admin/', accept='application/json').status == 200, 10)


def gone(own, web):
    """What everybody gets while the database is away."""
    for path in ('/admin/', '/admin/health', '/admin/picture/00000000000000', '/admin/login'):
        for accept in ('text/html', 'application/json'):
            a = web.get(path, accept=accept)
            assert a.status == 503 and a.header('Retry-After'), (path, a)
            assert not re.search(r'mysql|mariadb|\.sock|errno|error \d', a.text, re.I), a
            if accept == 'text/html':
                assert a.type == 'text/html', a
    stranger = Client(own.client.url)
    token = token_of(stranger)              # the form itself needs nobody
    a = stranger.post_form('/admin/login', {'csrf': token, 'name': 'admin', 'password': own.admin_password()}, accept='text/html')
    assert a.status == 503, a


def test_behind_a_proxy_that_speaks_https(own):
    """Not a fault, but this instance trusts one proxy: the cookie is for https only, and tries are counted by visitor."""
    web = Client(own.client.url)
    far = {'x_forwarded_proto': 'https', 'accept': 'application/json'}
    fields = {'csrf': web.get('/admin/login', x_forwarded_for='198.51.100.1', **far).json()['csrf'], 'name': 'admin'}
    for n in range(6):
        a = web.post_form('/admin/login', dict(fields, password='wrong password'), x_forwarded_for='198.51.100.1', **far)
        assert a.status == (401 if n < 4 else 429), a
    a = web.post_form('/admin/login', dict(fields, password=own.admin_password()), x_forwarded_for='203.0.113.9, 198.51.100.2', **far)
    assert a.status == 200, a
    cookies = [c for c in a.all('Set-Cookie') if c.startswith('tintype_session=')]
    assert len(cookies) == 1 and 'secure' in {f.strip().lower() for f in cookies[0].split(';')}, cookies
    assert ['198.51.100.2'] in own.sql('select address from session')
    # What stands left of the proxy's own entry is the visitor's invention.
    a = web.post_form('/admin/login', dict(fields, password='wrong password'), x_forwarded_for='203.0.113.77, 198.51.100.1', **far)
    assert a.status in (403, 429), a


def test_an_account_is_guarded_against_many_addresses(own):
    """Nobody gets more tries at one account by coming from everywhere; its neighbours are not troubled."""
    web = Client(own.client.url)
    token = token_of(web)
    got = []
    for n in range(22):
        a = web.post_form('/admin/login', {'csrf': token, 'name': 'hunted', 'password': 'wrong password'},
                          accept='application/json', x_forwarded_for='198.51.100.%d' % (100 + n))
        got.append(a.status)
    assert got == [401] * 20 + [429] * 2
    a = web.post_form('/admin/login', {'csrf': token, 'name': 'admin', 'password': own.admin_password()},
                      accept='application/json', x_forwarded_for='198.51.100.121')
    assert a.status == 200, a


def test_database_killed(own):
    web = admin_of(own)
    workers = own.processes('admin')
    p = own.pid('mariadb', 'mysqld')
    os.kill(p, signal.SIGKILL)
    assert until(lambda: not alive(p), 5)
    gone(own, web)
    own.again()
    back(own, web)
    assert own.processes('admin') == workers


def test_database_hangs(own):
    web = admin_of(own)
    with paused(own.pid('mariadb', 'mysqld')):
        assert web.get('/admin/', accept='application/json').status == 503
    back(own, web)


def test_memcached_gone(own):
    """Sessions and limits do not live there."""
    web = admin_of(own)
    os.kill(own.pid('memcached'), signal.SIGKILL)
    m = web.get('/admin/health', accept='application/json').json()
    assert {c['name']: c['state'] for c in m['checks']}['memcached'] == 'failed' and m['well'] is True
    stranger = Client(own.client.url)
    assert [login(stranger, 'nobody', 'wrong password').status for _ in range(6)] == [401] * 4 + [429] * 2
    assert login(stranger, 'admin', own.admin_password()).status == 429
    own.sql("delete from counter where name like '%log-in:%'")
    assert login(stranger, 'admin', own.admin_password()).status == 200
    own.again()
    own.wait_ready(30)
