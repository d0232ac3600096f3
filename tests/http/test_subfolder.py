"""A folder of a larger site, on shared hosting: http://host/our/pics/ by .htaccess, with plain CGI."""
import re
import urllib.parse

import pytest

import pictures as pic
from client import Client

pytestmark = pytest.mark.once

BELOW = '/our/pics/'


@pytest.fixture(scope='module')
def site(make_stack):
    """The stack, with a client that begins at /our/pics."""
    s = make_stack({'site.base_url': 'http://127.0.0.1:@PORT@/our/pics'}, front='cgi')
    s.client = Client(s.conf('site.base_url'))
    return s


def absolute(s, link):
    return urllib.parse.urljoin(s.client.url + '/', link)


def links_of(s, path):
    page = s.client.get(path, accept='text/html')
    assert page.status == 200, page
    return [absolute(s, x) for x in re.findall(r'(?:href|src|action)="([^"#]+)"', page.text)]


@pytest.mark.parametrize('path', ['/', '/upload', '/admin/login'])
def test_links(site, path):
    some = links_of(site, path)
    assert len(some) >= 3
    for link in some:
        assert link.startswith(site.client.url + '/'), link
        assert site.client.get(link, accept='text/html').status == 200, link


def test_the_rest_is_not_ours(site):
    root = Client('http://127.0.0.1:%d' % site.port)
    for path in ('/', '/upload', '/our/', '/our/picsx/', '/our/pics/v/', '/our/pics/view.cgi'):
        assert root.get(path).status in (403, 404), path
    assert root.get('/our/pics').header('Location', '').endswith('/our/pics/')


def test_a_missing_file_is_told_by_the_program(site):
    for path in ('/static/none.css', '/v/00/none.jpg'):
        a = site.client.get(path, accept='text/html')
        assert a.status == 404 and a.header('X-Request-Id'), (path, a)


def test_from_upload_to_delete(site):
    web = site.client
    made = web.put_picture(pic.jpeg(300, 200), 'a.jpg')
    for key in ('url', 'page', 'delete_url', 'thumb'):
        assert made[key].startswith(web.url + '/'), made
    assert web.get(made['url']).status == 200
    assert made['url'] in links_of(site, made['page'])
    bare = made['url'].rsplit('.', 1)[0]
    variants = bare + '/resize,w_90.jpg', bare + '?x-oss-process=image/resize,w_80'
    for url in variants:
        for again in (False, True):
            a = web.get(url)
            assert a.status == 200 and pic.size(a.body)[0] in (80, 90), url
            assert a.header('Cache-Control', '').startswith('public'), url
            assert a.all('X-Content-Type-Options') == ['nosniff']
            # The second time it is a file: our program, which tells its times, is not asked.
            assert (a.header('Server-Timing') is None) == again, (url, a.headers)
    assert web.delete(made['delete_url']).status in (200, 204)
    for url in (made['url'], *variants):
        assert web.get(url).status == 410, url


def test_log_in(site):
    web = site.client
    a = web.get('/admin/', accept='text/html')
    assert a.status == 303 and absolute(site, a.header('Location')).startswith(web.url + '/admin/login'), a.headers
    token = web.get('/admin/login', accept='application/json').json()['csrf']
    a = web.post_form('/admin/login', {'csrf': token, 'name': 'admin', 'password': site.admin_password()}, accept='text/html')
    assert a.status == 303 and absolute(site, a.header('Location')) == web.url + '/admin/', a
    assert a.all('Set-Cookie') and all(re.search('; path=%s(;|$)' % BELOW, c, re.I) for c in a.all('Set-Cookie')), a.headers
    for link in links_of(site, '/admin/'):
        assert link.startswith(web.url + '/'), link
        if not link.endswith(('/logout', '/delete')):
            assert web.get(link, accept='text/html').status == 200, link
