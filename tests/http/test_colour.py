"""
Pictures that nobody of this project made (../shared/corpus/visible) through twelve lists of steps: planned size, right way up,
right colours, that is a mean difference of at most 2 (CIE76) to a colour-managed reference (lib/reference.py). Each file takes
two of the lists in turn; TINTYPE_CORPUS_ALL=1 tries all on all, large ones too, which takes long.
"""
import concurrent.futures
import csv
import io
import os
import threading

import numpy as np
import pytest
from PIL import Image

import pictures as pic
import reference as ref
from client import shared
from test_corpus import MAY_REFUSE, facts

pytestmark = pytest.mark.once

ALL = bool(os.environ.get('TINTYPE_CORPUS_ALL'))
DELTA_E = 2.0
LARGE_PX = 13000000         # beyond, the reference takes too long for every day


# The lists: steps, and what they make of a reference. Rounding and origins are those of OSS.

def fit(a, w, h):
    """The box that a picture is fitted into by lfit, never growing."""
    H, W = a.shape[:2]
    if w > W and h > H:
        return W, H
    return (w, ref.half_up(H, w, W)) if w * H <= h * W else (ref.half_up(W, h, H), h)


def width(n):
    return lambda a: ref.scaled(a, n, ref.half_up(a.shape[0], n, a.shape[1])) if n <= a.shape[1] else a


def fill(w, h):
    def make(a):
        H, W = a.shape[:2]
        if w > W or h > H:
            return a
        sw, sh = (w, ref.half_up(H, w, W)) if w * H >= h * W else (ref.half_up(W, h, H), h)
        x, y = (sw - w) // 2, (sh - h) // 2
        return ref.scaled(a, sw, sh)[y:y + h, x:x + w]
    return make


def pad(w, h, colour):
    def make(a):
        s = ref.scaled(a, *fit(a, w, h))
        if (w > a.shape[1] and h > a.shape[0]):
            return a
        out = np.empty((h, w, 4))
        out[:] = colour + (255,)
        x, y = (w - s.shape[1]) // 2, (h - s.shape[0]) // 2
        k = s[..., 3:] / 255
        out[y:y + s.shape[0], x:x + s.shape[1], :3] = s[..., :3] * k + out[y:y + s.shape[0], x:x + s.shape[1], :3] * (1 - k)
        return out
    return make


def percent(p):
    return lambda a: ref.scaled(a, ref.half_up(a.shape[1], p, 100), ref.half_up(a.shape[0], p, 100))


def centre(w, h):
    def make(a):
        H, W = a.shape[:2]
        cw, ch = min(w, W), min(h, H)
        x, y = W // 2 - cw // 2, H // 2 - ch // 2
        return a[y:y + ch, x:x + cw]
    return make


def long_side(n):
    def make(a):
        H, W = a.shape[:2]
        if n > max(W, H):
            return a
        return ref.scaled(a, n, ref.half_up(H, n, W)) if W >= H else ref.scaled(a, ref.half_up(W, n, H), n)
    return make


def fixed(w, h):
    return lambda a: ref.scaled(a, w, h) if w <= a.shape[1] and h <= a.shape[0] else a


def cover(w, h):
    def make(a):
        H, W = a.shape[:2]
        if w > W or h > H:
            return a
        return ref.scaled(a, w, ref.half_up(H, w, W)) if w * H >= h * W else ref.scaled(a, ref.half_up(W, h, H), h)
    return make


def disc(r, before):
    def make(a):
        a = before(a)
        H, W = a.shape[:2]
        side = min(2 * r + 1, W, H)
        x, y = (W - side + 1) // 2, (H - side + 1) // 2
        a = a[y:y + side, x:x + side].copy()
        yy, xx = np.mgrid[:side, :side] + 0.5
        a[..., 3] *= np.clip(side / 2 - np.hypot(xx - side / 2, yy - side / 2) + 0.5, 0, 1)
        return a
    return make


def then(*makes):
    def make(a):
        for m in makes:
            a = m(a)
        return a
    return make


def strip_of(h):
    return lambda a: a[:h] if a.shape[0] > h else a


LISTS = [
    ('resize,w_400/format,png', width(400)),
    ('resize,m_fill,w_200,h_200/format,jpg/quality,Q_95', fill(200, 200)),
    ('resize,m_pad,w_300,h_300,color_808080/format,png', pad(300, 300, (128, 128, 128))),
    ('resize,p_50/format,png', percent(50)),
    ('crop,g_center,w_200,h_150/format,png', centre(200, 150)),
    ('rotate,90/resize,w_200/format,webp/quality,Q_98', then(lambda a: np.rot90(a, -1), width(200))),
    ('resize,l_320/format,jpg/quality,Q_95', long_side(320)),
    ('auto-orient,1/resize,w_160/format,png', width(160)),
    ('resize,m_fixed,w_120,h_90/format,bmp', fixed(120, 90)),
    ('indexcrop,y_100,i_0/resize,w_300/format,png', then(strip_of(100), width(300))),
    ('resize,w_240/circle,r_80/format,png', disc(80, width(240))),
    ('resize,m_mfit,w_150,h_150/format,tiff', cover(150, 150)),
]


def as_array(body):
    im = Image.open(io.BytesIO(body))
    im.load()
    return np.asarray(im.convert('RGBA'), np.float64)


def flat(a):
    """On white, as a format without transparency shows it."""
    k = a[..., 3:] / 255
    return np.concatenate([a[..., :3] * k + 255 * (1 - k), np.full(a.shape[:2] + (1,), 255.)], -1)


class Run:
    def __init__(self, web, corpus):
        self.web, self.corpus = web, corpus
        self.bad, self.unknown, self.seen, self.compared, self.worst = [], [], 0, 0, []
        self.lock = threading.Lock()

    def file(self, n, row):
        with open(os.path.join(self.corpus, 'corpus/visible', row['file']), 'rb') as f:
            data = f.read()
        up = self.web.upload((os.path.basename(row['file']), data))
        if up.status != 201:
            assert up.status in (413, 415, 422), (row['file'], up)
            return
        m = up.json()['images'][0]
        try:
            if not ALL and m['width'] * m['height'] > LARGE_PX:
                raise ref.Unknown('larger than %d pixels' % LARGE_PX)
            whole = ref.load(data, os.path.splitext(row['file'])[1].lower())
        except ref.Unknown as e:
            whole = None
            self.unknown.append('%s: %s' % (row['file'], e))
        if whole is not None:
            assert whole.shape[:2] == (m['height'], m['width']), (row['file'], whole.shape, m['width'], m['height'])
        for k in range(len(LISTS)) if ALL else (n % 12, (n * 5 + 3) % 12):
            self.variant(row['file'], m, whole, *LISTS[k])

    def variant(self, name, m, whole, steps, make):
        a = self.web.request('GET', '/i/%s?x-oss-process=image/%s' % (m['id'], steps), timeout=120)
        self.seen += 1
        if a.status == 400 and 'rotate' in steps and max(m['width'], m['height']) > 4096:
            return              # OSS's own limit
        assert a.status == 200, (name, steps, a)
        if whole is None:
            return
        want, got = make(whole), as_array(a.body)
        if a.type in ('image/jpeg', 'image/bmp') and (got[..., 3] == 255).all():
            want = flat(want)
        assert got.shape == want.shape, (name, steps, got.shape, want.shape)
        e = ref.delta_e(want, got)
        with self.lock:
            self.compared += 1
            self.worst = sorted(self.worst + [(round(e, 2), name, steps)])[-8:]
        if e > DELTA_E:
            self.bad.append('%s %s: mean difference %.2f' % (name, steps, e))


def test_right_size_way_up_and_colour(web, corpus):
    run = Run(web, corpus)
    rows = [r for r in facts(corpus, 'visible') if not r['file'].startswith('reject')]

    def work(item):
        try:
            run.file(*item)
        except AssertionError as e:
            run.bad.append(str(e).split('\n')[0][:300])
        except Exception as e:
            run.bad.append('%s: %r' % (item[1]['file'], e))
    with concurrent.futures.ThreadPoolExecutor(2) as ex:
        list(ex.map(work, enumerate(rows)))
    print('%d files, %d variants, %d compared; without a reference: %s' % (len(rows), run.seen, run.compared, '; '.join(run.unknown)))
    print('largest differences: %s' % run.worst)
    assert not run.bad, '%d:\n%s' % (len(run.bad), '\n'.join(run.bad))
    assert run.compared > run.seen * 0.8
