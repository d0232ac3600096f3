"""
Pictures that nobody of this project made (../shared/corpus, absent from the tree: then all of this skips): everything a
good server accepts comes out at the right size and the right way up; everything hostile is refused or served safely.
"""
import concurrent.futures
import csv
import io
import os
import subprocess
import sys

import pytest
from PIL import Image, ImageOps

import pictures as pic
from client import shared
from stack import rss_kb, until

pytestmark = pytest.mark.once

GROUPS = ['apng', 'avif', 'bmp', 'exif', 'gif', 'heic', 'jpeg-coding', 'jpeg-color', 'jpeg-photo', 'kodak', 'large', 'orientation', 'png', 'pngsuite',
          'reject-other', 'reject-svg', 'screenshot', 'tiff', 'tiny', 'webp', '']

# Coding that no decoder here is asked to know; a clean refusal is right. Besides these, whatever vips or Pillow reads must be taken.
MAY_REFUSE = ('12-bit', 'lossless JPEG', 'arithmetic', 'BMP with JPEG', 'BMP with PNG', 'BigTIFF')

Image.MAX_IMAGE_PIXELS = None


def facts(corpus, folder):
    with open(os.path.join(corpus, 'corpus', folder, 'SOURCES.tsv'), encoding='utf-8', errors='replace', newline='') as f:
        return list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))


def each(rows, work):
    """work(row) for all rows, two at a time; the failures as one list."""
    bad = []

    def run(row):
        try:
            work(row)
        except AssertionError as e:
            bad.append('%s: %s' % (row['file'], str(e).split('\n')[0][:300]))
        except Exception as e:
            bad.append('%s: %r' % (row['file'], e))
    with concurrent.futures.ThreadPoolExecutor(2) as ex:
        list(ex.map(run, rows))
    assert not bad, '%d of %d:\n%s' % (len(bad), len(rows), '\n'.join(bad))


def fit(w, h, bw):
    """resize,w_BW of OSS: never enlarged, rounded half up."""
    return (w, h) if bw >= w else (bw, max(1, int(h * bw / w + 0.5)))


def close(got, want, off=1):
    return abs(got[0] - want[0]) <= off and abs(got[1] - want[1]) <= off


def likeness(a, b):
    """Mean difference of two pictures shrunk to 12x12, in greys."""
    a, b = (im.convert('L').resize((12, 12), Image.BOX).tobytes() for im in (a, b))
    return sum(abs(x - y) for x, y in zip(a, b)) / 144


@pytest.mark.parametrize('group', GROUPS)
def test_visible(web, corpus, group):
    rows = [r for r in facts(corpus, 'visible') if (r['file'].split('/')[0] == group if group else r['file'].split('/')[0] not in GROUPS)]
    assert rows or not group, 'no files of ' + group

    def work(r):
        path = os.path.join(corpus, 'corpus/visible', r['file'])
        with open(path, 'rb') as f:
            data = f.read()
        a = web.upload((os.path.basename(path), data))
        if group.startswith('reject'):
            assert a.status in (415, 422), a
            assert ('SVG' in a.text) == (group == 'reject-svg'), a.text
            return
        read = 'ok' in (r['vips_8.14'][:2], r['pillow_9.4'][:2])
        if a.status != 201 and (not read or any(m in r['notable'] + r['format'] for m in MAY_REFUSE)):
            assert a.status in (413, 415, 422), a
            return
        assert a.status == 201, a
        m = a.json()['images'][0]
        w, h = map(int, r['displayed_WxH'].split('x'))
        assert (m['width'], m['height']) == (w, h), 'size %s x %s told, %s x %s right' % (m['width'], m['height'], w, h)
        orig = web.get('/i/' + m['id'])
        assert orig.status == 200 and orig.type.startswith('image/'), orig
        for url, want in (('/i/%s?x-oss-process=image/resize,w_100/format,png' % m['id'], fit(w, h, 100)),
                          ('/i/%s/resize,m_fill,w_40,h_40.webp' % m['id'], None), ('/i/%s/resize,w_200/auto-orient,1.jpg' % m['id'], fit(w, h, 200))):
            v = web.get(url)
            assert v.status == 200, (url, v)
            if v.body == data:
                continue        # nothing to change: the stored bytes, which Pillow may not know
            im = ImageOps.exif_transpose(pic.open_(v.body))
            if want:
                assert close(im.size, want), (url, im.size, want)
            if group in ('orientation', 'exif') and 'm_fill' not in url:
                same_way_up(data, im, url)
    each(rows, work)


def same_way_up(data, im, url):
    try:
        ref = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        ref.load()
    except Exception:
        return
    assert likeness(ref, im) < 12, (url, 'does not look like the original the right way up: %.1f' % likeness(ref, im))


# What a worker may have held at its worst. AddressSanitizer holds back what was freed, up to 256 MB, to find its later use.
BOUND_KB = (32 if not os.environ.get('TINTYPE_SANITIZE') else 32 + 256) * 1024


def attack(own, files):
    """Upload all files, fetch what was taken. Never a 5xx, memory bounded, every worker alive at the end."""
    web = own.client
    workers = set(own.workers())
    top = {'upload': 0, 'view': 0}

    def work(r):
        with open(r['path'], 'rb') as f:
            data = f.read()
        a = web.request('PUT', '/upload/' + 'x', data, {'Accept': 'application/json'}, timeout=120)
        assert 400 <= a.status < 500 or a.status == 201, a
        if a.status == 201:
            m = a.json()['images'][0]
            b = web.get('/i/' + m['id'])
            assert b.status == 200 and b.type.startswith('image/') and b.header('X-Content-Type-Options') == 'nosniff' and 'sandbox' in b.header('Content-Security-Policy', ''), b
            for url in ('/i/%s/resize,w_80.png' % m['id'], '/i/%s?x-oss-process=image/resize,m_fill,w_50,h_50' % m['id']):
                v = web.request('GET', url, timeout=120)
                assert v.status == 200 or 400 <= v.status < 500, (url, v)
        for p in top:
            top[p] = max([top[p]] + [rss_kb(q, 'VmHWM') for q in own.processes(p)])
    each(files, work)
    assert max(top.values()) < BOUND_KB, top
    gone = workers - set(own.workers())
    assert not gone, 'workers lost: %s' % gone
    i = web.put_picture(pic.jpeg(seed=3), 'after.jpg')
    assert web.get('/i/%s/resize,w_40.png' % i['id']).status == 200


@pytest.fixture(scope='module')
def own(make_stack):
    if not shared():
        pytest.skip('no ../shared beside the checkout (or TINTYPE_SHARED): needs the picture corpus')
    return make_stack({'server.max_requests': '0'})


@pytest.mark.parametrize('group', ['bombs', 'corrupt', 'exif-bombs', 'fuzz-crashers', 'misnamed', 'svg', 'truncated'])
def test_hostile(own, corpus, group):
    rows = [r for r in facts(corpus, 'hostile') if r['file'].startswith(group + '/')]
    assert rows
    for r in rows:
        r['path'] = os.path.join(corpus, 'corpus/hostile', r['file'])
    attack(own, rows)


def test_generated(own, corpus, tmp_path):
    """The hostile files that a script makes: the same, and bombs are refused from their header alone."""
    p = subprocess.run([sys.executable, '-B', os.path.join(corpus, 'corpus/hostile/generators/run_all.py'), str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert p.returncode == 0, p.stdout[-500:]
    with open(tmp_path / 'INDEX.tsv', newline='') as f:
        rows = list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))
    for r in rows:
        r['path'] = str(tmp_path / r['file'])
        if not os.path.exists(r['path']):
            r['path'] = str(tmp_path / os.path.relpath(r['file'], 'generated'))
    attack(own, rows)


def test_crashers_are_remembered(own, corpus):
    """A file that cost a sandbox its life is refused the second time without starting one."""
    kills = own.metric('tintype_sandbox_kills_total')
    for r in facts(corpus, 'hostile'):
        path = os.path.join(corpus, 'corpus/hostile', r['file'])
        if not r['file'].startswith(('fuzz-crashers', 'bombs', 'corrupt')):
            continue
        with open(path, 'rb') as f:
            own.client.request('PUT', '/upload/x', f.read(), {'Accept': 'application/json'}, timeout=120)
    assert until(lambda: own.metric('tintype_sandbox_kills_total') == kills, 1)
