"""
Pictures that nobody of this project made (../shared/corpus/visible) through twelve lists of steps: planned size, right way up,
right colours, that is a mean difference of at most 2 (CIE76) to a colour-managed reference (lib/reference.py). Each file takes
two of the lists in turn; TINTYPE_CORPUS_ALL=1 tries all on all, large ones too, which takes long.
"""
import concurrent.futures
import os
import struct
import threading

import numpy as np
import pytest
from PIL import Image

import pictures as pic
import reference as ref
from test_corpus import GROUPS, facts

pytestmark = pytest.mark.once

ALL = bool(os.environ.get('TINTYPE_CORPUS_ALL'))
DELTA_E = 2.0
SMALL_PX = 80
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


# Files that are not compared: mostly what the reference's decoder reads otherwise than browsers do.
NOT_COMPARED = {
    'pngsuite/tbbn0g04.png': 'Pillow takes its transparent grey for another one',
    'jpeg-coding/jfif-16bit-dqt.jpg': 'its quality is next to nothing, and so is that of what is made of it',
    'jpeg-coding/test.jpg': 'its quality is 2, and so is that of what is made of it',
    'bmp/pal4rle.bmp': 'Pillow does not know its run lengths', 'bmp/pal8rle.bmp': 'Pillow does not know its run lengths',
    'avif/alpha_noispe.avif': 'vips drops its alpha', 'orientation/clap_irot_imir_non_essential.avif': 'vips shows black',
    'gif/oob.gif': 'Pillow makes the canvas larger', 'gif/issue_1455_oversized.gif': 'Pillow makes the canvas larger',
    'gif/issue_1455_undersized.gif': 'Pillow fills what no frame covers', 'gif/border_touching_layers.gif': 'Pillow fills what no frame covers',
}
EXT = {'image/jpeg': '.jpg', 'image/png': '.png', 'image/webp': '.webp', 'image/bmp': '.bmp', 'image/tiff': '.tiff', 'image/gif': '.gif'}


def blocks(a, n=8):
    """Means of blocks: what a lossy format does to single pixels is no matter of colour."""
    h, w = (-(-s // n) * n for s in a.shape[:2])
    a = np.pad(a, ((0, h - a.shape[0]), (0, w - a.shape[1]), (0, 0)), 'edge')
    k = a[..., 3:] / 255
    p = np.concatenate([a[..., :3] * k, a[..., 3:]], -1).reshape(h // n, n, w // n, n, 4).mean((1, 3))
    return np.concatenate([p[..., :3] / np.maximum(p[..., 3:] / 255, 1e-6), p[..., 3:]], -1)


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
            if row['file'] in NOT_COMPARED:
                raise ref.Unknown(NOT_COMPARED[row['file']])
            whole = ref.parts(data, os.path.splitext(row['file'])[1].lower())
        except ref.Unknown as e:
            whole = None
            self.unknown.append('%s: %s' % (row['file'], e))
        if whole is not None:
            assert whole[0].shape[:2] == (m['height'], m['width']), (row['file'], whole[0].shape, m['width'], m['height'])
        for k in range(len(LISTS)) if ALL else (n % 12, (n * 5 + 3) % 12):
            self.variant(row['file'], m, whole, *LISTS[k])

    @staticmethod
    def difference(kind, want, got):
        if kind in ('image/jpeg', 'image/bmp') and (got[..., 3] == 255).all():
            want = flat(want)
        return ref.delta_e(blocks(want), blocks(got)) if kind in ('image/jpeg', 'image/webp') else ref.delta_e(want, got)

    def variant(self, name, m, whole, steps, make):
        a = self.web.request('GET', '/i/%s?x-oss-process=image/%s' % (m['id'], steps), timeout=120)
        self.seen += 1
        if a.status == 400 and 'rotate' in steps and max(m['width'], m['height']) > 4096:
            return              # OSS's own limit
        assert a.status == 200, (name, steps, a)
        if whole is None:
            return
        if a.type == 'image/webp' and min(m['width'], m['height']) < SMALL_PX:
            return              # halved colours of a pattern of pixels
        raw, right = whole
        got = ref.load(a.body, EXT[a.type])
        # Scaled in its own light or in sRGB: both are right, and far apart where the light is another one and the picture small.
        wants = [make(right(raw))] + ([right(make(raw))] if right is not ref.same else [])
        assert got.shape == wants[0].shape, (name, steps, got.shape, wants[0].shape)
        e = min(self.difference(a.type, want, got) for want in wants)
        with self.lock:
            self.compared += 1
            self.worst = sorted(self.worst + [(round(e, 2), name, steps)])[-8:]
        if e > DELTA_E:
            self.bad.append('%s %s: mean difference %.2f' % (name, steps, e))


@pytest.mark.parametrize('group', [g for g in GROUPS if not g.startswith('reject')])
def test_right_size_way_up_and_colour(web, corpus, group):
    run = Run(web, corpus)
    rows = [(n, r) for n, r in enumerate(facts(corpus, 'visible')) if r['file'].split('/')[0] == group or (not group and r['file'].split('/')[0] not in GROUPS)]

    def work(item):
        try:
            run.file(*item)
        except AssertionError as e:
            run.bad.append(str(e).split('\n')[0][:300])
        except Exception as e:
            run.bad.append('%s: %r' % (item[1]['file'], e))
    with concurrent.futures.ThreadPoolExecutor(2) as ex:
        list(ex.map(work, rows))
    print('%s: %d files, %d variants, %d compared; without a reference: %s' % (group, len(rows), run.seen, run.compared, '; '.join(run.unknown) or 'none'))
    print('%s: largest differences: %s' % (group, run.worst))
    assert not run.bad, '%d:\n%s' % (len(run.bad), '\n'.join(run.bad))


def png_with(chunks, rgb):
    """8x8 of one colour, with those chunks in front of the pixels."""
    data = pic.save(Image.new('RGB', (8, 8), rgb), 'PNG')
    return data[:33] + b''.join(pic.chunk(k, v) for k, v in chunks) + data[33:]


GAMA, CHRM = (lambda g: (b'gAMA', struct.pack('>I', g))), (lambda *x: (b'cHRM', struct.pack('>8I', *x)))
P3_XY = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)


@pytest.mark.parametrize('chunks, rgb, want', [
    ([], (200, 100, 50), (200, 100, 50)),
    ([GAMA(45455)], (200, 100, 50), (200, 100, 50)),
    ([GAMA(100000)], (128, 55, 8), (188, 128, 49)),
    ([GAMA(55556)], (128, 128, 128), (146, 146, 146)),
    ([GAMA(45455), CHRM(*P3_XY)], (180, 100, 60), (193, 97, 50)),
    ([CHRM(*P3_XY)], (180, 100, 60), (193, 97, 50)),
    ([(b'cICP', bytes((12, 13, 0, 1)))], (180, 100, 60), (193, 97, 50)),
    ([(b'cICP', bytes((1, 13, 0, 1))), GAMA(100000)], (180, 100, 60), (180, 100, 60)),
    ([(b'sRGB', b'\0'), GAMA(100000), CHRM(*P3_XY)], (180, 100, 60), (180, 100, 60)),
    ([GAMA(1), CHRM(*([0] * 8))], (180, 100, 60), (180, 100, 60))])
def test_what_a_png_says_of_its_colours(web, chunks, rgb, want):
    """gAMA, cHRM and cICP count where no profile is embedded; sRGB and nonsense make them none."""
    i = web.put_picture(png_with(chunks, rgb), 'c.png')['id']
    for steps in ('resize,m_fixed,w_4,h_4/format,png', 'crop,w_6/format,bmp', 'rotate,90/format,webp/quality,Q_100'):
        got = pic.open_(web.get('/i/%s?x-oss-process=image/%s' % (i, steps)).body).convert('RGB').getpixel((2, 2))
        assert pic.near(got, want, 4), (chunks, steps, got, want)
