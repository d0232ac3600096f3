"""
Every worked example of the reference (../shared/oss/examples.tsv): the fixture is uploaded, the steps are asked for,
and status, size and format are compared, with the tolerance the reference itself allows.
"""
import csv
import io
import json
import os
import re
import urllib.parse
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

import pictures as pic

pytestmark = pytest.mark.once

DONE = set((os.environ.get('TINTYPE_OPS') or 'resize crop rotate auto-orient quality format interlace').split())
FORMATS = {'jpg': 'image/jpeg', 'png': 'image/png', 'webp': 'image/webp', 'gif': 'image/gif', 'avif': 'image/avif', 'bmp': 'image/bmp', 'tiff': 'image/tiff', 'heic': 'image/heic'}


def examples(corpus):
    with open(os.path.join(corpus, 'oss/examples.tsv'), encoding='utf-8', newline='') as f:
        return list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))


def actions(process):
    """Names of the operations that a row needs."""
    out = set()
    for command in process.split('|'):
        kind, _, rest = command.partition('/')
        if kind == 'image':
            out |= {op.split(',')[0] for op in rest.split('/') if op}
        else:
            out.add(kind)
    return out


# Rows that need what is not offered, with the reason.
NOT_OFFERED = {'format-007': 'HEIC is read, not made'}

KNOWN = {'resize', 'crop', 'indexcrop', 'circle', 'rounded-corners', 'rotate', 'auto-orient', 'blur', 'bright', 'contrast', 'sharpen', 'interlace', 'quality', 'format',
         'watermark', 'info', 'average-hue', 'style', 'sys'}


@pytest.fixture(scope='module')
def sources():
    return {}


def source(web, corpus, sources, row):
    """Id of the uploaded source of a row: a fixture, or a picture of that size made here."""
    name = row['src_name']
    if name not in sources:
        path = os.path.join(corpus, 'oss/fixtures', name)
        if os.path.exists(path):
            with open(path, 'rb') as f:
                data = f.read()
        else:
            w, h = int(row['src_w']), int(row['src_h'])
            fmt = name.rpartition('.')[2]
            if fmt == 'heic':
                return None
            data = (pic.jpeg(w, h, quality=82) if fmt == 'jpg' else pic.png(w, h))
        sources[name] = web.put_picture(data, name)['id']
    return sources[name]


def check(web, corpus, sources, row):
    pid = '00000000000000' if row['src_name'].startswith('missing') else source(web, corpus, sources, row)
    if pid is None:
        return 'no source'
    a = web.get('/i/%s?x-oss-process=%s' % (pid, urllib.parse.quote(row['process'], safe='')))
    assert a.status == int(row['status']), 'status %d, not %s: %s' % (a.status, row['status'], a.text[:200] if a.status != 200 else a.type)
    if a.status != 200:
        x = ET.fromstring(a.body)
        m = re.search(r'EC (0040-\d+)', row['property'])
        if m:
            assert x.findtext('EC') == m.group(1), 'EC %s, not %s' % (x.findtext('EC'), m.group(1))
        m = re.search(r'Code (\w+)', row['property'])
        if m:
            assert x.findtext('Code') == m.group(1), x.findtext('Code')
        return None
    if row['out_fmt'] in FORMATS:
        assert a.type == FORMATS[row['out_fmt']], (a.type, row['out_fmt'])
    elif row['out_fmt'] in ('json', 'text'):
        json.loads(a.body)
        return None
    if row['out_w'] and row['out_fmt'] not in ('avif', 'heic'):
        size = Image.open(io.BytesIO(a.body)).size
        off = 3 if '+-3' in row['property'] else 1 if 'uncertain' in row['basis'] else 0
        want = (int(row['out_w']), int(row['out_h']))
        assert abs(size[0] - want[0]) <= off and abs(size[1] - want[1]) <= off, '%dx%d, not %dx%d' % (size + want)
    return detail(web, pid, row, a)


def detail(web, pid, row, a):
    """What the property column says, where it can be checked from outside."""
    p = row['property']
    im = pic.open_(a.body) if row['out_fmt'] not in ('avif', 'heic') else None
    m = re.match(r'pixel\((\d+),(\d+)\)=src\((\d+),(\d+)\)', p)
    if m and im:
        x, y, sx, sy = map(int, m.groups())
        src = pic.open_(web.get('/i/%s.png' % pid).body).convert('RGB')
        assert pic.near(im.convert('RGB').getpixel((x, y)), src.getpixel((sx, sy)), 40), 'pixel (%d,%d) is not the source at (%d,%d)' % (x, y, sx, sy)
    elif 'progressive' in p:
        assert im.info.get('progressive')
    elif re.search(r'animated|frames kept', p):
        n = re.search(r'(\d+) frames', p)
        assert im.n_frames == int(n.group(1)) if n else im.n_frames > 1
    elif 'first frame' in p:
        assert getattr(im, 'n_frames', 1) == 1
    elif 'padding FFFFFF' in p:
        assert pic.near(im.convert('RGB').getpixel((0, 0)), (255, 255, 255), 6)
    elif 'alpha 0' in p:
        assert im.convert('RGBA').getpixel((0, 0))[3] == 0
    elif 'corner white' in p:
        assert pic.near(im.convert('RGB').getpixel((0, 0)), (255, 255, 255), 6)
    return None


def test_worked_examples(web, corpus, sources):
    rows = [r for r in examples(corpus) if actions(r['process']) & KNOWN <= DONE and 'POST' not in r['note'] and r['id'] not in NOT_OFFERED]
    assert len(rows) > 100
    bad = []
    for r in rows:
        try:
            check(web, corpus, sources, r)
        except AssertionError as e:
            if r['basis'] == 'derived-uncertain' and not os.environ.get('TINTYPE_STRICT'):
                continue
            bad.append('%s %s %s: %s' % (r['id'], r['src_name'], r['process'], str(e).split('\n')[0][:250]))
        except Exception as e:
            bad.append('%s %s %s: %r' % (r['id'], r['src_name'], r['process'], e))
    assert not bad, '%d of %d:\n%s' % (len(bad), len(rows), '\n'.join(bad))
