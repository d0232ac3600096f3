"""Pictures that are not public: never from the open cache, never for strangers."""
import re

import pytest

import pictures as pic


def forms(i):
    return ['/i/' + i['id'], '/i/%s.png' % i['id'], '/i/%s?x-oss-process=image/resize,w_50' % i['id'], '/i/%s/resize,w_50.png' % i['id'], '/p/' + i['id']]


def login(stack, web):
    a = web.get('/admin/login', accept='text/html')
    assert a.status == 200, a
    fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', a.text))
    a = web.post_form('/admin/login', dict(fields, name='admin', password=stack.admin_password()), accept='text/html')
    assert a.status == 303, a


def test_private_pictures_are_for_their_owner(stack, web):
    if not stack.home:
        pytest.skip('needs the admin password')
    login(stack, web)
    i = web.put_picture(pic.png(100, 80, seed=81), 'secret.png', visibility='private')
    assert i['visibility'] == 'private', i
    for u in forms(i) * 2:
        a = web.get(u)
        assert a.status == 200, (u, a)
        assert 'public' not in a.header('Cache-Control', ''), (u, a.headers)
    mine = dict(web.cookies)
    web.cookies.clear()
    for u in forms(i) * 2:
        a = web.get(u)
        assert a.status in (401, 403, 404) or (a.status == 303 and '/login' in a.header('Location', '')), (u, a)
    # The web server must not find a variant by itself.
    files = stack.cache_files(i['id'])
    assert all(f.startswith('x/') for f in files), files
    for f in files + ['x/%s/%s' % (i['id'][-2:], i['id'])]:
        for prefix in ('/_cache/', '/cache/', '/', '/_x/'):
            assert web.get(prefix + f).status in (400, 403, 404), prefix + f
    web.cookies.update(mine)
    assert web.get(forms(i)[2]).status == 200


def test_internal_places_cannot_be_asked_for(stack, web):
    i = web.put_picture(pic.png(100, 80, seed=82), 'x.png')
    web.get('/i/%s/resize,w_50.png' % i['id'])
    sha, hh = i['sha256'], i['id'][-2:]
    paths = ['/_cache/v/%s/%s/p/resize,w_50.png' % (hh, i['id']), '/_store/o/%s' % sha, '/_store/o/%s/%s' % (sha[:2], sha), '/o/' + sha, '/_spool/', '/_internal/',
             '/tintype.ini', '/../tintype.ini', '/admin-password', '/v/', '/store/', '/run/', '/.git/config', '/sql/001_start.sql', '/templates/upload.html',
             '/_store/../tintype.ini', '/_cache/../../tintype.ini', '/_cache/..%2f..%2ftintype.ini', '/static/../tintype.ini', '/static/..%2f..%2ftintype.ini']
    if stack.home:
        for f in stack.store_files()[:3]:
            paths += ['/_store/' + f, '/' + f]
        for f in stack.cache_files(i['id']):
            paths += ['/_cache/' + f, '/' + f, '/cache/' + f]
    for p in paths:
        a = web.request('GET', p)
        assert 400 <= a.status < 500, (p, a)


def test_clients_cannot_name_files(web):
    """Request headers that look like a program's answer mean nothing."""
    i = web.put_picture(pic.png(100, 80, seed=83), 'x.png')
    for name in ('X-Accel-Redirect', 'X-Sendfile', 'X-LIGHTTPD-send-file', 'X-Original-URL', 'X-Rewrite-URL', 'Proxy', 'X-HTTP-Method-Override'):
        a = web.request('GET', '/i/' + i['id'], headers={name: '/etc/passwd'})
        assert a.status == 200 and a.type == 'image/png' and b'root:' not in a.body, name
