"""
What the reference of OSS says and no worked example shows: forms of a request, order, error numbers, which step does what to
which format, where a watermark lies, what info tells. Rules of the text alone are in unit/test_spec.c.
"""
import base64
import io
import json
import os
import re
import shutil
import time
import urllib.parse

import pytest
from PIL import Image, ImageChops

import pictures as pic
from client import shared

pytestmark = pytest.mark.once

BLUE, GREEN = (20, 30, 220), (0, 200, 0)


def b64(s):
    return base64.urlsafe_b64encode(s if isinstance(s, bytes) else s.encode()).decode().rstrip('=')


def plain(colour, w, h, fmt='PNG', **kw):
    return pic.save(Image.new('RGB', (w, h), colour), fmt, **kw)


class Pictures:
    def __init__(self, web):
        self.web, self.known = web, {}

    def id(self, name, make):
        if name not in self.known:
            self.known[name] = self.web.put_picture(make(), name)['id']
        return self.known[name]

    def get(self, pid, steps):
        return self.web.get('/i/%s?x-oss-process=%s' % (pid, urllib.parse.quote('image/' + steps, safe='')))

    def image(self, pid, steps):
        a = self.get(pid, steps)
        assert a.status == 200, (steps, a)
        return pic.open_(a.body)


@pytest.fixture(scope='module')
def own(make_stack):
    return make_stack({})


@pytest.fixture(scope='module')
def pics(own):
    p = Pictures(own.client)
    p.stack = own
    return p


@pytest.fixture
def blue(pics):
    return pics.id('blue.png', lambda: plain(BLUE, 200, 120))


@pytest.fixture
def photo(pics):
    return pics.id('photo.jpg', lambda: pic.jpeg(400, 267, seed=5, quality=82))


# The forms of a request

def test_forms_of_the_query(pics, photo):
    web, steps = pics.web, 'image/resize,w_61/crop,w_20,h_20'
    want = web.get('/i/%s?x-oss-process=%s' % (photo, steps))
    assert want.status == 200
    for q in ('x-oss-process=' + urllib.parse.quote(steps, safe=''), 'x-oss-process=image%2fresize%2cw%5f61%2Fcrop%2Cw%5F20%2Ch%5F20',
              'x-oss-process=%s&x-oss-process=image/resize,w_5' % steps, 'versionId=abc&x-oss-process=' + steps, 'x-oss-process=%s&foo=bar' % steps,
              'x-oss-process=image/resize,w_61,,/crop,,h_20,w_20,nosuch_5,'):
        a = web.get('/i/%s?%s' % (photo, q))
        assert a.status == 200 and a.body == want.body, (q, a)
    # Percent-decoded once: what is encoded twice is no operation.
    assert web.get('/i/%s?x-oss-process=image%%252Fresize,w_61' % photo).status == 400


def test_head_says_what_get_says(pics, photo):
    url = '/i/%s?x-oss-process=image/resize,w_62/format,png' % photo
    a, b = pics.web.head(url), pics.web.get(url)
    assert a.status == b.status == 200 and a.type == b.type == 'image/png'
    assert a.header('Content-Length') == b.header('Content-Length') == str(len(b.body)) and a.body == b''
    assert a.header('ETag') == b.header('ETag')


@pytest.mark.parametrize('steps, ec, code', [
    ('resize,w_100,h_-1', '0040-00000313', 'InvalidArgument'), ('resize,w_1.5', '0040-00000312', 'InvalidArgument'), ('resize,w_0,h_0', '0040-00000321', None),
    ('resize', '0040-00000322', 'MissingArgument'), ('resize,l_0', '0040-00000314', None), ('resize,s_16385', '0040-00000315', None),
    ('resize,w_9,color_#ffffff,m_pad', None, 'InvalidArgument'), ('crop,x_-1', '0040-00000223', None), ('crop,y_a', '0040-00000224', None),
    ('crop,h_-5', '0040-00000226', None), ('crop,g_face,w_9', '0040-00000209', None), ('crop,x_400', None, 'BadRequest'), ('crop,y_267', None, 'BadRequest'),
    ('indexcrop,y_q', '0040-00000228', None), ('indexcrop,x_9,i_a', '0040-00000229', None), ('indexcrop,y_0', '0040-00000230', None),
    ('circle,r_5000', '0040-00000233', None), ('circle', '0040-00000233', None), ('rounded-corners,r_4097', '0040-00000237', None), ('rounded-corners', '0040-00000237', None),
    ('rotate', '0040-00000216', None), ('rotate,361', '0040-00000217', None), ('rotate,90,90', '0040-00000203', None), ('rotate,-90', '0040-00000217', None),
    ('auto-orient', '0040-00000214', None), ('auto-orient,1,1', '0040-00000203', None), ('blur', '0040-00000241', None), ('blur,r_0,s_1', '0040-00000241', None),
    ('blur,r_1,s_51', '0040-00000242', None), ('bright,5,5', '0040-00000203', None), ('contrast', '0040-00000245', None), ('contrast,101', '0040-00000246', None),
    ('sharpen,49', '0040-00000280', None), ('sharpen,100,100', '0040-00000203', None), ('interlace,0,1', '0040-00000203', None), ('quality,abc', '0040-00000310', None),
    ('quality,101', '0040-00000310', None), ('quality,Q_0', '0040-00000308', None), ('format', '0040-00000207', None), ('format,f_webp', '0040-00000206', None), ('format,PNG', '0040-00000206', None),
    ('watermark,text_!!', '0040-00000257', 'BadRequest'), ('watermark,image_!!', '0040-00000265', 'BadRequest'), ('watermark,text_SGk,order_2', '0040-00000269', None),
    ('watermark,text_SGk,align_3', '0040-00000271', None), ('watermark,text_SGk,rotate_361', '0040-00000272', None), ('watermark,text_SGk,fill_2', '0040-00000274', None),
    ('watermark,text_SGk,padx_4097', '0040-00000276', None), ('watermark,text_SGk,pady_4097', '0040-00000277', None), ('watermark,text_SGk,size_0', '0040-00000256', None),
    ('watermark,text_SGk,interval_1001', None, 'InvalidArgument'), ('watermark,text_SGk,t_101', None, 'InvalidArgument'), ('watermark,image_' + b64('nosuch.png'), '0040-00000025', 'BadRequest'),
    ('watermark,image_' + b64('a?x-oss-process=image/resize,w_1|image/resize,w_1'), '0040-00000372', None),
    ('watermark,image_' + b64('a?x-oss-process=image/watermark,text_SGk'), '0040-00000373', None), ('watermark,image_' + b64('a?x-oss-process=image/info'), '0040-00000374', None),
    ('flip,1', '0040-00000213', None), ('Resize,w_1', '0040-00000213', None), ('resize,w_1//crop,w_1', '0040-00000212', None), ('info/resize,w_1', None, 'InvalidArgument'),
    ('resize,s_700,limit_0/info', None, 'InvalidArgument'), ('average-hue/rotate,90', None, 'InvalidArgument'), ('resize,m_fixed,w_16384,h_1025,limit_0', '0040-00000007', None),
    ('watermark,text_' + b64('x' * 65), None, 'InvalidArgument'), ('resize,w_%s' % ('1' * 1100), '0017-00000288', None)])
def test_error_numbers(pics, photo, steps, ec, code):
    a = pics.get(photo, steps)
    assert a.status == 400 and a.type == 'application/xml', a
    assert re.findall('<EC>(.*?)</EC>', a.text) == ([ec] if ec else []), a.text
    assert a.header('x-oss-ec') == ec
    assert code is None or '<Code>%s</Code>' % code in a.text, a.text


# Steps and formats

@pytest.mark.parametrize('steps, n, size', [
    ('resize,w_40', 4, (40, 30)), ('resize,h_30', 4, (40, 30)), ('resize,l_40', 4, (40, 30)), ('resize,m_fill,w_30,h_30', 4, (30, 30)), ('resize,m_pad,w_50,h_50', 4, (50, 50)),
    ('crop,w_20,h_10', 4, (20, 10)), ('watermark,text_SGk,size_10', 4, (80, 60)), ('resize,w_40/crop,w_10/watermark,text_SGk,size_8', 4, (10, 30)),
    ('resize,w_500,limit_0', 4, (80, 60)), ('quality,q_50', 4, (80, 60)), ('interlace,1', 4, (80, 60)),
    ('resize,p_50', 1, (40, 30)), ('rotate,90', 1, (60, 80)), ('blur,r_1,s_1', 1, (80, 60)), ('bright,10', 1, (80, 60)), ('contrast,10', 1, (80, 60)), ('sharpen,100', 1, (80, 60)),
    ('circle,r_10', 1, (21, 21)), ('rounded-corners,r_9', 1, (80, 60)), ('indexcrop,x_20', 1, (20, 60))])
def test_animation(pics, steps, n, size):
    """resize, crop and watermark keep the frames; everything else leaves the first one. GIF and WebP alike."""
    for name, make, kind in (('anim.gif', lambda: pic.gif(80, 60, 4), 'GIF'), ('anim.webp', lambda: pic.webp_animated(80, 60, 4), 'WEBP')):
        if kind == 'WEBP' and 'limit_0' in steps:
            size = (500, 375)       # only a GIF is never enlarged
        im = pics.image(pics.id(name, make), steps)
        assert (im.format, getattr(im, 'n_frames', 1), im.size) == (kind, n, size), (steps, name)


def test_animation_to_other_formats(pics):
    gif, webp = pics.id('anim.gif', lambda: pic.gif(80, 60, 4)), pics.id('anim.webp', lambda: pic.webp_animated(80, 60, 4))
    for pid, fmt, n in ((gif, 'webp', 4), (webp, 'gif', 4), (gif, 'png', 1), (webp, 'png', 1), (gif, 'jpg', 1), (webp, 'bmp', 1), (webp, 'tiff', 1)):
        im = pics.image(pid, 'resize,w_40/format,' + fmt)
        assert getattr(im, 'n_frames', 1) == n and im.size == (40, 30), fmt
    a, b = (pics.image(pid, 'resize,w_40').info['duration'] for pid in (gif, webp))
    assert a == pics.image(gif, 'crop,w_70').info['duration'] and b == pics.image(webp, 'crop,w_70').info['duration']


FORMATS = {'jpg': 'JPEG', 'png': 'PNG', 'webp': 'WEBP', 'bmp': 'BMP', 'tiff': 'TIFF', 'gif': 'GIF'}


def test_every_format_to_every_format(pics):
    rgba = Image.new('RGBA', (60, 40), GREEN + (255,))
    rgba.paste((0, 0, 0, 0), (0, 0, 30, 40))
    for name, fmt in (('s.png', 'PNG'), ('s.webp', 'WEBP'), ('s.tiff', 'TIFF'), ('s.jpg', 'JPEG'), ('s.bmp', 'BMP'), ('s.gif', 'GIF')):
        kw = {'lossless': True} if fmt == 'WEBP' else {}
        pid = pics.id('half' + name, lambda: pic.save(rgba if fmt in ('PNG', 'WEBP', 'TIFF') else rgba.convert('RGB'), fmt, **kw))
        for to, kind in FORMATS.items():
            im = pics.image(pid, 'resize,w_30/format,' + to)
            want = kind if to != 'gif' or fmt == 'GIF' else fmt        # a still picture does not become a GIF
            assert (im.format, im.size) == (want, (30, 20)), (name, to)
            assert pic.near(im.convert('RGB').getpixel((25, 10)), GREEN, 24), (name, to)
            if fmt in ('PNG', 'WEBP', 'TIFF'):
                left = im.convert('RGBA').getpixel((4, 10))
                assert left[3] == 0 if kind in ('PNG', 'WEBP', 'TIFF', 'BMP') and im.format != 'JPEG' and im.mode in ('RGBA', 'LA', 'P') else pic.near(left[:3], (255, 255, 255), 6) or left[3] == 0, \
                    (name, to, left)


def test_corners_in_each_format(pics, photo):
    """Outside of a disc, of rounded corners and of a turned picture: transparent, or white where nothing is."""
    for steps in ('circle,r_40', 'rounded-corners,r_40', 'rotate,30'):
        for to in ('png', 'webp', 'tiff', 'bmp', 'jpg'):
            im = pics.image(photo, steps + '/format,' + to)
            at = im.convert('RGBA').getpixel((0, 0))
            assert at[3] == 0 if to in ('png', 'webp', 'tiff') else at[3] == 0 or pic.near(at[:3], (255, 255, 255), 20), (steps, to, at)
        assert pic.near(pics.image(photo, steps).convert('RGB').getpixel((0, 0)), (255, 255, 255), 20), steps


def test_which_setting_has_an_effect_on_which_format(pics, photo):
    png = pics.get(photo, 'format,png').body
    for more in ('quality,q_10', 'quality,Q_10', 'quality,10', 'interlace,1', 'interlace,0'):
        assert pics.get(photo, 'format,png/' + more).body == png, more
    for to in ('jpg', 'webp'):
        size = [len(pics.get(photo, 'resize,w_390/format,%s/quality,%s' % (to, q)).body) for q in ('q_20', 'q_50', 'q_90')]
        assert size == sorted(size) and size[0] < size[2], (to, size)
    assert pics.get(photo, 'format,webp/quality,q_40').body == pics.get(photo, 'format,webp/quality,Q_40').body
    assert pics.get(photo, 'quality,Q_40/resize,w_90').body == pics.get(photo, 'resize,w_90/quality,Q_40').body
    assert pics.get(photo, 'quality,40/resize,w_90').body == pics.get(photo, 'resize,w_90/quality,Q_40').body
    assert pics.get(photo, 'format,jpeg/resize,w_90').body == pics.get(photo, 'resize,w_90/format,jpg').body
    assert pics.image(photo, 'interlace,1/resize,w_90').info.get('progressive') and not pics.image(photo, 'resize,w_90').info.get('progressive')
    # Q is a cap, and without one the quality of the source stays.
    table = pics.image(photo, 'resize,w_90').quantization
    assert table == pics.image(photo, 'resize,w_90/quality,Q_82').quantization == pics.image(photo, 'resize,w_90/quality,Q_100').quantization
    assert table == Image.open(io.BytesIO(pics.web.get('/i/' + photo).body)).quantization


# Watermarks

def box_of(im, colour=GREEN):
    """Where the colour is: left, top, right, bottom (the last one outside)."""
    d = ImageChops.difference(im.convert('RGB'), Image.new('RGB', im.size, colour)).convert('L').point(lambda v: 255 if v < 40 else 0)
    return d.getbbox()


# On 200x120 a mark of 40x20: g, more, its place.
PLACES = [
    ('nw', 'x_7,y_9', (7, 9)), ('north', 'x_7,y_9', (80, 9)), ('ne', 'x_7,y_9', (153, 9)), ('west', 'x_7,y_9', (7, 50)), ('center', 'x_7,y_9', (80, 50)),
    ('east', 'x_7,y_9', (153, 50)), ('sw', 'x_7,y_9', (7, 91)), ('south', 'x_7,y_9', (80, 91)), ('se', 'x_7,y_9', (153, 91)), ('se', '', (150, 90)), ('nw', '', (10, 10)),
    ('west', 'voffset_11', (10, 61)), ('center', 'voffset_-13', (80, 37)), ('east', 'voffset_40', (150, 90)), ('nw', 'voffset_11', (10, 10)), ('south', 'voffset_-11', (80, 90))]


def test_places_of_an_image(pics, blue):
    mark = pics.id('mark.png', lambda: plain(GREEN, 40, 20))
    for g, more, (x, y) in PLACES:
        im = pics.image(blue, 'watermark,image_%s,g_%s%s' % (b64(mark), g, ',' + more if more else ''))
        assert box_of(im) == (x, y, x + 40, y + 20), (g, more, box_of(im))
    # Larger than the picture: cut off, about the middle or from the corner.
    big = pics.id('big.png', lambda: plain(GREEN, 300, 300))
    assert box_of(pics.image(blue, 'watermark,image_%s,g_center' % b64(big))) == (0, 0, 200, 120)
    assert box_of(pics.image(blue, 'watermark,image_%s,g_se' % b64(big))) == (0, 0, 190, 110)


def test_tiles(pics, blue):
    mark = pics.id('mark.png', lambda: plain(GREEN, 40, 20))
    im = pics.image(blue, 'watermark,image_%s,fill_1,padx_10,pady_20' % b64(mark)).convert('RGB')
    for x in range(0, 200, 5):
        for y in range(0, 120, 5):
            assert pic.near(im.getpixel((x, y)), GREEN if x % 50 < 40 and y % 40 < 20 else BLUE, 12), (x, y)
    im = pics.image(blue, 'watermark,image_%s,fill_1' % b64(mark))
    assert box_of(im) == (0, 0, 200, 120) and im.convert('RGB').getpixel((77, 55)) == GREEN


def test_image_and_text_together(pics, blue):
    """order says which is left, align which edges are in line, interval the gap."""
    mark = pics.id('high.png', lambda: plain(GREEN, 20, 60))
    for order in (0, 1):
        boxes = {}
        for align in (0, 1, 2):
            for gap in (0, 25):
                im = pics.image(blue, 'watermark,image_%s,text_%s,color_FF0000,size_20,order_%d,align_%d,interval_%d,g_nw,x_0,y_0' % (b64(mark), b64('HHH'), order, align, gap))
                image, text = box_of(im), box_of(im, (255, 0, 0))
                assert image[3] - image[1] == 60 and image[2] - image[0] == 20
                assert image[2] <= text[0] if order == 0 else text[2] <= image[0], (order, image, text)
                boxes[align, gap] = image, text
            wide, tight = boxes[align, 25], boxes[align, 0]
            moved = wide[1][0] - tight[1][0] if order == 0 else wide[0][0] - tight[0][0]
            assert moved == 25, (order, align, wide, tight)
        tops = [boxes[align, 0][1][1] for align in (0, 1, 2)]
        assert tops[0] < tops[1] < tops[2] and abs((tops[0] + tops[2]) / 2 - tops[1]) <= 1, tops
        assert boxes[2, 0][1][3] <= 60 and boxes[0, 0][1][1] < 20
    default = pics.get(blue, 'watermark,image_%s,text_SGk' % b64(mark)).body
    assert default == pics.get(blue, 'watermark,image_%s,text_SGk,order_0,align_2,interval_0' % b64(mark)).body


def test_text(pics):
    white = pics.id('white.png', lambda: plain((255, 255, 255), 600, 300))
    plainly = pics.image(white, 'watermark,text_%s,g_nw,x_0,y_0' % b64('Hxp 图片'))
    box = box_of(plainly, (0, 0, 0))
    assert 100 < box[2] - box[0] < 200 and 25 < box[3] - box[1] < 60, box      # 40 pixels high, black
    half = box_of(pics.image(white, 'watermark,text_%s,g_nw,x_0,y_0,size_20' % b64('Hxp 图片')), (0, 0, 0))
    assert abs((box[2] - box[0]) / 2 - (half[2] - half[0])) <= 4, (box, half)
    assert box_of(pics.image(white, 'watermark,text_SGk,color_ff0000'), (255, 0, 0)) and not box_of(pics.image(white, 'watermark,text_SGk,color_ff0000'), (0, 0, 0))
    # A turn by 90 degrees swaps the sides; the shadow adds to the right and below, and is no part of the text without one.
    turned = box_of(pics.image(white, 'watermark,text_%s,g_nw,x_0,y_0,rotate_90' % b64('Hxp 图片')), (0, 0, 0))
    assert abs((turned[3] - turned[1]) - (box[2] - box[0])) <= 2 and abs((turned[2] - turned[0]) - (box[3] - box[1])) <= 2, (box, turned)
    assert pics.get(white, 'watermark,text_SGk,rotate_360').body == pics.get(white, 'watermark,text_SGk').body == pics.get(white, 'watermark,text_SGk,shadow_0').body

    def ink(steps):
        return ImageChops.difference(pics.image(white, steps).convert('L'), Image.new('L', (600, 300), 255)).getbbox()
    bare, shade = ink('watermark,text_SGk,g_nw,x_0,y_0'), ink('watermark,text_SGk,g_nw,x_0,y_0,shadow_80')
    assert shade[2] > bare[2] and shade[3] > bare[3] and shade[:2] == bare[:2], (bare, shade)
    # Opacity: half of black on white is grey.
    assert 120 < min(pics.image(white, 'watermark,text_%s,t_50,size_100' % b64('HHH')).convert('L').getdata()) < 135
    # Each of the seven names draws, and the serif and the sans differ.
    drawn = {f: pics.get(white, 'watermark,text_%s,type_%s' % (b64('永Ag'), b64(f))).body for f in
             ('wqy-zenhei', 'wqy-microhei', 'fangzhengshusong', 'fangzhengkaiti', 'fangzhengheiti', 'fangzhengfangsong', 'droidsansfallback')}
    assert drawn['wqy-zenhei'] == pics.get(white, 'watermark,text_%s' % b64('永Ag')).body
    assert len({drawn[f] for f in ('wqy-zenhei', 'fangzhengshusong', 'fangzhengkaiti', 'droidsansfallback')}) == 4
    assert pics.get(white, 'watermark,text_%s' % b64('永' * 21)).status == 200 and pics.get(white, 'watermark,text_%s' % b64('永' * 22)).status == 400


def test_several_watermarks(pics, blue):
    marks = [pics.id('m%d.png' % n, lambda: plain((200, 60 * n, 0), 20, 20)) for n in range(4)]
    places = ('nw', 'ne', 'sw', 'se')
    three = '/'.join('watermark,image_%s,g_%s' % (b64(m), g) for m, g in list(zip(marks, places))[:3])
    im = pics.image(blue, three).convert('RGB')
    assert [im.getpixel(p) for p in ((15, 15), (180, 15), (15, 100))] == [(200, 60 * n, 0) for n in range(3)]
    assert pics.get(blue, three + '/watermark,image_%s' % b64(marks[0])).status == 200
    assert '<Code>WatermarkError</Code>' in pics.get(blue, three + '/watermark,image_%s' % b64(marks[3])).text


# info and average-hue

def facts(pics, pid):
    a = pics.get(pid, 'info')
    assert a.status == 200 and a.type == 'application/json', a
    m = json.loads(a.body)
    assert list(m) == sorted(m) and all(list(v) == ['value'] and isinstance(v['value'], str) for v in m.values()), m
    return {k: v['value'] for k, v in m.items()}


@pytest.mark.parametrize('fmt, make, frames', [
    ('png', lambda: pic.png(41, 31), '1'), ('gif', lambda: pic.gif(41, 31, 3), '3'), ('webp', lambda: pic.webp(41, 31), '1'), ('bmp', lambda: pic.bmp(41, 31), '1'),
    ('tiff', lambda: pic.tiff(41, 31), '1'), ('jpg', lambda: pic.jpeg(41, 31), '1')])
def test_info_of_each_format(pics, fmt, make, frames):
    pid = pics.id('info.' + fmt, make)
    m = facts(pics, pid)
    size = str(len(pics.web.get('/i/' + pid).body))
    assert [m[k] for k in ('FileSize', 'Format', 'FrameCount', 'ImageHeight', 'ImageWidth')] == [size, fmt, frames, '31', '41'], m
    assert 'ResolutionUnit' in m and 'XResolution' in m and 'YResolution' in m, m


# What the reference prints of f.jpg.
F_JPG = {'Compression': '6', 'DateTime': '2015:02:11 15:38:27', 'ExifTag': '2212', 'FileSize': '23471', 'Format': 'jpg', 'FrameCount': '1', 'GPSLatitude': '0deg ', 'GPSLatitudeRef': 'North',
         'GPSLongitude': '0deg ', 'GPSLongitudeRef': 'East', 'GPSMapDatum': 'WGS-84', 'GPSTag': '4292', 'GPSVersionID': '2 2 0 0', 'ImageHeight': '333', 'ImageWidth': '424',
         'JPEGInterchangeFormat': '4518', 'JPEGInterchangeFormatLength': '3232', 'Orientation': '7', 'ResolutionUnit': '2', 'Software': 'Microsoft Windows Photo Viewer 6.1.7600.16385',
         'XResolution': '96/1', 'YResolution': '96/1'}


def test_info_in_full(make_stack):
    """As the reference prints it, where a site keeps all metadata."""
    if not shared():
        pytest.skip('no ../shared beside the checkout (or TINTYPE_SHARED): needs f.jpg')
    p = Pictures(make_stack({'image.metadata': 'none'}).client)
    with open(os.path.join(shared(), 'oss/fixtures/f.jpg'), 'rb') as f:
        data = f.read()
    assert facts(p, p.id('f.jpg', lambda: data)) == F_JPG


def test_average_hue(pics, blue):
    assert pics.get(blue, 'average-hue').body == b'{"RGB": "0x%02x%02x%02x"}' % BLUE
    if shared():
        with open(os.path.join(shared(), 'oss/fixtures/example.jpg'), 'rb') as f:
            data = f.read()
        a = pics.get(pics.id('example.jpg', lambda: data), 'average-hue')
        assert a.type == 'application/json' and a.json() == {'RGB': '0x5c783b'}, a


# The same bytes for the same request

ALL = ['resize,w_77', 'resize,m_pad,w_90,h_90', 'resize,p_150', 'crop,w_50,h_50,g_center', 'indexcrop,x_33,i_1', 'circle,r_30', 'rounded-corners,r_20', 'rotate,90', 'rotate,33', 'auto-orient,1',
       'auto-orient,0', 'blur,r_5,s_3', 'bright,20', 'contrast,-20', 'sharpen,150', 'interlace,1', 'quality,Q_40', 'quality,q_70', 'watermark,text_SGVsbG8,shadow_40,rotate_20', 'watermark,text_SGk,fill_1']


def test_same_bytes_every_time(pics, photo):
    """Made anew after the cache was lost, the reduced copies too, by other processes, and by both kinds of address."""
    sources = [photo, pics.id('turned.jpg', lambda: pic.jpeg(1400, 1000, seed=9, exif=pic.exif(6))), pics.id('alpha.png', pic.png_alpha), pics.id('anim.gif', lambda: pic.gif(80, 60, 4))]
    asks = [(pid, s, f) for pid in sources for s in ALL for f in ('jpg', 'png', 'webp')][::2] + [(sources[0], 'resize,w_%d' % w, 'heic') for w in (1, 64, 99)]

    def fetch(by_path):
        out = []
        for pid, s, f in asks:
            a = pics.web.get('/i/%s/%s.%s' % (pid, s, f) if by_path else '/i/%s?x-oss-process=image/%s/format,%s' % (pid, s, f))
            assert a.status == 200, (s, f, a)
            out.append(a.body)
        return out
    first = fetch(False)
    for by_path in (True, False):
        for letter in 'vxy':
            shutil.rmtree(os.path.join(pics.stack.conf('cache.dir'), letter), ignore_errors=True)
        again = fetch(by_path)
        assert [a for a, x, y in zip(asks, first, again) if x != y] == []


# What is refused, and what it costs

def test_errors_cost_no_work(pics):
    """What the text or the header can tell is told without a sandbox, also of a large picture."""
    pid = pics.id('large.png', lambda: plain(BLUE, 6000, 4000))
    assert pics.get(pid, 'resize,w_9').status == 200
    stack, took = pics.stack, []
    before = stack.metric('tintype_variants_total{tier="built"}'), stack.metric('tintype_sandbox_starts_total')
    for steps in ('resize,w_0', 'rotate,90', 'resize,m_fixed,w_9000,h_9000,limit_0', 'format,heic', 'crop,x_6000', 'nosuch,1', 'watermark,image_' + b64('none'), 'format,avif',
                  'resize,w_9|resize,w_9|resize,w_9|resize,w_9|resize,w_9|resize,w_9', 'auto-orient,2', 'quality,q_0', 'info/resize,w_1'):
        t0 = time.perf_counter()
        a = pics.get(pid, steps)
        took.append((time.perf_counter() - t0) * 1000)
        assert a.status == 400 and '<RequestId>' in a.text and '<HostId>' in a.text and '<Code>' in a.text, (steps, a)
    assert (stack.metric('tintype_variants_total{tier="built"}'), stack.metric('tintype_sandbox_starts_total')) == before
    print('errors of a picture of 24 megapixels: median %.1f ms, most %.1f ms (50 is the aim on an idle machine)' % (sorted(took)[len(took) // 2], max(took)))


def spotted(im):
    """Details everywhere, so that every part of the file matters."""
    px = im.load()
    for y in range(im.height):
        for x in range(im.width):
            px[x, y] = tuple((v + (x * 7919 + y * 104729) * (k + 1)) % 251 for k, v in enumerate(px[x, y][:3]))
    return im


def whole_files(pics):
    """A good file of each format, by its extension."""
    im = spotted(pic.canvas(160, 120))
    kinds = {'jpg': ('JPEG', {}), 'progressive.jpg': ('JPEG', {'progressive': True}), 'png': ('PNG', {}), 'gif': ('GIF', {}), 'webp': ('WEBP', {}), 'lossless.webp': ('WEBP', {'lossless': True}),
             'tiff': ('TIFF', {}), 'lzw.tiff': ('TIFF', {'compression': 'tiff_lzw'}), 'bmp': ('BMP', {})}
    files = {ext: pic.save(im.convert('P') if fmt == 'GIF' else im, fmt, **kw) for ext, (fmt, kw) in kinds.items()}
    files['frames.gif'] = pic.gif(80, 60, 5)
    files['frames.webp'] = pic.webp_animated(80, 60, 5)
    files['avif'] = pics.get(pics.id('spotted.png', lambda: files['png']), 'format,avif').body
    files['heic'] = pics.get(pics.id('spotted.png', lambda: files['png']), 'format,heic').body
    folder = shared() and os.path.join(shared(), 'corpus/visible/heic')
    for name in sorted(os.listdir(folder))[:3] if folder else ():
        with open(os.path.join(folder, name), 'rb') as f:
            files[name] = f.read()
    if not folder:
        print('HEIC of phones is not among them: no ../shared beside the checkout')
    return files


def test_a_damaged_picture_is_refused_with_its_reason(pics):
    """Also where a part of it could be decoded: nobody wants to find the grey half later."""
    for ext, data in whole_files(pics).items():
        assert pics.web.upload(('whole.' + ext, data)).status == 201, ext
        for what, damaged in (('cut in the middle', data[:len(data) * 6 // 10]), ('cut near its end', data[:len(data) - max(40, len(data) // 20)]), ('cut after its header', data[:len(data) // 8])):
            a = pics.web.upload(('damaged.' + ext, damaged))
            assert a.status in (415, 422), (ext, what, a)
            e = a.json()['errors'][0]
            assert len(e['message']) > 12 and e['code'] in ('BROKEN', 'TYPE'), (ext, what, e)
