"""The admin pages: in and out, the wall, search, detail, delete, health; and what strangers and forged forms get."""
import base64
import hashlib
import html
import html.parser
import json
import re
import secrets
import threading
import time
import urllib.parse

import pytest

import pictures as pic
from client import Client

SESSION = 'tintype_session'
PAGES = ['/admin/', '/admin/?q=x', '/admin/health']


class From(Client):
    """A client with an address of its own, so that its failed log-ins are its own too."""

    def __init__(self, url, address):
        super().__init__(url)
        self.address = address

    def move(self):
        """To another address, with its own tries."""
        self.address = '127.0.%d.%d' % (1 + secrets.randbelow(200), 1 + secrets.randbelow(200))
        return self

    def connect(self, timeout=None):
        c = super().connect(timeout)
        c.source_address = (self.address, 0)
        return c


def hidden(page):
    """The hidden fields of a page's forms, unescaped; of several with a name the last."""
    out = {}
    for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        out[html.unescape(name.group(1))] = html.unescape(value.group(1)) if value else ''
    return out


def forbidden(page):
    """What our policy would not let through, and so must not be there at all."""
    out = []

    class Look(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            keys = {k for k, _ in attrs}
            if tag in ('style', 'base', 'iframe', 'object', 'embed') or (tag == 'script' and 'src' not in keys):
                out.append(tag)
            out.extend(k for k in keys if k.startswith('on') or k == 'style')
            out.extend(v for _, v in attrs if v and v.lower().startswith('javascript:'))

    Look().feed(page)
    return out


def fresh_jpeg(w=300, h=200):
    """A picture whose bytes nobody else has."""
    im = pic.canvas(w, h)
    im.paste(tuple(secrets.token_bytes(3)), [w // 2, h // 2, w // 2 + 16, h // 2 + 16])
    return pic.save(im, 'JPEG', quality=80 + secrets.randbelow(15))


def form_login(web, name, password, **fields):
    a = web.get('/admin/login', accept='text/html')
    assert a.status == 200 and a.type == 'text/html', a
    return web.post_form('/admin/login', dict(hidden(a.text), name=name, password=password, **fields), accept='text/html')


def json_login(web, name, password):
    token = web.get('/admin/login', accept='application/json').json()['csrf']
    return web.post_form('/admin/login', {'csrf': token, 'name': name, 'password': password}, accept='application/json')


def get_json(web, path, status=200):
    a = web.get(path, accept='application/json')
    assert a.status == status and a.type == 'application/json', (path, a)
    return a.json()


def delete(web, ids, **fields):
    token = fields.pop('csrf', None) or get_json(web, '/admin/')['csrf']
    return web.post_form('/admin/delete', [('id', i) for i in ids] + [('csrf', token)] + list(fields.items()), accept='application/json')


@pytest.fixture
def stranger(stack):
    return From(stack.client.url, '').move()


@pytest.fixture
def admin(stack, stranger):
    """A client that is logged in as the administrator."""
    if not stack.home:
        pytest.skip('needs the admin password')
    a = json_login(stranger, 'admin', stack.admin_password())
    assert a.status == 200, a
    return stranger


@pytest.fixture
def user(stack):
    """Name and password of an account that is no administrator's."""
    if not stack.home:
        pytest.skip('needs the command')
    name = 'user-' + secrets.token_hex(6)
    return name, stack.tintype('user', 'add', '--generate', name).stdout.strip()


def session_key(web):
    """What the database calls the session."""
    return hashlib.sha256(web.cookies[SESSION].encode()).hexdigest()


# In and out

@pytest.mark.parametrize('path', PAGES + ['/admin/picture/00000000000000'])
def test_strangers_are_sent_to_the_log_in(stranger, path):
    a = stranger.get(path, accept='text/html,*/*;q=0.8')
    assert a.status == 303, a
    to = urllib.parse.urlsplit(a.header('Location'))
    assert to.path.endswith('/admin/login')
    assert urllib.parse.parse_qs(to.query)['next'] == [path]
    a = stranger.get(path, accept='application/json')
    assert a.status == 401 and a.json()['error']['code'] == 'LOGIN', a
    assert a.header('Cache-Control') == 'no-store'
    assert stranger.get(path).status == 401


def test_log_in_by_form(stack, stranger):
    if not stack.home:
        pytest.skip('needs the admin password')
    a = form_login(stranger, 'admin', stack.admin_password())
    assert a.status == 303 and a.header('Location').endswith('/admin/'), a
    cookie, = [c for c in a.all('Set-Cookie') if c.startswith(SESSION + '=')]
    flags = {f.strip().lower() for f in cookie.split(';')[1:]}
    assert {'httponly', 'samesite=lax', 'path=/'} <= flags, cookie
    assert 'secure' not in flags        # this connection is not https
    assert len(base64.urlsafe_b64decode(stranger.cookies[SESSION] + '=')) == 32
    a = stranger.get('/admin/', accept='text/html')
    assert a.status == 200 and 'admin' in a.text
    assert stranger.get('/admin/login', accept='text/html').status == 303   # is in already


def test_log_in_by_program(admin):
    assert get_json(admin, '/admin/')['pictures'] is not None


@pytest.mark.once
def test_names_may_begin_with_a_capital(stack, stranger):
    if not stack.home:
        pytest.skip('needs the admin password')
    assert json_login(stranger, 'Admin', stack.admin_password()).status == 200
    assert json_login(stranger, 'ádmin', stack.admin_password()).status == 401


@pytest.mark.once
def test_wrong_name_and_wrong_password_look_the_same(stranger):
    seen = set()
    for name in ('admin', 'nobody-of-this-name', "x' OR '1'='1", 'a' * 5000, ''):
        a = form_login(stranger, name, 'wrong password')
        assert a.status == 401 and a.type == 'text/html' and SESSION not in stranger.cookies, a
        assert a.header('Cache-Control') == 'no-store'
        page = re.sub(r'value="[^"]*"|<[^>]*request[^>]*>[^<]*', '', a.text)
        seen.add(re.sub(r'\b[0-9A-Za-z]{16}\b', '', page))
        a = json_login(stranger, name, 'wrong password')
        assert a.status == 401 and a.json()['error']['cause'] == 'wrong name or password', a
        stranger.move()
    assert len(seen) == 1, seen


def test_tries_are_limited(stack, stranger):
    name = 'limited-' + secrets.token_hex(4)
    tries = int(stack.conf('session.login_tries') or 10) if stack.home else 10
    for _ in range(tries):
        assert json_login(stranger, name, 'wrong password').status == 401
    for _ in range(2):
        a = json_login(stranger, name, 'wrong password')
        assert a.status == 429 and int(a.header('Retry-After')) > 0, a
    # Only a proxy that the settings name may say who is asking.
    token = get_json(stranger, '/admin/login')['csrf']
    for n in range(3):
        a = stranger.post_form('/admin/login', {'csrf': token, 'name': name, 'password': 'wrong password'}, accept='application/json',
                               x_forwarded_for='203.0.113.%d' % n, x_real_ip='203.0.113.%d' % n)
        assert a.status == 429, a
    a = form_login(stranger, name, 'wrong password')
    assert a.status == 429 and a.type == 'text/html' and int(a.header('Retry-After')) > 0, a
    if stack.home:                          # the right password does not help either ...
        assert json_login(stranger, 'admin', stack.admin_password()).status == 429
        neighbour = From(stack.client.url, '127.9.9.9')
        assert json_login(neighbour, 'admin', stack.admin_password()).status == 200     # ... but only from there


@pytest.mark.once
def test_many_tries_at_once_are_no_more(stack, stranger):
    name = 'parallel-' + secrets.token_hex(4)
    tries = int(stack.conf('session.login_tries') or 10) if stack.home else 10
    token = stranger.get('/admin/login', accept='application/json').json()['csrf']
    got = []

    def one():
        a = From(stranger.url, stranger.address).post_form('/admin/login', {'csrf': token, 'name': name, 'password': 'wrong password'},
                                                            accept='application/json', cookie='tintype_form=' + stranger.cookies['tintype_form'])
        got.append(a.status)

    threads = [threading.Thread(target=one) for _ in range(tries + 8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    # While tries are being counted some may be refused that would have been let through, never the other way.
    assert set(got) <= {401, 429} and 0 < got.count(401) <= tries, got


@pytest.mark.once
def test_good_log_ins_are_not_limited(stack, stranger):
    if not stack.home:
        pytest.skip('needs the admin password')
    for _ in range(int(stack.conf('session.login_tries') or 10) + 3):
        assert json_login(stranger, 'admin', stack.admin_password()).status == 200


@pytest.mark.once
def test_no_fixation(stack, stranger):
    """A session that was planted before the log-in is not the one after it, and leads nowhere."""
    if not stack.home:
        pytest.skip('needs the admin password')
    planted = base64.urlsafe_b64encode(bytes(32)).decode().rstrip('=')
    stranger.cookies[SESSION] = planted
    assert json_login(stranger, 'admin', stack.admin_password()).status == 200
    first = stranger.cookies[SESSION]
    assert first != planted
    # Logging in anew, with the token of the session one has, ends that session.
    assert json_login(stranger, 'admin', stack.admin_password()).status == 200
    assert stranger.cookies[SESSION] != first
    for old in (planted, first):
        a = stranger.get('/admin/', accept='application/json', cookie='%s=%s' % (SESSION, old))
        assert a.status == 401, a


@pytest.mark.once
def test_the_database_does_not_know_tokens(stack, admin):
    rows = stack.sql('select hex(token_hash) from session')
    assert [session_key(admin).upper()] in rows
    token = admin.cookies[SESSION]
    raw = base64.urlsafe_b64decode(token + '=').hex().upper()
    assert all(raw not in r for r in rows)


@pytest.mark.once
def test_strange_cookies_are_nobody(stranger):
    for cookie in ('', 'x', 'A' * 43, 'A' * 44, 'A' * 4000, '"', '../../x', '%00', 'a b', '=' * 43):
        assert stranger.get('/admin/', accept='application/json', cookie='%s=%s' % (SESSION, cookie)).status == 401, cookie


def test_log_out_is_for_good(admin):
    old = dict(admin.cookies)
    token = get_json(admin, '/admin/')['csrf']
    assert admin.post_form('/admin/logout', {}, accept='text/html').status == 403
    assert admin.get('/admin/logout').status == 405
    a = admin.post_form('/admin/logout', {'csrf': token}, accept='text/html')
    assert a.status == 303 and a.header('Location').endswith('/admin/login'), a
    assert SESSION not in admin.cookies
    admin.cookies.update(old)
    assert admin.get('/admin/', accept='application/json').status == 401


@pytest.mark.once
@pytest.mark.parametrize('column', ['seen_s', 'created_s'])
def test_sessions_end(stack, admin, column):
    limit = int(stack.conf('session.idle_s' if column == 'seen_s' else 'session.max_s') or {'seen_s': 14400, 'created_s': 604800}[column])
    key = session_key(admin)
    stack.sql("update session set %s = %s - %d where token_hash = x'%s'" % (column, column, limit - 30, key))
    assert admin.get('/admin/', accept='application/json').status == 200
    stack.sql("update session set %s = unix_timestamp() - %d where token_hash = x'%s'" % (column, limit + 1, key))
    assert admin.get('/admin/', accept='application/json').status == 401
    assert stack.sql("select count(*) from session where token_hash = x'%s'" % key) == [['0']]


@pytest.mark.once
def test_use_is_written_down_once_a_minute(stack, admin):
    key = session_key(admin)

    def seen(back=None):
        if back:
            stack.sql("update session set seen_s = unix_timestamp() - %d where token_hash = x'%s'" % (back, key))
        before = stack.sql("select seen_s from session where token_hash = x'%s'" % key)
        assert admin.get('/admin/', accept='application/json').status == 200
        return stack.sql("select seen_s from session where token_hash = x'%s'" % key) != before

    assert not seen(30)
    assert seen(90)
    assert not seen()


@pytest.mark.once
def test_a_new_password_or_disabling_ends_sessions(stack, stranger, user):
    name, password = user
    assert json_login(stranger, name, password).status == 200
    assert stranger.get('/admin/', accept='application/json').status == 403     # known, but no administrator
    password = stack.tintype('user', 'password', '--generate', name).stdout.strip()
    assert stranger.get('/admin/', accept='application/json').status == 401
    assert json_login(stranger, name, password).status == 200
    stack.tintype('user', 'disable', name)
    assert stranger.get('/admin/', accept='application/json').status == 401
    a = json_login(stranger, name, password)
    assert a.status == 401 and a.json()['error']['cause'] == 'wrong name or password', a


@pytest.mark.once
def test_users_are_no_administrators(stranger, user):
    a = form_login(stranger, *user, next='')
    assert a.status == 303 and a.header('Location').endswith('/'), a
    assert not a.header('Location').endswith('/admin/')
    for path in PAGES:
        assert stranger.get(path, accept='text/html').status == 403, path
    token = stranger.get('/admin/login', accept='application/json').json()['csrf']
    assert delete(stranger, ['00000000000000'], csrf=token, confirm='yes').status == 403


@pytest.mark.once
@pytest.mark.parametrize('to,good', [
    ('/admin/health', True), ('/admin/?q=a%20b&n=3', True), ('/upload', True), ('/', True),
    ('//evil.example/', False), ('///evil.example', False), ('/\\evil.example', False), ('\\\\evil.example', False), ('http://evil.example/', False),
    ('https:evil.example', False), ('javascript:alert(1)', False), ('/\t/evil.example', False), ('/\n/evil.example', False), (' /admin/', False),
    ('evil.example', False), ('', False), ('/x\r\nSet-Cookie: a=b', False), ('/' + 'a' * 3000, False), ('/a\\..\\b', False),
], ids=lambda v: str(v)[:20])
def test_next_stays_here(stack, stranger, to, good):
    if not stack.home:
        pytest.skip('needs the admin password')
    a = stranger.get('/admin/login?next=' + urllib.parse.quote(to, safe=''), accept='application/json')
    if good or a.status == 200:             # some web servers refuse control bytes by themselves
        assert a.json()['next'] == (to if good else '/admin/'), a
    else:
        assert a.status in (400, 414), a
    a = form_login(stranger, 'admin', stack.admin_password(), next=to)
    assert a.status == 303, a
    assert a.header('Location') == stranger.base + (to if good else '/admin/'), a.headers
    assert not any(c.startswith('a=') for c in a.all('Set-Cookie'))


def test_the_way_back_is_kept(stack, stranger):
    if not stack.home:
        pytest.skip('needs the admin password')
    path = '/admin/?q=100%25+%26&n=7'
    a = stranger.get(path, accept='text/html')
    a = stranger.get(a.header('Location'), accept='text/html')
    a = stranger.post_form('/admin/login', dict(hidden(a.text), name='admin', password=stack.admin_password()), accept='text/html')
    assert a.header('Location') == stranger.base + path
    assert get_json(stranger, path)['q'] == '100% &'


# Forged forms

def test_forms_need_their_token(stack, web, admin):
    i = web.put_picture(pic.jpeg(90, 60, seed=301), 'keep.jpg')
    own = get_json(admin, '/admin/')['csrf']
    other = From(stack.client.url, '127.8.8.8')
    assert json_login(other, 'admin', stack.admin_password()).status == 200
    foreign = get_json(other, '/admin/')['csrf']
    anonymous = Client(stack.client.url).get('/admin/login', accept='application/json').json()['csrf']
    bad = ['', 'x', foreign, anonymous, own[:-1], own + 'x', own.swapcase(), own[:-1] + ('A' if own[-1] != 'A' else 'E')]
    for path in ('/admin/delete', '/admin/logout'):
        for token in bad + [None]:
            fields = {'id': i['id'], 'confirm': 'yes'}
            if token is not None:
                fields['csrf'] = token
            a = admin.post_form(path, fields, accept='text/html')
            assert a.status == 403 and a.type == 'text/html', (path, token, a)
    assert web.get('/i/' + i['id']).status == 200
    # The header instead of the field.
    a = admin.post_form('/admin/delete', {'id': i['id'], 'confirm': 'yes'}, x_csrf_token=foreign, accept='application/json')
    assert a.status == 403 and a.json()['error']['code'] == 'CSRF', a
    a = admin.post_form('/admin/delete', {'id': i['id'], 'confirm': 'yes'}, x_csrf_token=own, accept='application/json')
    assert a.status == 200 and a.json()['deleted'] == [i['id']], a


@pytest.mark.once
def test_log_in_needs_the_token_of_its_visitor(stack, stranger):
    if not stack.home:
        pytest.skip('needs the admin password')
    fields = {'name': 'admin', 'password': stack.admin_password()}
    assert stranger.post_form('/admin/login', fields, accept='text/html').status == 403
    foreign = Client(stack.client.url).get('/admin/login', accept='application/json').json()['csrf']
    stranger.get('/admin/login', accept='application/json')
    assert stranger.post_form('/admin/login', dict(fields, csrf=foreign), accept='text/html').status == 403
    assert SESSION not in stranger.cookies


@pytest.mark.once
@pytest.mark.parametrize('method,path', [
    ('GET', '/admin/delete'), ('GET', '/admin/logout'), ('PUT', '/admin/'), ('DELETE', '/admin/picture/00000000000000'), ('POST', '/admin/'), ('POST', '/admin/health')])
def test_other_methods(admin, method, path):
    a = admin.request(method, path, headers={'Accept': 'application/json'})
    assert a.status == 405 and a.header('Allow'), a


@pytest.mark.once
def test_nothing_is_deleted_by_a_get(web, admin):
    i = web.put_picture(pic.jpeg(90, 60, seed=302), 'keep.jpg')
    token = get_json(admin, '/admin/')['csrf']
    for path in ('/admin/delete', '/admin/', '/admin/picture/' + i['id']):
        admin.get('%s?id=%s&confirm=yes&csrf=%s' % (path, i['id'], token), accept='text/html')
    assert web.get('/i/' + i['id']).status == 200


# What is shown

def test_headers_of_every_page(web, admin):
    i = web.put_picture(pic.jpeg(90, 60, seed=303), 'h.jpg')
    for path in PAGES + ['/admin/picture/' + i['id'], '/admin/login', '/admin/picture/nothing', '/admin/nothing']:
        for accept in ('text/html', 'application/json'):
            a = admin.get(path, accept=accept)
            assert a.all('Cache-Control') == ['no-store'], (path, a.headers)
            assert a.header('X-Content-Type-Options') == 'nosniff', (path, a.headers)
            if a.type == 'text/html':
                csp = a.header('Content-Security-Policy')
                assert "frame-ancestors 'none'" in csp and "default-src 'none'" in csp and 'unsafe' not in csp, csp
                assert forbidden(a.text) == [], path


@pytest.mark.once
def test_wall_pages(web, admin):
    mark = 'wall-' + secrets.token_hex(5)
    made = [web.put_picture(pic.jpeg(64, 48, seed=n), '%s-%d.jpg' % (mark, n))['id'] for n in range(7)]
    seen, path, pages = [], '/admin/?n=3&q=' + mark, 0
    while path:
        m = get_json(admin, path)
        assert ('newest' in m) == (pages > 0)
        seen += [p['id'] for p in m['pictures']]
        path = m.get('older')
        pages += 1
    assert pages == 3
    assert sorted(seen) == sorted(made) and seen == sorted(seen, reverse=True)
    time.sleep(1.1)         # ids of one second have no order
    late = web.put_picture(pic.jpeg(64, 48, seed=9), mark + '-late.jpg')['id']
    assert get_json(admin, '/admin/?n=3&q=%s&before=%s' % (mark, seen[2]))['pictures'][0]['id'] == seen[3]  # pages do not shift
    assert get_json(admin, '/admin/')['pictures'][0]['id'] >= late
    page = admin.get('/admin/?n=3&q=' + mark, accept='text/html').text
    thumb = html.unescape(re.search(r'<img[^>]*src="([^"]*/i/[^"]*)"', page).group(1))
    a = web.get(thumb)
    assert a.status == 200 and a.type == 'image/jpeg', a
    assert 'before=' in page


@pytest.mark.once
@pytest.mark.parametrize('query', ['before=x', 'before=zzzzzzzzzzzzzz', 'n=0', 'n=101', 'n=-1', 'n=x', 'n=', 'n=1e1', "before='"])
def test_wall_refuses_nonsense(admin, query):
    a = admin.get('/admin/?' + query, accept='application/json')
    assert a.status == 400 and a.json()['error']['cause'], a


@pytest.mark.once
@pytest.mark.parametrize('name,find,miss', [
    ('100%-sure', '0%-sure', '0_-sure'), ('a_b-under', 'a_b-under', 'a%under'), ("o'clock-quote", "o'clock-quote", 'o"clock-quote'),
    ('back\\slash-x', 'k\\slash-x', 'k%slash-x'), ('猫と犬-cjk', 'と犬-cjk', 'と猫-cjk'), ('emoji-😀-x', '😀-x', '😁-x'), ('semi;colon--', ';colon--', '; colon--'),
])
def test_search(web, admin, name, find, miss):
    mark = secrets.token_hex(5)
    i = web.put_picture(pic.jpeg(64, 48, seed=11), 'photo.jpg', title=name + mark)

    def found(q):
        return [p['id'] for p in get_json(admin, '/admin/?q=' + urllib.parse.quote(q))['pictures']]

    assert found(find + mark) == [i['id']]
    assert found(miss + mark) == []
    assert found(mark.upper()) == [i['id']]
    page = admin.get('/admin/?q=' + urllib.parse.quote(find + mark), accept='text/html').text
    assert 'value="%s"' % html.escape(find + mark).replace('&#x27;', '&#39;') in page.replace('&#x27;', '&#39;')


@pytest.mark.once
def test_search_by_id_and_address(web, admin):
    i = web.put_picture(pic.jpeg(64, 48, seed=12), 'q.jpg')
    for q in (i['id'], i['url'], i['page'], i['page'] + '?lang=zh', '/i/%s/resize,w_20.jpg' % i['id']):
        assert [p['id'] for p in get_json(admin, '/admin/?q=' + urllib.parse.quote(q, safe=''))['pictures']] == [i['id']], q
    for q in (i['id'].swapcase(), 'ÿþ', '%', '\x00', 'a' * 3000, "' OR 1=1 -- ", '\\'):
        a = admin.get('/admin/?q=' + urllib.parse.quote(q, safe=''), accept='application/json')
        assert a.status in (200, 400), (q, a)
        assert a.status == 400 or i['id'] not in [p['id'] for p in a.json()['pictures']], q


@pytest.mark.once
def test_detail(stack, web, admin):
    data = fresh_jpeg(300, 200)
    i = web.put_picture(data, 'detail.jpg', title='The title')
    m = get_json(admin, '/admin/picture/' + i['id'])
    assert (m['width'], m['height'], m['format'], m['title'], m['sha256']) == (300, 200, 'jpg', 'The title', i['sha256'])
    assert m['uploader']['address'] == '127.0.0.1' and m['uploader']['account'] == '' and m['sharing'] == 0
    assert web.get(m['preview']).status == 200
    assert m['delete_url'] == i['delete_url']
    again = web.put_picture(data, 'same.jpg')
    assert get_json(admin, '/admin/picture/' + again['id'])['sharing'] == 1
    a = admin.get('/admin/picture/' + i['id'], accept='text/html')
    assert a.status == 200 and 'The title' in a.text
    for bad in ('x', '00000000000000', i['id'] + 'x', '..', '%2e%2e', "'"):
        assert admin.get('/admin/picture/' + bad, accept='application/json').status in (400, 404), bad


@pytest.mark.once
def test_names_are_escaped(web, admin):
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    i = web.put_picture(pic.jpeg(64, 48, seed=14), evil + '.jpg', title="</title>'" + evil)
    report = {'csrf': hidden(web.get('/p/%s/report' % i['id'], accept='text/html').text).get('csrf', ''), 'reason': 'reason ' + evil}
    web.post_form('/p/%s/report' % i['id'], report, accept='text/html')
    token = get_json(admin, '/admin/')['csrf']
    pages = [admin.get(p, accept='text/html') for p in
             ('/admin/', '/admin/picture/' + i['id'], '/admin/?q=' + urllib.parse.quote(evil), '/admin/login?next=' + urllib.parse.quote(evil))]
    pages.append(admin.post_form('/admin/delete', {'id': i['id'], 'csrf': token, 'back': '/admin/?q=' + urllib.parse.quote(evil)}, accept='text/html'))
    pages.append(form_login(Client(web.url), evil, evil, next=evil))
    assert pages[0].status == pages[1].status == pages[4].status == 200
    for a in pages:
        assert '<script>alert' not in a.text and '<img src=x' not in a.text, a
    assert '&lt;script&gt;alert' in pages[1].text
    assert 'reason ' in json.dumps(get_json(admin, '/admin/picture/' + i['id'])['audit'])


@pytest.mark.once
def test_deleted_pictures_leave_the_wall_and_keep_their_trail(web, admin):
    i = web.put_picture(pic.jpeg(64, 48, seed=15), 'trail.jpg')
    assert delete(admin, [i['id']], confirm='yes').json()['deleted'] == [i['id']]
    assert i['id'] not in [p['id'] for p in get_json(admin, '/admin/')['pictures']]
    m = get_json(admin, '/admin/picture/' + i['id'], 410)
    assert m['deleted']['reason'] == 'admin' and m['deleted']['at'] and 'preview' not in m
    assert [(l['account'], l['action']) for l in m['audit']] == [('admin', 'delete')]
    assert admin.get('/admin/picture/' + i['id'], accept='text/html').status == 410
    assert get_json(admin, '/admin/?q=trail')['pictures'] == []


# Delete

def test_delete_one_by_form(web, admin):
    i = web.put_picture(pic.jpeg(64, 48, seed=16), 'one.jpg')
    a = admin.get('/admin/picture/' + i['id'], accept='text/html')
    fields = {'csrf': hidden(a.text)['csrf'], 'id': i['id'], 'back': '/admin/?n=5'}
    a = admin.post_form('/admin/delete', fields, accept='text/html')
    assert a.status == 200, a                       # asks first
    assert web.get('/i/' + i['id']).status == 200
    fields = hidden(a.text)
    assert fields['id'] == i['id'] and fields['confirm'] == 'yes' and fields['back'] == '/admin/?n=5'
    a = admin.post_form('/admin/delete', fields, accept='text/html')
    assert a.status == 303 and a.header('Location') == admin.base + '/admin/?n=5&deleted=1', a
    for path in ('/i/' + i['id'], '/i/%s.jpg' % i['id'], '/i/%s/resize,w_30.jpg' % i['id'], '/p/' + i['id']):
        assert web.get(path).status == 410, path
    assert get_json(admin, a.header('Location'))['deleted'] == 1
    a = admin.post_form('/admin/delete', dict(fields), accept='text/html')      # the button pressed twice
    assert a.status == 303, a
    del fields['confirm']
    assert admin.post_form('/admin/delete', fields, accept='text/html').status == 410


@pytest.mark.once
def test_delete_many(web, admin):
    made = [web.put_picture(pic.jpeg(64, 48, seed=20 + n), 'many-%d.jpg' % n)['id'] for n in range(5)]
    kept = web.put_picture(pic.jpeg(64, 48, seed=20), 'kept.jpg')['id']     # the same bytes as the first
    m = delete(admin, made).json()
    assert m['count'] == 5 and [p['id'] for p in m['pictures']] == made
    unknown = '00000000000001'
    m = delete(admin, made + made[:2] + [unknown], confirm='yes').json()
    assert m['deleted'] == made and m['missing'] == [unknown]
    assert [web.get('/i/' + i).status for i in made] == [410] * 5
    assert web.get('/i/' + kept).status == 200


@pytest.mark.once
def test_delete_refuses_nonsense(admin):
    for ids in ([], ['x'], ['00000000000000', "'"], [''], ['0000000000000%d' % (n % 10) + 'x' for n in range(3)],
                ['%014d' % n for n in range(101)]):
        for fields in ({}, {'confirm': 'yes'}):
            a = delete(admin, ids, **fields)
            assert a.status == 400 and a.json()['error']['cause'], (ids[:2], a)


@pytest.mark.once
def test_back_stays_here(web, admin):
    for n, back in enumerate(('//evil.example/', 'http://evil.example', '/\\evil.example', 'javascript:1')):
        i = web.put_picture(pic.jpeg(64, 48, seed=30 + n), 'back.jpg')
        token = get_json(admin, '/admin/')['csrf']
        a = admin.post_form('/admin/delete', {'id': i['id'], 'confirm': 'yes', 'back': back, 'csrf': token}, accept='text/html')
        assert a.status == 303 and a.header('Location') == admin.base + '/admin/?deleted=1', a


# Health

def test_health(stack, admin):
    m = get_json(admin, '/admin/health')
    assert m['well'] is True and m['version']
    assert {c['name']: c['state'] for c in m['checks']} == {'database': 'ok', 'memcached': 'ok', 'store': 'ok', 'sandbox': 'ok'}
    assert all(d['free_bytes'] > 0 and not d['failed'] for d in m['disks']) and {'originals', 'cache', 'spool'} <= {d['name'] for d in m['disks']}
    assert m['index']['sessions'] >= 1 and m['index']['jobs_failed'] == 0
    if stack.front != 'cgi':                # where processes come and go with the requests
        assert {w['program'] for w in m['workers']} <= {'upload', 'view', 'admin', 'sandbox', 'tintype'}
        seen = {w['pid'] for w in m['workers'] if w['program'] == 'admin'}
        assert seen and seen & set(stack.processes('admin'))
        assert all(w['rss_bytes'] > 100000 and 0 <= w['age_s'] < 86400 for w in m['workers'])
    before = {c['name'] + c['label']: c['value'] for c in m['counters']}
    json_login(From(stack.client.url, '127.7.7.7'), 'nobody', 'wrong password')
    after = {c['name'] + c['label']: c['value'] for c in get_json(admin, '/admin/health')['counters']}
    assert after['tintype_logins_failed_total'] > before['tintype_logins_failed_total']
    assert after['tintype_requests_total{program="admin"}'] > before['tintype_requests_total{program="admin"}']
    a = admin.get('/admin/health', accept='text/html')
    assert a.status == 200 and m['version'] in a.text
