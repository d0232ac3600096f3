"""Delete means gone: by link, by API, by admin; at once, everywhere, and only the one picture."""
import re

import pytest

import pictures as pic


def urls(i):
    return ['/i/' + i['id'], '/i/%s.%s' % (i['id'], i['format']), '/i/%s.webp' % i['id'], '/i/%s?x-oss-process=image/resize,w_70' % i['id'],
            '/i/%s/resize,w_71.png' % i['id'], '/p/' + i['id'], '/i/%s?download=1' % i['id']]


def by_link(web, i):
    """A person opens the link and presses the button; a GET alone must not delete (link previews follow every link)."""
    a = web.get(i['delete_url'], accept='text/html')
    assert a.status == 200 and a.type == 'text/html', a
    assert web.get('/i/' + i['id']).status == 200, 'deleted by a GET'
    hidden = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', a.text))
    action = re.search(r'<form[^>]*method="post"[^>]*action="([^"]+)"', a.text, re.I) or \
        re.search(r'<form[^>]*action="([^"]+)"[^>]*method="post"', a.text, re.I)
    to = action.group(1).replace('&amp;', '&') if action else i['delete_url']
    return web.post_form(to, hidden, accept='text/html')


def by_program(web, i):
    return web.request('DELETE', i['delete_url'], headers={'Accept': 'application/json'})


def by_post(web, i):
    return web.request('POST', i['delete_url'], b'', {'Accept': 'application/json'})


@pytest.mark.parametrize('how', [by_link, by_program, by_post])
def test_gone_at_once_everywhere(stack, web, how):
    data = pic.jpeg(300, 200, seed=41)
    i = web.put_picture(data, 'x.jpg')
    for _ in (1, 2):
        for u in urls(i):
            assert web.get(u).status == 200, u
    a = how(web, i)
    assert a.status in (200, 204, 303), a
    for u in urls(i):
        for method in ('GET', 'HEAD'):
            b = web.request(method, u)
            assert b.status == 410, (method, u, b)
    if stack.home:
        assert stack.cache_files(i['id']) == []
    again = by_program(web, i)
    assert again.status in (200, 204, 404, 410), again


def test_bytes_are_removed_when_nobody_shares_them(stack, web):
    if not stack.home:
        pytest.skip('looks into the store')
    i = web.put_picture(pic.png(333, 222, seed=42), 'alone.png')
    held = [f for f in stack.store_files() if i['sha256'] in f.replace('/', '') or i['id'] in f]
    assert held
    assert by_program(web, i).status in (200, 204)
    left = [f for f in stack.store_files() if i['sha256'] in f.replace('/', '') or i['id'] in f]
    assert [f.partition('/')[0] for f in left] == ['t'], left     # the tombstone


def test_shared_bytes_stay(web):
    data = pic.png(334, 222, seed=43)
    a, b = web.put_picture(data, 'one.png'), web.put_picture(data, 'two.png')
    assert web.get('/i/%s/resize,w_30.jpg' % b['id']).status == 200
    assert by_program(web, a).status in (200, 204)
    assert web.get(a['url']).status == 410
    assert web.get(b['url']).body == data and web.get('/i/%s/resize,w_30.jpg' % b['id']).status == 200
    c = web.put_picture(data, 'three.png')
    assert by_program(web, b).status in (200, 204)
    assert web.get(c['url']).body == data
    assert by_program(web, c).status in (200, 204)
    d = web.put_picture(data, 'four.png')
    assert web.get(d['url']).body == data


def test_wrong_tokens_delete_nothing(web):
    i, j = web.put_picture(pic.png(50, 50, seed=44), 'i'), web.put_picture(pic.png(50, 50, seed=45), 'j')
    good = web.path_of(i['delete_url'])
    bad = [good[:-1] + ('A' if good[-1] != 'A' else 'B'), good.replace(i['id'], j['id']), good[:-5], good + 'x']
    for path in bad:
        for method in ('DELETE', 'POST'):
            a = web.request(method, path, b'' if method == 'POST' else None, {'Accept': 'application/json'})
            assert 400 <= a.status < 500, (method, path, a)
    assert web.get(i['url']).status == web.get(j['url']).status == 200


def test_api_delete_needs_a_right(web):
    i = web.put_picture(pic.png(50, 50, seed=46), 'i')
    a = web.request('DELETE', '/api/v1/images/' + i['id'], headers={'Accept': 'application/json'})
    assert a.status in (401, 403), a
    assert web.get(i['url']).status == 200
    token = re.split(r'[/=?]', web.path_of(i['delete_url']))[-1]
    a = web.request('DELETE', '/api/v1/images/%s?token=%s' % (i['id'], token), headers={'Accept': 'application/json'})
    assert a.status in (200, 204), a
    assert web.get(i['url']).status == 410
    a = web.request('DELETE', '/api/v1/images/00000000000000', headers={'Accept': 'application/json'})
    assert a.status in (401, 403, 404), a


def test_upload_again_after_delete(stack, web):
    data = pic.png(51, 50, seed=47)
    for _ in range(3):
        i = web.put_picture(data, 'x.png')
        assert web.get(i['url']).body == data
        assert by_program(web, i).status in (200, 204)
        assert web.get(i['url']).status == 410


@pytest.mark.once
def test_delete_during_a_build_leaves_nothing(stack, web):
    """Variants asked for while the picture goes: each is served or 410, and none stays on disk."""
    if not stack.home:
        pytest.skip('looks into the cache folder')
    import threading
    for turn in range(5):
        i = web.put_picture(pic.jpeg(1600, 1200, seed=48 + turn), 'x.jpg')
        got = []

        def ask(n):
            got.append(web.get('/i/%s/resize,w_%d.png' % (i['id'], 600 + n)).status)
        ts = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
        for t in ts:
            t.start()
        assert by_program(web, i).status in (200, 204)
        for t in ts:
            t.join()
        assert set(got) <= {200, 410}, got
        for n in range(6):
            assert web.get('/i/%s/resize,w_%d.png' % (i['id'], 600 + n)).status == 410
        assert stack.cache_files(i['id']) == [], stack.cache_files(i['id'])
