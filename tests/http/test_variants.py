"""x-oss-process and the path form: the same pictures, right sizes, and OSS's errors."""
import json
import re
import urllib.parse
import xml.etree.ElementTree as ET

import pytest

import pictures as pic

SIZES = [   # of 400x300
    ('resize,w_200', (200, 150)), ('resize,h_100', (133, 100)), ('resize,w_100,h_100', (100, 75)), ('resize,m_mfit,w_100,h_100', (133, 100)),
    ('resize,m_fill,w_100,h_100', (100, 100)), ('resize,m_pad,w_100,h_100', (100, 100)), ('resize,m_fixed,w_100,h_50', (100, 50)),
    ('resize,w_800', (400, 300)), ('resize,w_800,limit_0', (800, 600)), ('resize,p_50', (200, 150)), ('resize,l_200', (200, 150)),
    ('resize,s_150', (200, 150)), ('crop,w_100,h_80', (100, 80)), ('crop,w_100,h_80,g_se,x_10,y_10', (90, 70)), ('crop,x_350,w_100', (50, 300)),
    ('rotate,90', (300, 400)), ('rotate,180', (400, 300)), ('auto-orient,1', (400, 300)), ('resize,w_200/crop,w_50,h_50/rotate,270', (50, 50)),
    ('resize,w_100/quality,q_50', (100, 75)), ('resize,w_100/format,png', (100, 75)), ('format,webp', (400, 300)), ('interlace,1', (400, 300)),
    ('resize,w_100,h_100,m_pad,color_FF0000', (100, 100)),
]


@pytest.fixture
def wide(web):
    return web.put_picture(pic.jpeg(400, 300, seed=21), 'wide.jpg')


def test_sizes_by_query_and_by_path(web, wide):
    for steps, want in SIZES:
        a = web.get('/i/%s?x-oss-process=image/%s' % (wide['id'], steps))
        assert a.status == 200 and pic.size(a.body) == want, (steps, a, a.status == 200 and pic.size(a.body))
        if 'format' not in steps:
            b = web.get('/i/%s/%s.jpg' % (wide['id'], steps))
            assert b.status == 200 and b.type == 'image/jpeg' and pic.size(b.body) == want, (steps, b)
            assert a.body == b.body, steps


def test_formats(web, wide):
    for fmt, mime in (('jpg', 'image/jpeg'), ('png', 'image/png'), ('webp', 'image/webp'), ('avif', 'image/avif'), ('heic', 'image/heic')):
        a = web.get('/i/%s?x-oss-process=image/resize,w_64/format,%s' % (wide['id'], fmt))
        b = web.get('/i/%s/resize,w_64.%s' % (wide['id'], fmt))
        assert a.status == b.status == 200 and a.type == b.type == mime, (fmt, a, b)


def test_extension_and_steps_together(web, wide):
    """The extension is the format, unless the steps name one."""
    for ext, steps, mime in (('png', 'resize,w_50', 'image/png'), ('jpg', 'resize,w_50', 'image/jpeg'), ('png', 'resize,w_50/format,webp', 'image/webp')):
        for _ in (1, 2):
            a = web.get('/i/%s.%s?x-oss-process=image/%s' % (wide['id'], ext, steps))
            assert a.status == 200 and a.type == mime and pic.size(a.body) == (50, 38), (ext, steps, a)


def test_steps_may_be_percent_encoded(web, wide):
    q = urllib.parse.quote('image/resize,w_61/crop,w_20,h_20', safe='')
    a = web.get('/i/%s?x-oss-process=%s' % (wide['id'], q))
    b = web.get('/i/%s?x-oss-process=image/resize,w_61/crop,w_20,h_20' % wide['id'])
    c = web.get('/i/%s/resize%%2Cw_61/crop,w_20,h_20.jpg' % wide['id'])
    assert a.status == b.status == 200 and a.body == b.body and pic.size(a.body) == (20, 20)
    assert c.status in (200, 400, 404) and (c.status != 200 or c.body == a.body)


def test_quality_interlace_orientation(web, wide):
    low = web.get('/i/%s?x-oss-process=image/resize,w_300/quality,Q_20' % wide['id'])
    high = web.get('/i/%s?x-oss-process=image/resize,w_300/quality,Q_80' % wide['id'])
    assert len(low.body) < len(high.body)
    a = web.get('/i/%s?x-oss-process=image/interlace,1' % wide['id'])
    assert pic.open_(a.body).info.get('progressive'), 'not progressive'


def test_geometry_is_where_it_should_be(web, wide):
    def at(steps):
        a = web.get('/i/%s/%s.png' % (wide['id'], steps))
        assert a.status == 200, (steps, a)
        return pic.open_(a.body)
    im = at('rotate,90')
    assert pic.near(pic.corner(im, 'tr'), pic.RED, 90) and pic.near(pic.corner(im, 'tl'), pic.BLUE, 90)
    im = at('crop,w_40,h_40,g_se')
    assert pic.near(im.convert('RGB').getpixel((20, 20)), pic.YELLOW, 90)
    im = at('crop,w_40,h_40')
    assert pic.near(im.convert('RGB').getpixel((20, 20)), pic.RED, 90)
    im = at('resize,m_pad,w_200,h_200,color_0000FF')
    assert pic.near(im.convert('RGB').getpixel((100, 5)), pic.BLUE, 20) and pic.near(im.convert('RGB').getpixel((100, 195)), pic.BLUE, 20)


def test_transparency(web):
    i = web.put_picture(pic.png_alpha(), 'a.png')
    im = pic.open_(web.get('/i/%s/resize,w_80.webp' % i['id']).body)
    assert im.mode == 'RGBA' and im.getpixel((40, 1))[3] < 60 and im.getpixel((40, 58))[3] > 200
    im = pic.open_(web.get('/i/%s/resize,w_80.jpg' % i['id']).body)
    assert min(im.convert('RGB').getpixel((40, 0))) > 200      # white shows through


def test_sixteen_bit_and_animation(web):
    i = web.put_picture(pic.png16(), 'deep.png')
    assert pic.size(web.get('/i/%s/resize,w_30.jpg' % i['id']).body) == (30, 20)
    i = web.put_picture(pic.gif(frames=4), 'anim.gif')
    assert i['frames'] == 4
    im = pic.open_(web.get('/i/%s?x-oss-process=image/resize,w_40' % i['id']).body)
    assert im.format == 'GIF' and im.size == (40, 30) and im.n_frames == 4
    im = pic.open_(web.get('/i/%s/resize,w_40.jpg' % i['id']).body)
    assert im.format == 'JPEG' and im.size == (40, 30)
    i = web.put_picture(pic.webp_animated(frames=3), 'anim.webp')
    assert i['frames'] == 3


def test_no_steps_that_change_nothing_costs_nothing(web, wide):
    orig = web.get('/i/' + wide['id']).body
    for q in ('', 'image/resize,w_9000', 'image/auto-orient,1'):
        a = web.get('/i/%s?x-oss-process=%s' % (wide['id'], q))
        assert a.status in (200, 400), (q, a)
        if q:
            assert a.body == orig, q


ERRORS = [
    # steps, code, EC
    ('image/resize,w_99999999', 'InvalidArgument', '0040-00000312'), ('image/resize,w_0', 'InvalidArgument', '0040-00000312'),
    ('image/resize,h_-1', 'InvalidArgument', '0040-00000313'), ('image/resize,m_nosuch,w_10', 'InvalidArgument', '0040-00000311'),
    ('image/resize', 'InvalidArgument|MissingArgument', '0040-00000322'), ('image/resize,p_0', 'InvalidArgument', '0040-00000317'),
    ('image/flip,1', 'InvalidArgument|BadRequest', '0040-00000213'), ('image/', 'InvalidArgument|BadRequest', '0040-00000212'),
    ('image/rotate,400', 'InvalidArgument', '0040-00000217'), ('image/rotate,a_90', 'InvalidArgument', '0040-00000217'),
    ('image/format,exe', 'InvalidArgument', '0040-00000206'), ('image/format,f_webp', 'InvalidArgument', '0040-00000206'),
    ('image/quality,q_0', 'InvalidArgument', '0040-00000309'), ('image/quality,Q_101', 'InvalidArgument', '0040-00000308'),
    ('image/interlace,2', 'InvalidArgument', '0040-00000282'), ('image/crop,g_middle', 'InvalidArgument', '0040-00000209'),
    ('image/auto-orient,2', 'InvalidArgument', '0040-00000215'), ('style/nosuch', 'NoSuchStyle', None),
    ('image/resize,w_1|image/resize,w_1|image/resize,w_1|image/resize,w_1|image/resize,w_1|image/resize,w_1', 'TooManyPipes', '0040-00000211'),
    ('image/crop,x_4000,y_4000', 'BadRequest', None), ('nonsense', '.*', None), ('image/resize,w_1e3', 'InvalidArgument', '0040-00000312'),
]


def test_errors_in_the_shape_of_oss(web, wide):
    for q, code, ec in ERRORS:
        a = web.get('/i/%s?x-oss-process=%s' % (wide['id'], urllib.parse.quote(q, safe='')))
        assert a.status == (404 if code == 'NoSuchStyle' else 400), (q, a)
        assert a.type == 'application/xml', (q, a)
        x = ET.fromstring(a.body)
        assert x.tag == 'Error' and re.fullmatch(code, x.findtext('Code')), (q, a.text)
        assert x.findtext('Message') and x.findtext('RequestId') and x.findtext('HostId'), (q, a.text)
        if ec:
            assert x.findtext('EC') == ec, (q, a.text)
            assert a.header('x-oss-ec') in (ec, None)
        assert 'no-store' in a.header('Cache-Control', 'no-store') or 'max-age' in a.header('Cache-Control', ''), a.headers


def test_missing_picture_is_nosuchkey(web):
    a = web.get('/i/00000000000000?x-oss-process=image/resize,w_1')
    assert a.status == 404 and ET.fromstring(a.body).findtext('Code') == 'NoSuchKey'


def test_bad_steps_in_a_path(web, wide):
    for steps in ('nosuch,1', 'resize,w_0', 'resize', ',', 'resize,w_10/', 'a' * 900, 'resize,w_10/../x', 'image/resize,w_10'):
        a = web.get('/i/%s/%s.jpg' % (wide['id'], steps))
        assert 400 <= a.status < 500, (steps, a)


def test_metadata_never_reaches_a_variant(web):
    i = web.put_picture(pic.jpeg_private(300, 200), 'x.jpg')
    b = web.get('/i/%s/resize,w_100.jpg' % i['id']).body
    assert b'Exif' not in b[:4096] or not pic.open_(b).getexif().get(0x0110)


def test_same_request_same_bytes(web, wide):
    """The query and path forms, and another picture of the same bytes, give the same file."""
    j = web.put_picture(pic.jpeg(400, 300, seed=21), 'again.jpg')
    a = web.get('/i/%s/resize,w_123.webp' % wide['id']).body
    b = web.get('/i/%s/resize,w_123.webp' % j['id']).body
    assert a == b


def test_info_if_it_is_there(web, wide):
    a = web.get('/i/%s?x-oss-process=image/info' % wide['id'])
    assert a.status in (200, 400), a
    if a.status == 200:
        m = json.loads(a.body)
        assert m['ImageWidth']['value'] == '400' and m['Format']['value'] == 'jpg'
