"""Pictures by keys of their own: /k/photos/2024/cat.jpg is all that /i/ID is, may lead to another picture tomorrow, and is never a path of a file."""
import re
import urllib.parse

import pytest

import pictures as pic
from client import Client

JSON = {'Accept': 'application/json'}


def log_in(site, name, password):
    web = Client(site.client.url)
    token = web.get('/admin/login', accept='application/json').json()['csrf']
    a = web.post_form('/admin/login', {'csrf': token, 'name': name, 'password': password}, accept='application/json')
    assert a.status == 200, a
    return web


@pytest.fixture(scope='module')
def people(stack):
    """admin, and two accounts."""
    if not stack.home:
        pytest.skip('needs the admin password')
    out = {'admin': log_in(stack, 'admin', stack.admin_password())}
    for name in ('key-ann', 'key-bob'):
        stack.tintype('user', 'disable', name, check=False)
        if name not in stack.tintype('user', 'list').stdout:
            password = stack.tintype('user', 'add', name, '--generate').stdout.strip()
        else:
            password = stack.tintype('user', 'password', name, '--generate').stdout.strip()
        stack.tintype('user', 'enable', name)
        out[name] = log_in(stack, name, password)
    if 'key-thumb' not in stack.tintype('style', 'list').stdout:
        stack.tintype('style', 'add', 'key-thumb', 'image/resize,w_20')
    return out


def put(web, data, key, status=201, **fields):
    a = web.upload(('x.jpg', data), fields=[('key', key)] + list(fields.items()))
    assert a.status == status, (key, a)
    return a.json()['images'][0] if status == 201 else a.json()


def at(key):
    return '/k/' + urllib.parse.quote(key)


def test_a_key_is_as_good_as_the_id(stack, people, web):
    key = 'photos/2024/%s cat-1_x.jpg' % stack.front
    data = pic.jpeg(300, 200, seed=7)
    i = put(people['key-ann'], data, key)
    assert i['key'] == key and web.path_of(i['key_url']) == at(key)
    a = web.get(at(key))
    assert a.status == 200 and a.body == data and a.type == 'image/jpeg'
    assert web.get(at(key).replace('/', '%2F').replace('%2Fk%2F', '/k/')).status in (200, 404)      # a web server may refuse that
    for tail, same in (('?x-oss-process=image/resize,w_30', '?x-oss-process=image/resize,w_30'), ('!key-thumb', '!key-thumb'),
                       ('_key-thumb', '_key-thumb'), ('/key-thumb', '/key-thumb'), ('/resize,w_31.png', '/resize,w_31.png'),
                       ('@40w_30h.png', '@40w_30h.png'), ('?x-oss-process=style/key-thumb', '?x-oss-process=style/key-thumb'),
                       ('?x-oss-process=image/info', '?x-oss-process=image/info')):
        a, b = web.get(at(key) + tail), web.get('/i/' + i['id'] + same)
        assert a.status == 200 and a.body == b.body and a.type == b.type, (tail, a, b)
        assert web.head(at(key) + tail).status == 200
    a = web.get(at(key) + '?x-oss-process=image/resize,w_0')
    assert a.status == 400 and '<Code>' in a.text
    assert web.get(at(key) + '!no-such-style').status == 404 and web.get(at(key) + 'x').status == 404
    a = web.get(at(key))
    assert 'no-cache' in a.header('Cache-Control') and 'immutable' not in a.header('Cache-Control')
    b = web.get(at(key), if_none_match=a.header('ETag'))
    assert b.status == 304, b
    c = web.get(at(key) + '/resize,w_31.png')
    assert web.get(at(key) + '/resize,w_31.png', if_none_match=c.header('ETag')).status == 304


@pytest.mark.once
def test_a_key_that_is_set_again_leads_to_the_new_picture_at_once(people, web):
    key = 'turn/over.jpg'
    # Of the same second and size, as imports make them.
    for turn in range(4):
        data = pic.save(pic.canvas(64, 64, seed=turn), 'BMP')
        i = put(people['key-ann'], data, key)
        a = web.get(at(key))
        assert a.body == data
        if turn:
            assert web.get(at(key), if_none_match=etag).status == 200
            assert web.get(at(key) + '?x-oss-process=image/resize,w_10', if_none_match=small).status == 200
            assert web.get('/i/' + before['id']).status == 200, 'the old picture is still there by its id'
        etag, small, before = a.header('ETag'), web.get(at(key) + '?x-oss-process=image/resize,w_10').header('ETag'), i
    assert web.request('DELETE', i['delete_url'], headers=JSON).status == 200
    for u in (at(key), at(key) + '?x-oss-process=image/resize,w_10', at(key) + '!key-thumb', at(key) + '/resize,w_10.png'):
        assert web.get(u, if_none_match=etag).status == 410, u
    j = put(people['key-bob'], pic.jpeg(30, 30), key)
    assert web.get(at(key)).status == 200 and j['id'] != i['id']


@pytest.mark.once
def test_whose_key_it_is(people, web):
    put(people['key-ann'], pic.jpeg(31, 31), 'ann/1.jpg')
    m = put(people['key-bob'], pic.jpeg(32, 32), 'ann/1.jpg', 409)
    assert m['errors'][0]['code'] == 'CONFLICT'
    assert pic.size(web.get('/k/ann/1.jpg').body) == (31, 31)
    a = web.upload(('x.jpg', pic.jpeg(33, 33)), fields=[('key', 'nobody.jpg')])
    assert a.status == 403 and web.get('/k/nobody.jpg').status == 404
    put(people['admin'], pic.jpeg(34, 34), 'ann/1.jpg')
    assert pic.size(web.get('/k/ann/1.jpg').body) == (34, 34)
    a = people['key-ann'].request('PUT', '/upload/x.jpg?key=put/%C3%A9.jpg', pic.jpeg(35, 35), dict(JSON, **{'Content-Type': 'image/jpeg'}))
    assert a.status == 201 and a.json()['images'][0]['key'] == 'put/é.jpg'
    assert pic.size(web.get('/k/put/%C3%A9.jpg').body) == (35, 35)
    # Private stays private behind its key.
    put(people['key-ann'], pic.jpeg(36, 36), 'ann/private.jpg', visibility='private')
    assert web.get('/k/ann/private.jpg').status == 404
    a = people['key-ann'].get('/k/ann/private.jpg')
    assert a.status == 200 and 'private' in a.header('Cache-Control')


@pytest.mark.once
def test_what_is_a_key(people, web):
    ann = people['key-ann']
    longest = '猫' * 340 + 'abc'
    assert len(longest.encode()) == 1023
    deep = '/'.join(['d'] * 512)
    for key in ('a', longest, deep, 'ä ö/ü+%&?#.jpg', '.hidden/..x/...', "it's \"so\".png", '2024', 'a!b@c-d_e'):
        i = put(ann, pic.png(20, 20), key)
        a = web.get(at(key))
        assert a.status == 200 and pic.size(a.body) == (20, 20), (key, a)
        assert web.get(i['key_url']).status == 200
        if '#' not in key:
            assert web.get(at(key) + '!key-thumb').status == 200, key
    for key in ('/a', 'a/', 'a//b', '.', '..', 'a/../b', './a', 'a/.', 'a\\b', 'a\nb', 'a\x7f', longest + 'x', '/', b'a\xff', b'\xed\xa0\x80', b'a\0b'):
        a = ann.upload(('x.png', pic.png(20, 20)), fields=[('key', key)])
        assert a.status == 400, (key, a)
    for raw in (b'/k/../i/x', b'/k/%2e%2e/%2e%2e/etc/passwd', b'/k/a%00b', b'/k/a%5cb', b'/k//a', b'/k/a%ff', b'/k/', b'/k/a%2f%2fb', b'/k/..%2f..%2fx'):
        got, _ = web.raw_request(b'GET ' + raw + b' HTTP/1.1')
        assert got and got[0] in (301, 400, 403, 404), (raw, got)
    got, _ = web.raw_request(b'GET /k/' + b'%E7%8C%AB' * 600 + b' HTTP/1.1')
    assert got and got[0] in (400, 414)


@pytest.mark.once
def test_the_longest_key_wins(people, web):
    ann = people['key-ann']
    put(ann, pic.png(21, 21), 'w/a')
    put(ann, pic.png(22, 22), 'w/a-b')
    put(ann, pic.png(23, 23), 'w/a-b/c!key-thumb')
    for key, side in (('w/a', 21), ('w/a-b', 22), ('w/a-b/c!key-thumb', 23), ('w/a-b!key-thumb', 20), ('w/a-b/key-thumb', 20), ('w/a!key-thumb', 20)):
        assert pic.size(web.get(at(key)).body)[0] == side, key
    assert web.get('/k/w/a-b/c').status == 404
    assert re.search('<Code>NoSuchKey', web.get('/k/w?x-oss-process=image/resize,w_9').text)
