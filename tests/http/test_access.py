"""Styles, the old @ grammar, saveas, access policies, signed addresses, and formats that are made later."""
import base64
import io
import re
import time

import pytest
from PIL import Image

import pictures as pic

KEY = 'new:fedcba9876543210,old:0123456789abcdef'


def size(a):
    assert a.status == 200, a
    return Image.open(io.BytesIO(a.body)).size


def b64(s):
    return base64.urlsafe_b64encode(s.encode()).decode().rstrip('=')


def ec(a):
    m = re.search(r'<EC>([^<]*)</EC>', a.text)
    return m.group(1) if m else None


@pytest.mark.once
def test_styles_by_every_separator(stack, web):
    stack.tintype('style', 'add', 'small', 'image/resize,w_40/format,png')
    stack.tintype('style', 'add', 'a.b-c_d', 'image/resize,w_30')
    i = web.put_picture(pic.jpeg(200, 100, seed=1), 'x.jpg')['id']
    for path in ('?x-oss-process=style/small', '!small', '-small', '_small', '/small', '.jpg!small', '@!small'):
        a = web.get('/i/%s%s' % (i, path))
        assert size(a) == (40, 20), (path, a)
        assert a.type == 'image/png', (path, a)
    for path in ('!a.b-c_d', '/a.b-c_d', '-a.b-c_d', '_a.b-c_d'):
        assert size(web.get('/i/%s%s' % (i, path))) == (30, 15), path
    assert size(web.get('/i/%s?x-oss-process=style/small|image/rotate,90/format,jpg' % i)) == (20, 40)      # more steps behind it
    a = web.get('/i/%s!missing' % i)
    assert a.status == 404 and '<Code>NoSuchStyle</Code>' in a.text, a
    assert [s.split('\t')[0] for s in stack.tintype('style', 'list').stdout.split('\n') if s] == ['a.b-c_d', 'small']
    stack.tintype('style', 'rm', 'small')
    assert web.get('/i/%s!small' % i).status == 404
    assert stack.tintype('style', 'add', 'bad', 'image/nothing,1', check=False).returncode == 1


@pytest.mark.once
def test_old_grammar(stack, web):
    i = web.put_picture(pic.jpeg(200, 100, seed=2), 'x.jpg')['id']
    for old, want, kind in (('100w', (100, 50), 'image/jpeg'), ('100w_100h_1e_1c', (100, 100), 'image/jpeg'),
                            ('50p.png', (100, 50), 'image/png'), ('60w_60h_4e.webp', (60, 60), 'image/webp')):
        a = web.get('/i/%s@%s' % (i, old))
        assert size(a) == want and a.type == kind, (old, a)
    a = web.get('/i/%s@100zz' % i)
    assert a.status == 400 and '<Error>' in a.text, a


def test_saveas_makes_a_picture(stack, web):
    i = web.put_picture(pic.jpeg(200, 100, seed=3), 'x.jpg')['id']

    def save(text):
        return web.post_form('/i/%s?x-oss-process' % i, {'x-oss-process': text})
    a = save('image/resize,w_50|sys/saveas,o_%s,b_%s' % (b64('dir/small.jpg'), b64('bucket')))
    assert a.status == 200, a
    got = a.json()
    assert (got['bucket'], got['object'], got['status']) == ('bucket', 'dir/small.jpg', 'OK'), got
    made = web.get('/i/' + got['id'])
    assert size(made) == (50, 25) and len(made.body) == got['fileSize'], got
    assert web.get('/p/' + got['id'], accept='application/json').json()['name'] == 'small.jpg'
    # Without steps that change anything the bytes are the source's own.
    a = save('image/resize,w_400|sys/saveas,o_%s' % b64('same.jpg'))
    assert a.status == 200 and web.get('/i/' + a.json()['id']).body == web.get('/i/' + i).body, a
    for bad in ('image/resize,w_50', 'image/resize,w_50|sys/saveas', 'image/resize,w_50|sys/saveas,o_', 'image/resize,w_50|sys/saveas,o_!!!', 'image/info|sys/saveas,o_YQ', ''):
        a = save(bad)
        assert a.status == 400, (bad, a)
    assert web.get('/i/%s?x-oss-process=image/resize,w_50|sys/saveas,o_YQ' % i).status == 400


@pytest.mark.once
def test_policy_styles(make_stack):
    s = make_stack({'access.policy': 'styles', 'access.steps': '"resize,w_30 resize,m_fill,h_20,w_20"', 'access.keys': '"%s"' % KEY})
    web = s.client
    s.tintype('style', 'add', 'thumb', 'image/resize,w_40')
    i = web.put_picture(pic.jpeg(200, 100, seed=4), 'x.jpg')['id']
    for path in ('', '.jpg', '.png', '?x-oss-process=image/resize,w_50', '/resize,w_50.jpg', '?x-oss-process=image/info',
                 '?x-oss-process=style/thumb|image/resize,w_10'):
        for _ in range(2):
            a = web.get('/i/%s%s' % (i, path))
            assert a.status == 403 and 'only accessed using style' in a.text, (path, a)
    assert size(web.get('/i/%s!thumb' % i)) == (40, 20)
    assert size(web.get('/i/%s?x-oss-process=style/thumb' % i)) == (40, 20)
    assert size(web.get('/i/%s?x-oss-process=image/resize,w_30' % i)) == (30, 15)
    assert size(web.get('/i/%s?x-oss-process=image/resize,w_20,m_fill,h_20' % i)) == (20, 20)      # the same in other words
    page = web.get('/p/' + i, accept='text/html')
    src = re.search(r'<img[^>]*src="([^"]*%s[^"]*)"' % i, page.text).group(1).replace('&amp;', '&')
    assert web.get(web.path_of(src)).status == 200, src


@pytest.mark.once
def test_policy_signed_and_rotation(make_stack):
    s = make_stack({'access.policy': 'signed', 'access.keys': '"%s"' % KEY})
    web = s.client
    i = web.put_picture(pic.jpeg(200, 100, seed=5), 'x.jpg')['id']

    def sign(path, *args):
        return web.path_of(s.tintype('sign', *args, web.url + path).stdout.strip())
    for path in ('/i/%s' % i, '/i/%s.jpg' % i, '/i/%s?x-oss-process=image/resize,w_50' % i, '/i/%s/resize,w_50.jpg' % i, '/i/%s?x-oss-process=image%%2Fresize%%2Cw_50' % i):
        assert web.get(path).status == 403, path
        good = sign(path)
        for _ in range(2):
            a = web.get(good)
            assert a.status == 200 and 'public' not in a.header('Cache-Control', ''), (good, a)
        assert web.get(path).status == 403, path
        cut = good[:-1] + ('A' if good[-1] != 'A' else 'B')
        for bad in (cut, good[:-1], good + 'x', good.replace('sig=new', 'sig=old'), good.replace('w_50', 'w_51') if 'w_50' in good else cut):
            assert web.get(bad).status == 403, bad
    assert s.cache_files(i) and all(f.startswith('x/') for f in s.cache_files(i)), s.cache_files(i)
    short = sign('/i/%s.jpg' % i, '--expires', '2')
    assert web.get(short).status == 200, short
    assert web.get(re.sub(r'exp=\d+', 'exp=9999999999', short)).status == 403
    time.sleep(3.2)
    a = web.get(short)
    assert a.status == 403 and 'expired' in a.text, a
    assert s.tintype('sign', 'http://elsewhere/x', check=False).returncode == 1


@pytest.mark.once
def test_slow_format_is_made_later(stack, web):
    i = web.put_picture(pic.jpeg(1400, 1000, seed=6), 'x.jpg')['id']
    url = '/i/%s?x-oss-process=image/resize,w_1200/format,auto' % i
    both = {'Accept': 'image/avif,image/webp,*/*'}
    a = web.request('GET', url, headers=both)
    assert a.status == 200 and a.type == 'image/webp' and a.header('Vary') == 'Accept', a
    assert int(re.search(r'max-age=(\d+)', a.header('Cache-Control')).group(1)) <= 60, a.headers
    assert web.request('GET', url, headers={'Accept': '*/*'}).type == 'image/jpeg'
    end = time.time() + 60
    while a.type != 'image/avif' and time.time() < end:
        time.sleep(0.3)
        a = web.request('GET', url, headers=both)
    assert a.type == 'image/avif', (a.headers, stack.log()[-5:])
    assert int(re.search(r'max-age=(\d+)', a.header('Cache-Control')).group(1)) > 60, a.headers
    # A small one is made at once, and what a client names is what it gets.
    url = '/i/%s?x-oss-process=image/resize,w_100/format,auto' % i
    for accept, want in (('image/avif,image/webp', 'image/avif'), ('image/webp', 'image/webp'), ('image/png', 'image/jpeg'), ('image/avif;q=0,image/webp', 'image/webp')):
        a = web.request('GET', url, headers={'Accept': accept})
        assert a.status == 200 and a.type == want, (accept, a)
