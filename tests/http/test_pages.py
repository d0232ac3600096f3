"""/p/{id}, oEmbed and the tags that other sites read."""
import html
import json
import re

import pytest

import pictures as pic
from client import multipart


@pytest.fixture
def cat(web):
    return web.put_picture(pic.jpeg(320, 200, seed=51), 'my <b>cat<b> & "friend".jpg')


def meta(text, key):
    m = re.search(r'<meta[^>]*(?:property|name)="%s"[^>]*content="([^"]*)"' % re.escape(key), text)
    return html.unescape(m.group(1)) if m else None


def test_page_shows_picture_and_codes(web, cat):
    a = web.get('/p/' + cat['id'], accept='text/html')
    assert a.status == 200 and a.type == 'text/html' and 'charset=utf-8' in a.header('Content-Type').lower()
    t = a.text
    assert '<b>cat' not in t and '&lt;b&gt;cat&lt;b&gt;' in t
    assert cat['url'] in html.unescape(t) and '[img]' in html.unescape(t).lower() and '320' in t and '200' in t
    assert 'Content-Security-Policy' in dict(a.headers) and "script-src 'unsafe-inline'" not in a.header('Content-Security-Policy')
    assert a.header('X-Content-Type-Options') == 'nosniff' and a.header('Referrer-Policy')


def test_opengraph_and_twitter(web, cat):
    t = web.get('/p/' + cat['id'], accept='text/html').text
    assert meta(t, 'og:image').startswith(web.url + '/i/' + cat['id'])
    assert web.get(meta(t, 'og:image')).status == 200
    assert meta(t, 'og:url') == web.url + '/p/' + cat['id'] and meta(t, 'og:title')
    assert meta(t, 'og:image:width') and meta(t, 'og:image:height')
    assert meta(t, 'twitter:card')


def test_oembed(web, cat):
    t = web.get('/p/' + cat['id'], accept='text/html').text
    m = re.search(r'<link[^>]*type="application/json\+oembed"[^>]*href="([^"]+)"', t) or \
        re.search(r'<link[^>]*href="([^"]+)"[^>]*type="application/json\+oembed"', t)
    assert m, 'no oEmbed link'
    a = web.get(html.unescape(m.group(1)))
    assert a.status == 200 and a.type in ('application/json', 'application/json+oembed'), a
    o = a.json()
    assert o['version'] == '1.0' and o['type'] == 'photo' and o['url'].startswith(web.url)
    got = web.get(o['url'])
    assert got.status == 200 and pic.size(got.body) == (o['width'], o['height'])


def test_oembed_bounds_and_refusals(web, cat):
    import urllib.parse
    u = urllib.parse.quote(web.url + '/p/' + cat['id'], safe='')
    t = web.get('/p/' + cat['id'], accept='text/html').text
    base = html.unescape(re.search(r'href="([^"]*oembed[^"]*)"', t).group(1)).split('?')[0]
    o = web.get('%s?url=%s&maxwidth=100&maxheight=50' % (base, u)).json()
    assert o['width'] <= 100 and o['height'] <= 50 and pic.size(web.get(o['url']).body) == (o['width'], o['height'])
    for q, st in (('', (400, 404)), ('?url=http://example.com/x', (404,)), ('?url=%s&format=xml' % u, (501, 200, 400)),
                  ('?url=%s&maxwidth=abc' % u, (400, 200))):
        assert web.get(base + q).status in st, q


def test_page_as_json_is_the_same_model(web, cat):
    a = web.get('/p/' + cat['id'], accept='application/json')
    assert a.status == 200 and a.type == 'application/json'
    m = json.loads(a.body)
    m = m.get('image', m)
    assert m['id'] == cat['id'] and m['sha256'] == cat['sha256'] and m['url'] == cat['url']
    assert 'delete_url' not in m, 'a stranger is told how to delete'


def test_errors_have_three_faces_and_a_request_id(web):
    for accept, kind in (('text/html', 'text/html'), ('application/json', 'application/json'), ('*/*', 'text/plain')):
        for path in ('/p/00000000000000', '/nothing/here', '/p/'):
            a = web.get(path, accept=accept)
            assert a.status == 404 and a.type == kind, (path, accept, a)
            assert a.header('X-Request-Id') and a.header('X-Request-Id') in a.text, (path, accept, a.text[:300])


def test_errors_speak_the_language_of_the_page(web):
    """The general text does; details are of the program, and marked as English."""
    for path, status, zh, en in (('/p/00000000000000', 404, '这里没有您要找的内容。', 'There is no such thing here.'), ('/p/x', 404, '这里没有您要找的内容。', 'There is no such thing here.')):
        a = web.get(path, accept='text/html', accept_language='zh-CN,zh;q=0.9')
        b = web.get(path, accept='text/html', accept_language='en')
        assert a.status == b.status == status and zh in a.text and en not in a.text and en in b.text and zh not in b.text, (path, a.text, b.text)
        assert web.get(path, accept='application/json', accept_language='zh').json()['error']['message'].isascii()
    body, kind = multipart([('file', 'a.txt', b'no picture'), ('file', 'b.png', pic.png(20, 20))])
    a = web.request('POST', '/upload', body, {'Content-Type': kind, 'Accept': 'text/html', 'Accept-Language': 'zh'})
    assert '不接受这种类型的文件。' in a.text and 'lang="en"' in a.text, a.text


def test_pages_are_escaped_whatever_the_name(web):
    evil = ['"><img src=x onerror=alert(1)>.png', "';alert(1)//.png", '{{7*7}}{{{x}}}.png', '</title><script>alert(1)</script>.png', '\u202egnp.exe.png']
    for name in evil:
        i = web.put_picture(pic.png(20, 20), name)
        t = web.get('/p/' + i['id'], accept='text/html').text
        assert 'onerror=alert(1)>' not in t and '<script>alert(1)' not in t, name
        body = re.sub(r'<script[^>]*src=[^>]*></script>', '', t)
        assert '<script>alert' not in body
        assert '49' not in re.findall(r'<title>(.*?)</title>', t)[0], 'a template ran a name'


def test_no_page_needs_another_host(web, cat):
    for path in ('/', '/p/' + cat['id']):
        t = web.get(path, accept='text/html').text
        for u in re.findall(r'(?:src|href)="(https?://[^"]+)"', t):
            assert u.startswith(web.url), u


def test_static_files(web):
    t = web.get('/', accept='text/html').text
    links = [u for u in re.findall(r'(?:src|href)="([^"]+\.(?:css|js|svg|ico)[^"]*)"', t)]
    assert links
    for u in links:
        a = web.get(html.unescape(u))
        assert a.status == 200 and len(a.body) > 0 and a.type in ('text/css', 'text/javascript', 'application/javascript', 'image/svg+xml', 'image/x-icon'), (u, a)
        assert a.header('X-Content-Type-Options') == 'nosniff', (u, a.headers)


def test_icon_where_no_page_names_it(web):
    a = web.get('/favicon.ico')
    assert a.status == 200 and a.header('Content-Type').startswith('image/svg+xml') and b'<svg' in a.body


def test_robots(web):
    a = web.get('/robots.txt')
    assert a.status == 200 and a.type == 'text/plain' and 'Disallow: /admin/' in a.text


def test_languages(web):
    a, b = web.get('/', accept='text/html', accept_language='zh-CN,zh;q=0.9'), web.get('/', accept='text/html', accept_language='en')
    assert a.body != b.body and 'lang="zh' in a.text and 'lang="en' in b.text
