"""
Bad input, in tables: every value gets a 4xx with a cause and a request id (or, where a browser would be right to
send it, an ordinary answer), never a 5xx, never two answers, and no worker is lost.
"""
import os
import urllib.parse

import pytest

import pictures as pic
from client import multipart, statuses


@pytest.fixture(scope='module')
def cat(request):
    """The id of a picture; made anew for each front end."""
    return {}


@pytest.fixture
def pid(stack, web, cat):
    if stack not in cat:
        cat[stack] = web.put_picture(pic.jpeg(200, 150, seed=91), 'cat.jpg')['id']
    return cat[stack]


@pytest.fixture
def unharmed(stack):
    """The crash counter before and after, and what the logs say: nobody died of what the test did."""
    watch = bool(stack.home) and stack.front != 'cgi'
    before = stack.metric('tintype_sandbox_kills_total') if watch else 0
    yield
    assert stack.client.get('/healthz').status == 200
    if watch:
        assert stack.metric('tintype_sandbox_kills_total') == before
        for log in stack.log_files():
            with open(log, errors='replace') as f:
                text = f.read()
            for word in ('Assertion', 'AddressSanitizer', 'runtime error:', 'exited on signal'):
                assert word not in text, (word, log)


def refused(a, what):
    assert 400 <= a.status < 500, (what, a)


# Row 8: numbers that hurt.
NUMBERS = ['0', '-0', '-1', '00', '+5', ' 5', '5 ', '1e309', '1e3', 'NaN', 'nan', 'inf', '-inf', '0x10', '010x', '99999', '16385', '2147483647', '2147483648', '-2147483648',
           '4294967295', '4294967296', '4294967297', '9223372036854775807', '9223372036854775808', '18446744073709551615', '18446744073709551616',
           '1' * 40, '1.5', '1,5', '%00', '%0a5', '5%00', '٣', '５', '1_0', "1'", '1"', '1;', '1)', '$(1)', '`1`', '1|1', '%s', '%n%n%n', '', '_', '__', '-']
PLACES = ['resize,w_%s', 'resize,h_%s', 'resize,l_%s', 'resize,p_%s', 'crop,w_%s', 'rotate,%s', 'quality,Q_%s']
# Where the reference says a value is right after all, or says nothing: w_010 is 10, rotate,0 is legal, crop clips.
BOTH_ALLOWED = {'00', '-0', '0', '1,5', '1_0', '', '99999', '16385', '010x', '+5', '1|1', '2147483647', '5%00'}


@pytest.mark.parametrize('place', PLACES)
def test_numbers(web, pid, unharmed, place):
    for n in NUMBERS:
        for url in ('/i/%s?x-oss-process=image/%s' % (pid, place % urllib.parse.quote(n, safe='%,')),
                    '/i/%s/%s.png' % (pid, place % urllib.parse.quote(n, safe='%,'))):
            a = web.get(url)
            if n in BOTH_ALLOWED:
                assert a.status < 500, (url, a)
            else:
                refused(a, url)


STEPS = ['image', 'image/', 'image//', '/', '//', '|', '||', 'image/|', 'image/resize', 'image/resize,', 'image/resize,,', 'image/resize,w', 'image/resize,w_', 'image/resize,_10',
         'image/resize,w_10/', 'image/resize,w_10//crop,w_5', 'image/RESIZE,w_10', 'image/resize,W_10', 'image/resize,w_10,h', 'image/resize w_10', 'image/resize;w_10',
         'image/resize,w_10\n', 'image/resize,w_10\r\nX: y', 'image/resize,w_10\0', 'image/%72esize,w_10', 'image/résize,w_10', 'image/resize,w_10/info', 'image/info/resize,w_10',
         'image/crop', 'image/rotate', 'image/rotate,', 'image/rotate,90,90', 'image/auto-orient', 'image/auto-orient,1,1', 'image/format', 'image/format,', 'image/format,svg',
         'image/quality', 'image/quality,80', 'image/interlace', 'image/watermark', 'image/watermark,text_', 'image/watermark,image_', 'image/watermark,image_Li4vLi4vZXRjL3Bhc3N3ZA',
         'image/watermark,image_!!!!', 'image/watermark,text_!!!!', 'style', 'style/', 'style/../..', 'style/' + 'x' * 5000, 'sys/saveas,o_dGVzdA', 'image/resize,w_10|sys/saveas,o_dGVzdA',
         'image/' + '/'.join(['resize,w_10'] * 200), 'image/' + ','.join(['resize'] + ['w_10'] * 500), 'video/snapshot', 'image/../../etc/passwd', '<script>', "' OR 1=1 --",
         'image/resize,w_10' + '/rotate,90' * 60, 'a' * 3000, 'image/resize,m_../../x,w_10', 'image/crop,x_1000,y_1000,w_1,h_1', 'image/indexcrop,x_0,i_0', '%', '%%', '%zz', '\udcff\udcfe']
STEPS_FINE = {'image/quality,80', 'image/resize,w_10/', 'image/resize,w_10,h', 'image/rotate,', 'image/%72esize,w_10', 'image/info/resize,w_10', 'image/crop', 'image/resize,w_10//crop,w_5', 'image/resize,w_10/info',
              'image/' + ','.join(['resize'] + ['w_10'] * 500), 'image/resize,w_10\0'}


def test_steps(web, pid, unharmed):
    for s in STEPS:
        for q in (urllib.parse.quote(s.encode('utf-8', 'surrogateescape'), safe=''), urllib.parse.quote(s.encode('utf-8', 'surrogateescape'), safe='/,_')):
            a = web.get('/i/%s?x-oss-process=%s' % (pid, q))
            if s in STEPS_FINE:
                assert a.status < 500, (s, a)
            else:
                refused(a, s)
                assert a.type == 'application/xml' or a.status == 414 or len(q) > 3000, (s, a)


# Row 24: names of files.
TRAVERSAL = ['../', '../../', '..%2f', '..%2f..%2f', '%2e%2e/', '%2e%2e%2f', '%252e%252e%252f', '..%5c', '%5c..%5c', '..\\', '%c0%ae%c0%ae/', '%c0%af', '..%c0%af', '%e0%80%ae/',
             '....//', '..;/', './', '%2e/', '/', '//', '%00', '..%00/', '%0a', '%0d%0a', '~/', '%7e', '%2fetc%2fpasswd', '/etc/passwd', '/proc/self/environ', 'file:///etc/passwd',
             '.htaccess', '.user.ini', 'web.config', '.git/HEAD', '%ff%fe', '%u002e%u002e/', '\u2025/', '%e2%80%a5/', 'con', 'nul', 'a' * 300, 'a' * 1900, '.' * 100, '/' * 100,
             '%', '%2', '%zz', '?', ':', '*', '|', '<>', '{}', '[]', '`id`', '$(id)', ';id', '\'', '"']
PREFIXES = ['/i/%s', '/i/{pid}%s', '/i/{pid}/%s', '/i/{pid}/%s.jpg', '/i/{pid}/resize,w_10%s.jpg', '/p/%s', '/static/%s', '/api/v1/images/%s', '/_cache/%s', '/%s', '/admin/%s']


@pytest.mark.parametrize('prefix', PREFIXES)
def test_paths(web, pid, unharmed, prefix):
    for t in TRAVERSAL:
        for tail in ('etc/passwd', 'tintype.ini', ''):
            path = prefix.replace('{pid}', pid) % (t + tail)
            line = b'GET ' + path.encode('utf-8') + b' HTTP/1.1'
            if b' ' in path.encode():
                continue
            st, got = web.raw_request(line)
            assert len(st) == 1 and st[0] < 500, (path, st, got[:300])
            assert b'root:x:' not in got and b'[database]' not in got, path
            if st[0] == 200:
                # Only the pages that anyone may see, or the picture itself.
                body = got.split(b'\r\n\r\n', 1)[1]
                assert b'[site]' not in body and b'secret' not in body.lower().replace(b'secret.png', b''), (path, body[:200])


# Row 30: multipart bodies.
B = b'xyz'
PNG = pic.png(20, 20)
PART = b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n' + PNG + b'\r\n'
MULTIPART = [
    ('no boundary', 'multipart/form-data', PART + b'--xyz--\r\n'), ('empty boundary', 'multipart/form-data; boundary=', PART), ('quoted empty', 'multipart/form-data; boundary=""', PART),
    ('long boundary', 'multipart/form-data; boundary=' + 'b' * 300, PART), ('very long boundary', 'multipart/form-data; boundary=' + 'b' * 6000, PART), ('wrong boundary', 'multipart/form-data; boundary=abc', PART),
    ('never closed', 'multipart/form-data; boundary=xyz', PART), ('cut in the head', 'multipart/form-data; boundary=xyz', PART[:30]), ('cut in the data', 'multipart/form-data; boundary=xyz', PART[:-30]),
    ('only the end', 'multipart/form-data; boundary=xyz', b'--xyz--\r\n'), ('nothing', 'multipart/form-data; boundary=xyz', b''), ('garbage', 'multipart/form-data; boundary=xyz', os.urandom(5000)),
    ('no disposition', 'multipart/form-data; boundary=xyz', b'--xyz\r\nX: y\r\n\r\nabc\r\n--xyz--\r\n'), ('no name', 'multipart/form-data; boundary=xyz', b'--xyz\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--xyz--\r\n'),
    ('no blank line', 'multipart/form-data; boundary=xyz', b'--xyz\r\nContent-Disposition: form-data; name="f"\r\nabc\r\n--xyz--\r\n'),
    ('bare LF', 'multipart/form-data; boundary=xyz', PART.replace(b'\r\n', b'\n') + b'--xyz--\n'),
    ('huge head', 'multipart/form-data; boundary=xyz', b'--xyz\r\nX: ' + b'a' * 100000 + b'\r\n\r\nabc\r\n--xyz--\r\n'),
    ('many heads', 'multipart/form-data; boundary=xyz', b'--xyz\r\n' + b'X: y\r\n' * 20000 + b'\r\nabc\r\n--xyz--\r\n'),
    ('filename of 64 KB', 'multipart/form-data; boundary=xyz', PART.replace(b'a.png', b'a' * 65536) + b'--xyz--\r\n'),
    ('many parts', 'multipart/form-data; boundary=xyz', b'--xyz\r\nContent-Disposition: form-data; name="f"\r\n\r\na\r\n' * 20000 + b'--xyz--\r\n'),
    ('many empty boundaries', 'multipart/form-data; boundary=xyz', b'--xyz\r\n' * 50000 + b'--xyz--\r\n'),
    ('nested', 'multipart/form-data; boundary=xyz', b'--xyz\r\nContent-Disposition: form-data; name="f"\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\nContent-Disposition: file; filename="a.png"\r\n\r\n' + PNG + b'\r\n--in--\r\n--xyz--\r\n'),
    ('fields only', 'multipart/form-data; boundary=xyz', b'--xyz\r\nContent-Disposition: form-data; name="title"\r\n\r\nabc\r\n--xyz--\r\n'),
    ('field too long', 'multipart/form-data; boundary=xyz', b'--xyz\r\nContent-Disposition: form-data; name="title"\r\n\r\n' + b'a' * 300000 + b'\r\n--xyz--\r\n'),
    ('data URL to elsewhere', 'multipart/form-data; boundary=xyz', b'--xyz\r\nContent-Disposition: form-data; name="source"\r\n\r\nfile:///etc/passwd\r\n--xyz--\r\n'),
    ('mixed type', 'multipart/mixed; boundary=xyz', PART + b'--xyz--\r\n'), ('json', 'application/json', b'{"source":'), ('no type', '', PART), ('nul in type', 'multipart/form-data; boundary=x y z', PART),
]
MULTIPART_FINE = {'bare LF', 'filename of 64 KB', 'nested', 'many heads', 'no type'}


@pytest.mark.parametrize('name,kind,body', MULTIPART, ids=[m[0] for m in MULTIPART])
def test_multipart(web, unharmed, name, kind, body):
    for chunked in (False, True):
        h = {'Accept': 'application/json'}
        if kind:
            h['Content-Type'] = kind
        a = web.request('POST', '/upload', [body[i:i + 8192] for i in range(0, len(body), 8192)] if chunked else body, h)
        if name in MULTIPART_FINE:
            assert a.status < 500, (name, a)
        else:
            refused(a, name)
        # Only the web server itself may answer without our shape (header too large).
        if a.status not in (400, 414, 431) or a.type == 'application/json':
            assert 'request_id' in a.text or a.status == 201, a
            a.json()


def test_multipart_oddities_that_browsers_may_send(web, unharmed):
    """Quoting, order of parameters, charset, preamble: all of these are one good file."""
    heads = [b'Content-Disposition: form-data; name="f"; filename="a.png"', b'content-disposition:form-data;filename="a.png";name="f"',
             b'Content-Disposition: form-data; name=f; filename=a.png', b'Content-Disposition: form-data; name="f"; filename="a;b=\\"c.png"',
             b"Content-Disposition: form-data; name=\"f\"; filename*=UTF-8''%e7%8c%ab.png", b'Content-Type: image/png\r\nContent-Disposition: form-data; name="f"; filename="a.png"']
    for h in heads:
        for pre, kind in ((b'', 'multipart/form-data; boundary=xyz'), (b'preamble\r\n', 'multipart/form-data; boundary="xyz"'), (b'', 'Multipart/Form-Data; charset=utf-8; boundary=xyz')):
            body = pre + b'--xyz\r\n' + h + b'\r\n\r\n' + PNG + b'\r\n--xyz--\r\nepilogue'
            a = web.request('POST', '/upload', body, {'Content-Type': kind, 'Accept': 'application/json'})
            assert a.status == 201 and len(a.json()['images']) == 1, (h, kind, a)


def test_data_that_looks_like_a_boundary(web, unharmed):
    for inner in (b'\r\n--xy', b'\r\n--xyZ\r\n', b'--xyz', b'\r\n-', b'\r', b'\r\n\r\n--', b'\r\n--xyz'[:-1]):
        data = PNG + inner * 500
        body, kind = multipart([('f', 'a.png', data)], 'xyz')
        a = web.request('POST', '/upload', body, {'Content-Type': kind, 'Accept': 'application/json'})
        assert a.status in (201, 415, 422), (inner, a)
        if a.status == 201:
            assert a.json()['images'][0]['width'] == 20


# Row 32: two ideas of where a request ends.
DESYNC = [
    b'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', b'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n', b'Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc',
    b'Transfer-Encoding : chunked\r\nContent-Length: 3\r\n\r\nabc', b'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n', b'Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc',
    b'Content-Length: +3\r\n\r\nabc', b'Content-Length: -1\r\n\r\n', b'Content-Length: 3, 3\r\n\r\nabc', b'Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd', b'Content-Length: 0x3\r\n\r\nabc',
    b'Content-Length: 3 \r\n\r\nabc', b'Content-Length: 99999999999999999999\r\n\r\n', b'Content-Length: abc\r\n\r\n', b'Content-Length:\r\n\r\n', b'Transfer-Encoding: chunked\r\n\r\nZ\r\nabc\r\n0\r\n\r\n',
    b'Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n', b'Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n', b'Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n', b'Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n',
    b'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n', b'X: a\r\n b\r\nContent-Length: 3\r\n\r\nabc', b'\tContent-Length: 3\r\n\r\nabc', b'Content-Length\x00: 3\r\n\r\nabc', b'Foo\rTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc',
    b'Content_Length: 3\r\nContent-Length: 0\r\n\r\n', b'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n', b'X' * 9000 + b': y\r\n\r\n', b'X: ' + b'y' * 70000 + b'\r\n\r\n',
]


def test_desync(web, unharmed):
    for h in DESYNC:
        for method in (b'POST /upload', b'PUT /upload/a.png', b'GET /p/x'):
            got = web.raw(method + b' HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' + h, timeout=3)
            st = [s for s in statuses(got) if s != 100]
            assert len(st) <= 1 and all(400 <= s < 500 or s == 501 for s in st), (h[:80], method, st, got[:200])


def test_short_bodies(web, unharmed):
    """Less body than promised, and then the connection ends: nothing is stored, nothing hangs."""
    for n in range(5):
        web.raw(b'PUT /upload/a.png HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n' % (len(PNG) + 50) + PNG, timeout=0.3)
    assert web.upload(('a.png', PNG)).status == 201


# Row 34: what the web server makes of the address.
def test_path_info(web, pid, unharmed):
    for path in ('/i/%s%%0a' % pid, '/i/%s%%0d%%0aX: y' % pid, '/view.fcgi/x.php', '/upload.fcgi', '/view', '/i/%s.php' % pid, '/i/%s.jpg/.php' % pid, '//i/%s' % pid, '/i//%s' % pid,
                 '/i/%s;x' % pid, '/I/' + pid, '/cgi-bin/view', '/cgi-bin/upload?x', '/i/%s%%3Fx-oss-process=image/resize,w_5' % pid, '/i/%s%%23' % pid, '/%%69/%s' % pid):
        st, got = web.raw_request(b'GET ' + path.replace(' ', '%20').encode() + b' HTTP/1.1')
        assert len(st) == 1 and st[0] < 500, (path, st, got[:200])
        assert b'\r\nX: y' not in got.split(b'\r\n\r\n')[0]
    a = web.request('GET', '/p/' + pid, headers={'Proxy': 'http://127.0.0.1:1/', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-For': '6.6.6.6', 'Forwarded': 'host=evil.example'})
    assert a.status == 200 and 'evil.example' not in a.text


def test_host_headers(web, pid, unharmed):
    for host in ('evil.example"><script>', 'a' * 300, 'x y', '127.0.0.1:99999', '[::1', '', '../..', 'evil.example\\@x', 'é.example'):
        got = web.raw(b'GET /p/%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' % (pid.encode(), host.encode()))
        st = statuses(got)
        assert len(st) == 1 and st[0] < 500, (host, st)
        assert b'<script>"' not in got and b'evil.example"><script>' not in got


# Row 35: header lines from outside in an answer.
def test_header_injection(web, pid, unharmed):
    for name in ('a\r\nX-Evil: 1.png', 'a%0d%0aX-Evil: 1.png', 'a"; filename="evil.exe', "a'; x=y.png", '\u0085x.png', 'a\u2028b.png'):
        body = b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="' + name.replace('\r\n', '%0d%0a').encode() + b'"\r\n\r\n' + PNG + b'\r\n--xyz--\r\n'
        a = web.request('POST', '/upload', body, {'Content-Type': 'multipart/form-data; boundary=xyz', 'Accept': 'application/json'})
        assert a.status < 500
        if a.status == 201:
            b = web.get('/i/%s?download=1' % a.json()['images'][0]['id'])
            assert b.status == 200 and b.header('X-Evil') is None
            d = b.header('Content-Disposition')
            assert d.count('filename=') <= 1 and '\n' not in d, d
    for path in ('/p/%s?lang=en%%0d%%0aX-Evil:1' % pid, '/i/%s?download=1%%0d%%0aX-Evil:1' % pid, '/admin/login?next=%0d%0aX-Evil:1', '/admin/login?next=//evil.example/', '/p/%s%%0d%%0aX-Evil:%%201' % pid):
        a = web.get(path)
        assert a.header('X-Evil') is None and a.status < 500, (path, a)
        assert not (a.header('Location') or '').startswith(('//', 'http://evil'))


METHODS = ['OPTIONS', 'TRACE', 'CONNECT', 'PATCH', 'PROPFIND', 'DELETE', 'PUT', 'POST', 'FOO', 'GETX', 'get', 'A' * 200]


def test_methods(web, pid, unharmed):
    for m in METHODS:
        for path in ('/', '/upload', '/i/' + pid, '/p/' + pid, '/healthz', '/metrics', '/nothing'):
            st, got = web.raw_request(m.encode() + b' ' + path.encode() + b' HTTP/1.1', [b'Content-Length: 0'])
            assert len(st) == 1 and (st[0] < 500 or st[0] in (501, 505)), (m, path, st)
            if m not in ('OPTIONS', 'POST', 'PUT'):
                assert st[0] >= 400, (m, path, st)
    assert web.get('/i/' + pid).status == 200


HEADERS = [('Accept', 'x' * 3000), ('Accept', ','), ('Accept', ';q=2'), ('Accept', 'text/html;q=abc'), ('Accept-Language', 'x' * 3000), ('Accept-Language', ';;,,--'), ('Cookie', 'tintype_session=' + 'x' * 3000),
           ('Cookie', '='), ('Cookie', ';;;;'), ('Cookie', 'tintype_session=%00; tintype_form=\x01'), ('Cookie', 'a=b; ' * 500), ('If-None-Match', '"'), ('If-None-Match', 'W/' * 500), ('If-None-Match', ',' * 1000),
           ('If-Modified-Since', 'yesterday'), ('If-Modified-Since', 'Thu, 01 Jan 99999 00:00:00 GMT'), ('If-Modified-Since', 'x' * 1000), ('Range', 'bytes='), ('Range', 'bytes=-'), ('Range', 'bytes=9-1'), ('Range', 'bytes=0-0,' * 300),
           ('Range', 'bytes=-0'), ('Range', 'bytes=18446744073709551615-'), ('Range', 'bytes=0-18446744073709551615'), ('Range', 'bytes=--1'), ('Range', 'bytes=a-b'), ('If-Range', 'x'), ('Authorization', 'Basic ####'), ('Authorization', 'Bearer ' + 'x' * 2000),
           ('Content-Type', 'multipart/form-data; boundary=x'), ('Content-Encoding', 'gzip'), ('Expect', 'something'), ('X-CSRF-Token', 'x' * 3000), ('Referer', '\xff\xfe'), ('User-Agent', '() { :; }; echo x'), ('X-Forwarded-For', ',,,,'),
           ('X-Forwarded-For', 'x' * 2000), ('X-Forwarded-Proto', 'javascript'), ('Via', '\t'), ('Origin', 'null')]


def test_headers(web, pid, unharmed):
    for k, v in HEADERS:
        for path in ('/', '/p/' + pid, '/i/' + pid, '/i/%s/resize,w_44.png' % pid, '/admin/login'):
            st, got = web.raw_request(b'GET ' + path.encode() + b' HTTP/1.1', [k.encode() + b': ' + v.encode('latin-1')])
            assert len(st) == 1 and st[0] < 500, (k, v[:50], path, st)
            assert st[0] in (200, 206, 304, 303, 302) or 400 <= st[0], (k, v[:50], path, st)


QUERIES = ['?', '??', '?&', '?&&&&', '?=', '?=x', '?x', '?x=%', '?x=%zz', '?x=%00', '?%00=x', '?' + '&'.join('a%d=b' % i for i in range(500)), '?x=' + 'a' * 3900, '?x=' + 'a' * 7000, '?x-oss-process', '?x-oss-process=',
           '?x-oss-process=image/resize,w_10&x-oss-process=image/resize,w_20', '?x-oss-process[]=a', '?lang=../../x', '?lang=' + 'x' * 1000, '?download=', '?download=../x', '?x=\xff', '?x=%ff%fe', '?x=%f0%9f%98%80', "?id=1'--"]


def test_queries(web, pid, unharmed):
    for q in QUERIES:
        for path in ('/', '/p/' + pid, '/i/' + pid, '/i/%s/resize,w_45.png' % pid, '/oembed', '/admin/login', '/healthz'):
            st, got = web.raw_request(b'GET ' + (path + q).encode('latin-1') + b' HTTP/1.1')
            assert len(st) == 1 and st[0] < 500, (path, q[:60], st)
