"""/i/...: the bytes, every header a client relies on, conditional and partial requests."""
import email.utils
import re
import time

import pytest
from PIL import ImageOps

import pictures as pic


@pytest.fixture
def cat(web):
    """(model, bytes) of a fresh JPEG."""
    data = pic.jpeg(320, 240, seed=int(time.time() * 1000) % 250)
    return web.put_picture(data, 'my "cat" 猫.jpg'), data


def forms(i):
    """The original and variants in all URL forms."""
    return ['/i/' + i['id'], '/i/%s.jpg' % i['id'], '/i/%s.png' % i['id'], '/i/%s?x-oss-process=image/resize,w_77' % i['id'],
            '/i/%s.jpg?x-oss-process=image/resize,w_78' % i['id'], '/i/%s/resize,w_79.webp' % i['id']]


def test_same_and_other_format(web, cat):
    i, data = cat
    assert web.get('/i/' + i['id']).body == data
    assert web.get('/i/%s.jpg' % i['id']).body == data
    assert web.get('/i/%s.jpeg' % i['id']).body == data
    for ext, mime, fmt in (('png', 'image/png', 'PNG'), ('webp', 'image/webp', 'WEBP')):
        a = web.get('/i/%s.%s' % (i['id'], ext))
        assert a.status == 200 and a.type == mime, (ext, a)
        im = pic.open_(a.body)
        assert im.format == fmt and im.size == (320, 240)
        assert pic.near(pic.corner(im, 'tl'), pic.RED) and pic.near(pic.corner(im, 'br'), pic.YELLOW)
    for ext, brand in (('avif', b'ftypavif'), ('heic', b'ftypheic')):
        a = web.get('/i/%s.%s' % (i['id'], ext))
        assert a.status == 200 and a.type == 'image/' + ext and a.body[4:12] == brand, (ext, a)


def test_unknown_extension_and_id(web, cat):
    i, _ = cat
    for path, st in (('/i/%s.exe' % i['id'], 404), ('/i/%s.svg' % i['id'], 404), ('/i/00000000000000', 404), ('/i/x', 404), ('/i/', 404),
                     ('/i/%s.jpg/x' % i['id'], 404), ('/i/%s/' % i['id'], 404), ('/i/%s//' % i['id'], 404), ('/i/%s.jpg.php' % i['id'], 404)):
        a = web.get(path)
        assert 400 <= a.status < 500, (path, a)
        if st == 404:
            assert a.status in (400, 404), (path, a)


def etag_of(a):
    """Apache calls the ETag of a file weak in its first second."""
    etag = a.header('ETag', '')
    return etag[2:] if a.header('Server', '').startswith('Apache') and etag.startswith('W/') else etag


def test_headers_of_every_form_first_and_second_time(web, cat):
    i, _ = cat
    for url in forms(i):
        seen = []
        for turn in (1, 2):
            a = web.get(url)
            assert a.status == 200, (url, a)
            assert a.header('X-Content-Type-Options') == 'nosniff', (url, turn, a.headers)
            assert 'sandbox' in a.header('Content-Security-Policy', ''), (url, turn, a.headers)
            cc = a.header('Cache-Control', '')
            assert 'max-age=' in cc and 'public' in cc, (url, turn, cc)
            assert re.match(r'^"[^"]+"$', etag_of(a)), (url, turn, a.header('ETag'))
            assert email.utils.parsedate_to_datetime(a.header('Last-Modified'))
            assert a.header('Content-Length') == str(len(a.body))
            assert len(a.all('Content-Type')) == len(a.all('ETag')) == len(a.all('Cache-Control')) == 1, a.headers
            assert a.header('X-Powered-By') is None and a.header('X-Accel-Redirect') is None and a.header('X-Sendfile') is None
            seen.append((a.type, a.body, a.header('Last-Modified'), etag_of(a)))
        assert seen[0] == seen[1], (url, [s[2:] for s in seen])


def test_no_header_twice(web, cat):
    """The program and its web server do not both send one."""
    i, _ = cat
    for path in forms(i) * 2 + ['/', '/p/' + i['id'], '/static/tintype.css', '/i/2aaaaaaaaaaaaa', '/no/such', '/admin/', '/healthz', '/metrics']:
        for accept in ('text/html', 'image/webp'):
            a = web.get(path, accept=accept)
            names = [k.lower() for k, _ in a.headers if k.lower() != 'set-cookie']
            assert len(names) == len(set(names)), (path, a.status, a.headers)


def test_conditional(web, cat):
    i, _ = cat
    for url in forms(i):
        web.get(url)
        a = web.get(url)
        etag, when = a.header('ETag'), a.header('Last-Modified')
        if etag.startswith('W/'):
            time.sleep(2.1)
            etag = web.get(url).header('ETag')
        for headers, st in (({'If-None-Match': etag}, 304), ({'If-None-Match': '"x", %s' % etag}, 304), ({'If-None-Match': '*'}, 304),
                            ({'If-None-Match': 'W/' + etag}, 304), ({'If-None-Match': '"other"'}, 200), ({'If-Modified-Since': when}, 304),
                            ({'If-Modified-Since': 'Mon, 01 Jan 1990 00:00:00 GMT'}, 200), ({'If-None-Match': '"other"', 'If-Modified-Since': when}, 200)):
            b = web.request('GET', url, headers=headers)
            assert b.status == st, (url, headers, b)
            if st == 304:
                assert b.body == b'' and b.header('ETag') == etag, (url, b.headers)
        b = web.request('GET', url, headers={'If-Match': '"other"'})
        assert b.status in (200, 412), (url, b)


def test_head(web, cat):
    i, _ = cat
    for url in forms(i):
        for turn in (1, 2):
            h, g = web.head(url), web.get(url)
            assert h.status == g.status == 200 and h.body == b'', (url, h)
            for name in ('Content-Type', 'Content-Length', 'Last-Modified', 'Cache-Control'):
                assert h.header(name) == g.header(name), (url, name, turn)
            assert etag_of(h) == etag_of(g), (url, turn)


def test_range(web, cat):
    i, data = cat
    for url in forms(i):
        whole = web.get(url).body
        for spec, want in (('bytes=0-9', whole[:10]), ('bytes=10-', whole[10:]), ('bytes=-7', whole[-7:]), ('bytes=5-5', whole[5:6]),
                           ('bytes=0-99999999', whole)):
            a = web.request('GET', url, headers={'Range': spec})
            assert a.status == 206 and a.body == want, (url, spec, a)
            assert a.header('Content-Range', '').endswith('/%d' % len(whole))
        a = web.request('GET', url, headers={'Range': 'bytes=99999999-'})
        assert a.status == 416, (url, a)
        a = web.request('GET', url, headers={'Range': 'lines=1-2'})
        assert a.status == 200 and a.body == whole
        a = web.request('GET', url, headers={'Range': 'bytes=0-9', 'If-Range': '"other"'})
        assert a.status == 200 and a.body == whole, (url, a)


def test_download_name(web, cat):
    i, _ = cat
    a = web.get('/i/%s?download=1' % i['id'])
    d = a.header('Content-Disposition', '')
    assert a.status == 200 and d.startswith('attachment') and "filename*=UTF-8''" in d, d
    assert '%E7%8C%AB' in d and '\n' not in d and '"cat"' not in d
    a = web.get('/i/%s/resize,w_30.png?download=1' % i['id'])
    assert a.status == 200 and '.png' in a.header('Content-Disposition') and '.jpg' not in a.header('Content-Disposition')
    assert not (web.get('/i/' + i['id']).header('Content-Disposition') or 'inline').startswith('attachment')


def test_server_timing(web, cat):
    i, _ = cat
    a = web.get('/i/%s?x-oss-process=image/resize,w_33' % i['id'])
    t = a.header('Server-Timing', '')
    if a.header('Server-Timing') is None:
        # A web server that sends the file itself may drop the program's headers; errors and pages have it everywhere.
        t = web.get('/p/' + i['id'], accept='text/html').header('Server-Timing', '')
    assert 'dur=' in t, a.headers


def test_request_id(web, cat):
    for path in ('/i/00000000000000', '/p/00000000000000', '/api/v1/nothing'):
        ids = {web.get(path).header('X-Request-Id') for _ in range(2)}
        assert None not in ids and len(ids) == 2, ids


def test_orientation_stays_right_side_up(web):
    """Eight ways to store the same picture: every variant shows it the same way up."""
    base = pic.canvas(120, 80)
    turn = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}     # PIL transpose that makes the stored from the shown
    for o, t in turn.items():
        im = base if t is None else base.transpose(t)
        i = web.put_picture(pic.save(im, 'JPEG', quality=95, exif=pic.exif(o, camera=False).tobytes()), 'o%d.jpg' % o)
        for url in ('/i/%s.png' % i['id'], '/i/%s?x-oss-process=image/resize,w_60/auto-orient,1' % i['id'],
                    '/i/%s/auto-orient,1/resize,w_60.webp' % i['id'], '/i/%s/resize,l_60.jpg' % i['id'], i['url']):
            a = web.get(url)
            assert a.status == 200, (o, url, a)
            got = ImageOps.exif_transpose(pic.open_(a.body))
            assert got.size[0] > got.size[1], (o, url, got.size)
            for c, want in (('tl', pic.RED), ('tr', pic.GREEN), ('bl', pic.BLUE), ('br', pic.YELLOW)):
                assert pic.near(pic.corner(got, c), want, 90), (o, url, c, pic.corner(got, c))
