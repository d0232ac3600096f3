"""The variant cache: the web server answers alone, one builder, a cap a picture, and private stays private."""
import concurrent.futures
import os
import subprocess
import sys

import pytest

import pictures as pic
from procs import paused
from stack import until

FORMS = ['/i/%s?x-oss-process=image/resize,w_%d', '/i/%s/resize,w_%d.webp', '/i/%s/resize,w_%d/rotate,90.jpg',
         '/i/%s?x-oss-process=image/resize,w_%d/format,png']


def seen(stack):
    return stack.metric('tintype_requests_total{program="view"}')


@pytest.fixture
def cat(web):
    return web.put_picture(pic.jpeg(640, 480, seed=31), 'cat.jpg')


def test_second_request_does_not_run_our_code(stack, web, cat):
    if stack.front == 'cgi' or not stack.home:
        pytest.skip('looks at the counters of resident workers')
    for n, form in enumerate(FORMS):
        url = form % (cat['id'], 100 + n)
        first = web.get(url)
        assert first.status == 200, (url, first)
        before = seen(stack)
        for _ in range(10):
            a = web.get(url)
            assert a.status == 200 and a.body == first.body and a.type == first.type
        assert web.head(url).status == 200
        # /metrics itself is answered by one of the programs: at most these few may have been counted.
        assert seen(stack) - before <= 3, url


def test_second_request_works_with_all_workers_stopped(stack, web, cat):
    """The same promise, shown the hard way: no worker can run at all."""
    if stack.front == 'cgi' or not stack.home:
        pytest.skip('needs the pids of resident workers')
    urls = [f % (cat['id'], 200 + n) for n, f in enumerate(FORMS)]
    first = [web.get(u) for u in urls]
    assert [a.status for a in first] == [200] * len(urls)
    with paused(stack.workers):
        for u, a in zip(urls, first):
            b = web.request('GET', u, timeout=5)
            assert b.status == 200 and b.body == a.body, u


def test_equal_steps_share_one_file(stack, web, cat):
    if not stack.home:
        pytest.skip('looks into the cache folder')
    same = ['/i/%s?x-oss-process=image/resize,w_99,h_99', '/i/%s?x-oss-process=image/resize,h_99,w_99', '/i/%s?x-oss-process=image/resize,m_lfit,h_99,w_99,',
            '/i/%s/resize,w_99,h_99.jpg']
    for u in same:
        assert web.get(u % cat['id']).status == 200
    files = stack.cache_files(cat['id'])
    root = stack.conf('cache.dir')
    assert len({os.stat(os.path.join(root, f)).st_ino for f in files}) == 1, files


def test_stampede_builds_once(stack, web):
    if not stack.home:
        pytest.skip('reads the counters')
    i = web.put_picture(pic.jpeg(2400, 1800, seed=32), 'big.jpg')
    before = stack.metric('tintype_variants_total{tier="built"}')
    url = '/i/%s?x-oss-process=image/resize,w_500/rotate,90' % i['id']
    with concurrent.futures.ThreadPoolExecutor(64) as ex:
        got = list(ex.map(lambda _: web.request('GET', url, timeout=60), range(64)))
    assert {a.status for a in got} == {200} and len({a.body for a in got}) == 1
    assert stack.metric('tintype_variants_total{tier="built"}') - before == 1


@pytest.mark.once
def test_junk_variants_are_capped(stack, web, cat):
    if not stack.home:
        pytest.skip('looks into the cache folder')
    cap = int(stack.conf('cache.max_per_picture'))
    keep = web.get('/i/%s/resize,w_50.jpg' % cat['id']).body
    for n in range(3 * cap):
        a = web.get('/i/%s/resize,w_%d.jpg' % (cat['id'], 60 + n))
        assert a.status in (200, 429), a
    root = stack.conf('cache.dir')
    inodes = {os.stat(os.path.join(root, f)).st_ino for f in stack.cache_files(cat['id'])}
    assert len(inodes) <= cap, len(inodes)
    assert web.get('/i/%s/resize,w_50.jpg' % cat['id']).body == keep


@pytest.mark.once
def test_the_cache_may_vanish_at_any_time(stack, web, cat):
    if not stack.home:
        pytest.skip('removes the cache folder')
    import shutil
    url = '/i/%s/resize,w_321.jpg' % cat['id']
    first = web.get(url).body
    root = stack.conf('cache.dir')
    for name in ('v', 'y', 'x', 'tmp'):
        shutil.rmtree(os.path.join(root, name), ignore_errors=True)
    a = web.get(url)
    assert a.status == 200 and a.body == first, a
    assert web.put_picture(pic.jpeg(seed=33), 'x.jpg')


@pytest.mark.once
def test_reduced_copies_are_made_at_upload_of_large_pictures_and_else_when_first_needed(make_stack):
    s = make_stack({})

    def copies(blob):
        root = os.path.join(s.conf('cache.dir'), 'y', blob[:2])
        return sorted(n.split('.', 1)[1] for n in (os.listdir(root) if os.path.isdir(root) else []) if n.startswith(blob))
    for side, at_once, later in ((1919, [], ['1.jpg']), (1920, ['0.jpg', '1.jpg'], ['0.jpg', '1.jpg']), (800, [], ['1.jpg']), (479, [], [])):
        p = s.client.put_picture(pic.jpeg(side, 300, seed=side), 'x.jpg')
        assert copies(p['sha256']) == at_once, side
        assert s.client.get('/i/%s/resize,w_100.jpg' % p['id']).status == 200
        assert copies(p['sha256']) == later, side


@pytest.mark.once
def test_jobs_keep_the_cache_within_its_size(make_stack):
    s = make_stack({'cache.max_bytes': '1048576', 'image.pyramid': 'no'})
    i = s.client.put_picture(pic.jpeg(800, 600, seed=34, quality=95), 'x.jpg')
    for n in range(30):
        assert s.client.get('/i/%s/resize,w_%d/quality,Q_95.png' % (i['id'], 500 + n)).status == 200

    def total():
        root = s.conf('cache.dir')
        inodes = {}
        for d, _, names in os.walk(root):
            for n in names:
                st = os.stat(os.path.join(d, n))
                inodes[st.st_ino] = st.st_size
        return sum(inodes.values())
    s.tintype('jobs', '--once')
    assert until(lambda: total() <= 1048576 + 65536, 5), total()
    a = s.client.get('/i/%s/resize,w_500/quality,Q_95.png' % i['id'])
    assert a.status == 200


def test_temporary_files_do_not_stay(stack, web, cat):
    if not stack.home:
        pytest.skip('looks into the cache folder')
    tmp = os.path.join(stack.conf('cache.dir'), 'tmp')
    spool = stack.conf('server.spool_dir')
    assert until(lambda: not (os.listdir(tmp) if os.path.isdir(tmp) else []), 10), os.listdir(tmp)
    assert until(lambda: not [n for n in os.listdir(spool) if os.path.isfile(os.path.join(spool, n))], 10), os.listdir(spool)


# Takes the files of a folder away and puts them back, all the time.
FLICKER = """
import os, sys, time
names = [os.path.join(d, n) for d, _, ns in os.walk(sys.argv[1]) for n in ns]
while True:
    for end in ('', '.away'):
        for n in names:
            if not n.endswith('.bad'):
                try:
                    os.rename(n + end, n + ('' if end else '.away'))
                except FileNotFoundError:
                    pass
        time.sleep(0.004)
"""


@pytest.mark.parametrize('form', (FORMS[0], FORMS[1]))
def test_a_file_that_goes_while_it_is_served(stack, web, cat, form):
    """Found, and removed (trimmed, evicted) before the web server has opened it: the program is asked, nobody is told 404."""
    if not stack.home:
        pytest.skip('looks into the cache folder')
    url = form % (cat['id'], 131)
    whole = web.get(url)
    assert whole.status == 200
    folder = os.path.join(stack.conf('cache.dir'), 'v', cat['id'][12:], cat['id'])
    flicker = subprocess.Popen([sys.executable, '-c', FLICKER, folder])
    try:
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            got = [a for part in pool.map(lambda _: [web.request('GET', url) for _ in range(100)], range(6)) for a in part]
        assert flicker.poll() is None
    finally:
        flicker.kill()
        flicker.wait()
    bad = [(a.status, a.text[:200]) for a in got if a.status != 200 or a.body != whole.body or a.type != whole.type]
    assert not bad, (len(bad), bad[:3])
