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
    # HEIC as well, where it is asked for: the name of the format is in the address, and another format for a short time.
    url, end = '/i/%s?x-oss-process=image/resize,w_1200/format,heic' % i, time.time() + 60
    while (a := web.request('GET', url, headers=both)).type != 'image/heic' and time.time() < end:
        assert a.status == 200 and a.type == 'image/webp' and int(re.search(r'max-age=(\d+)', a.header('Cache-Control')).group(1)) <= 60, a.headers
        time.sleep(0.3)
    assert a.type == 'image/heic' and int(re.search(r'max-age=(\d+)', a.header('Cache-Control')).group(1)) > 60, (a.headers, stack.log()[-5:])


# What browsers and tools say when they want a picture, and the best they are known to take.
ACCEPTS = [
    ('image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'image/avif'),                                                   # Chrome, Edge
    ('text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7', 'image/avif'),
    ('image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5', 'image/avif'),                                               # Firefox
    ('image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5', 'image/avif'),     # Safari
    ('image/webp,image/apng,image/*,*/*;q=0.8', 'image/webp'),                                                                             # Chrome before AVIF
    ('image/heic,image/heif', 'plain'),                                                                                                    # is never picked
    ('image/webp,*/*', 'image/webp'),                                                                                                      # Firefox before AVIF
    ('image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5', 'plain'),                                                            # Safari before WebP
    ('image/gif, image/jpeg, image/pjpeg, application/x-ms-application, */*', 'plain'), ('*/*', 'plain'), ('', 'plain'), ('image/*', 'plain'), ('IMAGE/WEBP', 'image/webp'),
    ('image/avif;q=0,image/webp;q=0.1', 'image/webp'), ('image/avif;q=0.0,image/webp;q=0', 'plain')]


def test_format_by_what_browsers_accept(stack, web):
    """Three answers at most for one address, whatever the header's words; a cache is told so."""
    files = (('p.jpg', pic.jpeg(200, 100, seed=61), 'image/jpeg', True), ('p.png', pic.png(200, 100), 'image/png', True), ('a.webp', pic.webp(200, 100), 'image/jpeg', True),
             ('anim.gif', pic.gif(60, 40, 3), 'image/gif', False))
    for name, data, plain, still in files:
        i = web.put_picture(data, name)['id']
        bodies = {}
        for url in ('/i/%s?x-oss-process=image/resize,w_50/format,auto' % i, '/i/%s?x-oss-process=image/format,auto/resize,w_50' % i):
            for accept, want in ACCEPTS * 2:
                a = web.request('GET', url, headers={'Accept': accept} if accept else {})
                want = plain if want == 'plain' else want if still else 'image/webp'
                assert a.status == 200 and a.type == want and 'Accept' in a.header('Vary', '').split(', '), (name, accept, a.headers)
                assert bodies.setdefault(a.type, a.body) == a.body, (name, accept)
        if stack.home:
            assert len([f for f in stack.cache_files(i) if '/c/' in f]) == len(bodies) <= 3, stack.cache_files(i)
        # An answer that does not depend on the header does not say so.
        assert web.get('/i/%s?x-oss-process=image/resize,w_50' % i).header('Vary') in (None, 'Accept-Encoding')
        with_etag = web.request('GET', url, headers={'Accept': '*/*'})
        assert web.request('GET', url, headers={'Accept': '*/*', 'If-None-Match': with_etag.header('ETag')}).status == 304
        other = web.request('GET', url, headers={'Accept': 'image/webp', 'If-None-Match': with_etag.header('ETag')})
        assert other.status == 200 and other.type == 'image/webp', other


def test_signed_address_is_of_its_steps_alone(make_stack):
    """HMAC-SHA256 over path and steps: other steps, another picture, no steps are other addresses; saveas needs no less."""
    s = make_stack({'access.policy': 'signed', 'access.keys': '"%s"' % KEY})
    web = s.client
    i, j = (web.put_picture(pic.jpeg(200, 100, seed=n), 'x.jpg')['id'] for n in (71, 72))

    def sign(path, *args):
        return web.path_of(s.tintype('sign', *args, web.url + path).stdout.strip())
    good = sign('/i/%s?x-oss-process=image/resize,w_50' % i)
    sig = re.search(r'(?:[?&])(sig=[^&]*)', good).group(1)
    assert web.get(good).status == 200 and web.head(good).status == 200
    for bad in ('/i/%s?x-oss-process=image/resize,w_50&%s' % (j, sig), '/i/%s?%s' % (i, sig), '/i/%s.jpg?x-oss-process=image/resize,w_50&%s' % (i, sig),
                '/i/%s?x-oss-process=image/resize,w_50&%s&exp=99999999999' % (i, sig), good.replace('sig=', 'sig=&x='), good + '&x-oss-process=image/resize,w_9'):
        a = web.get(bad)
        # A second value of a parameter is never looked at.
        assert a.status == 403 or (bad.startswith(good) and size(a) == (50, 25)), (bad, a)
    assert web.post_form('/i/%s?x-oss-process' % i, {'x-oss-process': 'image/resize,w_50|sys/saveas,o_YQ'}).status in (401, 403)
