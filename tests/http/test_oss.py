"""
Every worked example of the reference (../shared/oss/examples.tsv): the fixture is uploaded, the steps are asked for, and
status, size, format and whatever the table says of the result are compared. What the table is not sure of is listed here
with the choice that was made, and compared as well.
"""
import base64
import csv
import json
import os
import re
import time
import urllib.parse
import xml.etree.ElementTree as ET

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

import pictures as pic
from client import shared

pytestmark = pytest.mark.once

FORMATS = {'jpg': 'image/jpeg', 'png': 'image/png', 'webp': 'image/webp', 'gif': 'image/gif', 'avif': 'image/avif', 'bmp': 'image/bmp', 'tiff': 'image/tiff', 'heic': 'image/heic'}

# Where the table is not sure, what we chose (tintype ops man, CHOICES): the size that is right here.
CHOSEN = {'rotate-006': (388, 468), 'rotate-007': (472, 472), 'circle-007': (300, 300)}

POST = 'POST body: x-oss-process='


def examples():
    path = shared() and os.path.join(shared(), 'oss/examples.tsv')
    if not path:
        return []
    with open(path, encoding='utf-8', newline='') as f:
        return list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))


def b64(s):
    return base64.urlsafe_b64encode(s.encode()).decode().rstrip('=')


def logo():
    """100x50, opaque, of one colour inside of a frame."""
    im = Image.new('RGB', (100, 50), (255, 0, 255))
    ImageDraw.Draw(im).rectangle([2, 2, 97, 47], fill=(0, 200, 0))
    return pic.save(im, 'PNG')


class Bench:
    """A stack with the fixtures uploaded, each once, and what the watermarks name."""

    def __init__(self, stack, corpus):
        self.web = stack.client
        self.fixtures = os.path.join(corpus, 'oss/fixtures')
        self.ids = {}
        stack.tintype('style', 'add', 'thumb', 'image/resize,w_50')
        self.web.put_picture(logo(), 'logo.png')
        self.web.put_picture(pic.png(300, 200), 'panda.png')

    def bytes_of(self, name, w, h):
        path = os.path.join(self.fixtures, name)
        if os.path.exists(path):
            with open(path, 'rb') as f:
                return f.read()
        if name.endswith('.heic'):
            return self.heic(w, h)
        if name.startswith('gray'):
            return pic.save(pic.canvas(w, h).convert('L'), 'JPEG', quality=82)
        return pic.jpeg(w, h, quality=82) if name.endswith('.jpg') else pic.png(w, h)

    def heic(self, w, h):
        """Made of a JPEG, in the background."""
        pid, end = self.web.put_picture(pic.save(Image.new('RGB', (w, h), (9, 99, 200)), 'JPEG'))['id'], time.time() + 120
        while (a := self.ask(pid, 'image/format,heic')).type != 'image/heic':
            assert a.status == 200 and time.time() < end, a
            time.sleep(0.3)
        return a.body

    def source(self, row):
        """Id of the row's picture: a fixture, or one of that size made here."""
        name = row['src_name']
        if name.startswith('missing'):
            return '00000000000000'
        if name not in self.ids:
            w, h = int(row['src_w']), int(row['src_h'])
            self.ids[name] = self.web.put_picture(self.bytes_of(name, w, h), name)['id']
        return self.ids[name]

    def open(self, a):
        """Pillow knows neither AVIF nor HEIC: taken in again, and looked at as a PNG."""
        if a.type not in ('image/avif', 'image/heic'):
            return pic.open_(a.body)
        made = self.web.put_picture(a.body, 'made.' + a.type[6:])
        png = self.web.get('/i/%s.png' % made['id'])
        assert png.status == 200 and pic.size(png.body) == (made['width'], made['height']), (png, made)
        return pic.open_(png.body)

    def ask(self, pid, process):
        return self.web.get('/i/%s?x-oss-process=%s' % (pid, urllib.parse.quote(process, safe='')))

    def image(self, pid, process):
        a = self.ask(pid, process)
        assert a.status == 200, a
        return pic.open_(a.body)


@pytest.fixture(scope='module')
def bench(make_stack):
    if not shared():
        pytest.skip('no ../shared beside the checkout (or TINTYPE_SHARED): needs the table of examples')
    return Bench(make_stack({}), shared())


def error(a):
    x = ET.fromstring(a.body)
    assert x.tag == 'Error' and a.type == 'application/xml', a
    for name in ('Code', 'Message', 'RequestId', 'HostId'):
        assert x.findtext(name), (name, a.text)
    assert a.header('x-oss-request-id') == x.findtext('RequestId')
    assert (x.findtext('EC') or None) == a.header('x-oss-ec'), a
    return x


def check_error(row, a):
    x, p = error(a), row['property']
    m = re.search(r'(0040-\d+)', p)
    if m:
        assert x.findtext('EC') == m.group(1), 'EC %s, not %s' % (x.findtext('EC'), m.group(1))
    m = re.search(r'Code (\w+)|^(InvalidArgument|BadRequest|TooManyPipes)\b', p)
    if m:
        assert x.findtext('Code') == (m.group(1) or m.group(2)), x.findtext('Code')
    m = re.search(r'"([^"]+)"', p) or re.match(r"(Advance cut's position is out of image\.)", p)
    if m:
        assert x.findtext('Message') == m.group(1), x.findtext('Message')


def rgb(im, x, y):
    return im.convert('RGB').getpixel((x, y))


def src_pixel(bench, pid, row, m, im):
    x, y, sx, sy = map(int, m.groups())
    src = bench.image(pid, 'image/format,png').convert('RGB')
    assert pic.near(rgb(im, x, y), src.getpixel((sx, sy)), 40), 'pixel (%d,%d) is not the source at (%d,%d)' % (x, y, sx, sy)


def changed_box(a, b, most=70):
    """Where two pictures of one size differ clearly: left, top, right, bottom."""
    d = ImageChops.difference(a.convert('RGB'), b.convert('RGB')).convert('L').point(lambda v: 255 if v > most else 0)
    return d.getbbox()


def logo_at(bench, pid, row, m, im):
    """The green of the logo inside of its box, and the source right outside of it."""
    x, y = int(m.group(1)), int(m.group(2))
    src = bench.image(pid, 'image/format,png')
    for dx, dy in ((6, 6), (94, 6), (6, 44), (94, 44), (50, 25)):
        assert pic.near(rgb(im, x + dx, y + dy), (0, 200, 0), 30), 'no logo at (%d,%d)' % (x + dx, y + dy)
    for dx, dy in ((-8, 25), (108, 25), (50, -8), (50, 58)):
        px, py = x + dx, y + dy
        if 0 <= px < im.width and 0 <= py < im.height:
            assert pic.near(rgb(im, px, py), rgb(src, px, py), 60), 'something besides the logo at (%d,%d)' % (px, py)


def logo_in_box(bench, pid, row, m, im):
    x0, x1, y0, y1 = map(int, m.groups())
    assert (x1 - x0, y1 - y0) == (100, 50)
    logo_at(bench, pid, row, re.match(r'(\d+),(\d+)', '%d,%d' % (x0, y0)), im)


def one_third(bench, pid, row, m, im):
    """The 300x200 logo fitted into 30 % of 400x267 is 120x80, 10 pixels from the corner."""
    box = changed_box(im, bench.image(pid, 'image/resize,w_400/format,png'), 30)
    assert box and abs(box[0] - 270) <= 3 and abs(box[1] - 177) <= 3 and abs(box[2] - 390) <= 3 and abs(box[3] - 257) <= 3, box


def half_blend(bench, pid, row, m, im):
    src = bench.image(pid, 'image/format,png')
    for x, y in ((20, 20), (50, 25), (80, 40)):
        want = tuple((a + b + 1) // 2 for a, b in zip(rgb(src, x, y), (0, 200, 0)))
        assert pic.near(rgb(im, x, y), want, 30), (x, y, rgb(im, x, y), want)


def unchanged(bench, pid, row, m, im):
    assert changed_box(im, bench.image(pid, 'image/format,png'), 20) is None


def tiled(bench, pid, row, m, im):
    px, py = int(m.group(1)), int(m.group(2))
    for i, j in ((0, 0), (1, 0), (2, 0), (0, 1), (2, 2)):
        assert pic.near(rgb(im, i * px + 50, j * py + 25), (0, 200, 0), 30), (i, j)
    src = bench.image(pid, 'image/format,png')
    assert pic.near(rgb(im, 105, 25), rgb(src, 105, 25), 60) and pic.near(rgb(im, 50, 60), rgb(src, 50, 60), 60)


def side_by_side(bench, pid, row, m, im):
    """The logo, a gap of 10, the text; the block in the middle."""
    box = changed_box(im, bench.image(pid, 'image/format,png'), 60)
    assert box and abs((box[0] + box[2]) / 2 - 200) <= 12 and abs((box[1] + box[3]) / 2 - 133) <= 12, box
    assert box[2] - box[0] > 150
    assert pic.near(rgb(im, box[0] + 50, box[3] - 25), (0, 200, 0), 30)


def stat(im):
    return ImageStat.Stat(im.convert('L'))


def more_or_less(what, up):
    def check(bench, pid, row, m, im):
        base = bench.image(pid, 'image/format,png')
        a, b = (getattr(stat(x), what)[0] for x in (im, base))
        assert a > b + 0.5 if up else a < b - 0.5, (what, a, b)
    return check


def corner_alpha(bench, pid, row, m, im):
    im = im.convert('RGBA')
    for x, y in ((0, 0), (im.width - 1, 0), (0, im.height - 1), (im.width - 1, im.height - 1)):
        assert im.getpixel((x, y))[3] == 0, (x, y)
    assert im.getpixel((im.width // 2, im.height // 2))[3] == 255


def corner_white(bench, pid, row, m, im):
    assert pic.near(rgb(im, 0, 0), (255, 255, 255), 6)


def quality_of(im):
    """What libjpeg's quality makes of a table, undone: the sum of the luminance table tells it."""
    base = (16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56,
            68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99)
    have = sum(im.quantization[0])

    def table(q):
        scale = 5000 // q if q < 50 else 200 - 2 * q
        return sum(min(255, max(1, (b * scale + 50) // 100)) for b in base)
    return min(range(1, 101), key=lambda q: abs(table(q) - have))


def quality(bench, pid, row, m, im):
    assert quality_of(im) == int(m.group(1)), quality_of(im)


def progressive(bench, pid, row, m, im):
    assert im.info.get('progressive')


def frames(bench, pid, row, m, im):
    assert im.n_frames == int(m.group(1)), im.n_frames


def first_frame(bench, pid, row, m, im):
    assert getattr(im, 'n_frames', 1) == 1


def smaller(bench, pid, row, m, im):
    less, more = (len(bench.ask(pid, s).body) for s in (row['process'], row['process'].partition('/quality')[0]))
    assert less < more


def cut_rows(bench, pid, row, m, im):
    """8 of the 17 rows at the top: of the pictures cut there and around it, that one is the nearest."""
    def off(y):
        want = bench.image(pid, 'image/resize,w_100/crop,y_%d,h_50/format,png' % y)
        return ImageStat.Stat(ImageChops.difference(im.convert('RGB'), want.convert('RGB')).convert('L')).mean[0]
    assert min((7, 8, 9), key=off) == 8


def padded(bench, pid, row, m, im):
    assert pic.near(rgb(im, im.width // 2, 0), (255, 255, 255), 6) and pic.near(rgb(im, im.width // 2, im.height - 1), (255, 255, 255), 6)


def text_at_corner(bench, pid, row, m, im):
    box = changed_box(im, bench.image(pid, 'image/format,png'), 60)
    assert box and box[0] > 120 and box[1] > 190 and box[2] <= 391 and box[3] <= 258, box


def opaque_inside(bench, pid, row, m, im):
    im = im.convert('RGBA')
    assert im.getpixel((0, 0))[3] == 0 and im.getpixel((50, 50))[3] == 255


# What the property column says, and how it is looked at. Every property must match one of these, or say nothing of pixels.
PROPERTIES = [(re.compile(p), f) for p, f in (
    (r'pixel\((\d+),(\d+)\)=src\((\d+),(\d+)\)', src_pixel), (r'pixel\(0,0\) alpha 0; pixel\(50,50\) opaque', opaque_inside),
    (r'occupies \[(\d+),(\d+)\)x\[(\d+),(\d+)\)', logo_in_box), (r'logo\.png 100x50 at \((\d+),(\d+)\)', logo_at), (r'30% of the main image', one_third),
    (r'50% blend', half_blend), (r'image unchanged', unchanged), (r'horizontal period (\d+), vertical period (\d+)', tiled), (r'logo left, text right', side_by_side),
    (r'alpha 0', corner_alpha), (r'corner white|corners filled \(white', corner_white), (r'variance decreases|stddev decreases', more_or_less('stddev', False)),
    (r'stddev increases', more_or_less('stddev', True)), (r'mean increases', more_or_less('mean', True)), (r'mean decreases', more_or_less('mean', False)),
    (r'[Ee]stimated quality (\d+)', quality), (r'stays (\d+)$', quality), (r'Q wins: (\d+)', quality), (r'progressive', progressive),
    (r'(\d+) frames', frames), (r'first frame', first_frame), (r'smaller than without quality', smaller), (r'cropped 17 rows', cut_rows), (r'padding FFFFFF|FFFFFF canvas', padded),
    (r'changed pixels only in the bottom-right', text_at_corner))]

# Words that are about the size alone, which is compared for every row.
PLAIN = re.compile(r'^$|centre-cropped|FileSize|index beyond|out of range|partial last|r=\(|size tolerance|not rotated|rotated before|Orientation 7|unchanged size|'
                   r'no effect on PNG|Content-Type|keeps source|animated WebP|target >=|long side|unknown key|padding accepted|URL-safe|enlarges|test/test|33\.5|order as written|299\.6|i default 0|pipe-separated')


def check_property(bench, pid, row, a):
    p, looked = row['property'], False
    im = bench.open(a)
    for pattern, look in PROPERTIES:
        m = pattern.search(p)
        if m:
            look(bench, pid, row, m, im)
            looked = True
    assert looked or PLAIN.search(p), 'nobody looked at: ' + p


def check_size(bench, row, a):
    if not row['out_w']:
        return
    want, size = (int(row['out_w']), int(row['out_h'])), bench.open(a).size
    assert size == CHOSEN.get(row['id'], want), '%dx%d, not %dx%d' % (size + want)


def check_json(row, a):
    told = json.loads(a.body)
    if row['process'] == 'image/average-hue':
        assert re.fullmatch(r'0x[0-9a-f]{6}', told['RGB']), told
        return
    for key, value in json.loads(re.match(r'(\{.*\}\})', row['property']).group(1)).items():
        assert told[key] == value, (key, told)
    for key, value in (('FrameCount', '1'), ('ResolutionUnit', '1'), ('XResolution', '1/1'), ('YResolution', '1/1')):
        assert told[key] == {'value': value}, (key, told)
    assert list(told) == sorted(told)


def check_saveas(bench, row):
    """The result becomes a picture of its own; where, the answer says."""
    pid, body = bench.source(row), row['process'][len(POST):]
    a = bench.web.post_form('/i/%s?x-oss-process' % pid, {'x-oss-process': body})
    assert a.status == 200 and a.type == 'application/json', a
    m, has_bucket = a.json(), ',b_' in body
    assert (m['bucket'], m['object'], m['status']) == ('test' if has_bucket else '', 'test.jpg', 'OK'), m
    made = bench.web.get('/i/' + m['id'])
    assert made.type == 'image/jpeg' and m['fileSize'] == len(made.body)
    assert bench.open(made).size == ((50, 33) if body.startswith('style/') else (100, 67))


def check_row(bench, row):
    if row['process'].startswith(POST):
        return check_saveas(bench, row)
    pid = bench.source(row)
    a = bench.ask(pid, row['process'])
    assert a.status == int(row['status']), 'status %d, not %s: %s' % (a.status, row['status'], a.text[:300] if a.status != 200 else a.type)
    if a.status != 200:
        return check_error(row, a)
    if row['out_fmt'] == 'json':
        assert a.type == 'application/json', a.type
        return check_json(row, a)
    assert a.type == FORMATS[row['out_fmt']] if row['out_fmt'] else a.type.startswith('image/'), (a.type, row['out_fmt'])
    check_size(bench, row, a)
    return check_property(bench, pid, row, a)


@pytest.mark.parametrize('group', sorted({r['group'] for r in examples()}) or ['none'])
def test_worked_examples(bench, group):
    """Every row of the table, and no failure is forgiven."""
    rows, bad = [r for r in examples() if r['group'] == group], []
    assert rows
    for r in rows:
        try:
            check_row(bench, r)
        except AssertionError as e:
            bad.append('%s %s %s: %s' % (r['id'], r['src_name'], r['process'], str(e).split('\n')[0][:300]))
        except Exception as e:
            bad.append('%s %s %s: %r' % (r['id'], r['src_name'], r['process'], e))
    assert not bad, '%d of %d:\n%s' % (len(bad), len(rows), '\n'.join(bad))
