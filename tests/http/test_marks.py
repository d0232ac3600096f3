"""Watermarks by the picture they show: named by id or by name, and gone when that picture is deleted, from every address and from the disk."""
import base64
import re
import time

import pictures as pic
from PIL import Image
from stack import until

GREEN, RED = (0, 200, 0), (200, 0, 0)


def b64(s):
    return base64.urlsafe_b64encode(s.encode()).decode().rstrip('=')


def plain(colour, w=60, h=30, fmt='PNG'):
    return pic.save(Image.new('RGB', (w, h), colour), fmt)


def photo(web, seed=77):
    return web.put_picture(pic.jpeg(300, 200, seed=seed), 'photo.jpg')['id']


def drop(web, i):
    a = web.request('DELETE', i['delete_url'], headers={'Accept': 'application/json'})
    assert a.status in (200, 204), a


def addresses(pid, name):
    steps = 'watermark,image_%s,g_nw,x_0,y_0' % b64(name)
    return ['/i/%s?x-oss-process=image/%s' % (pid, steps), '/i/%s/%s.png' % (pid, steps), '/i/%s?x-oss-process=image/resize,w_150/%s' % (pid, steps)]


def missing(a):
    return a.status == 400 and '<EC>0040-00000025</EC>' in a.text


def shown(web, url):
    a = web.get(url)
    assert a.status == 200, (url, a)
    return pic.open_(a.body).convert('RGB').getpixel((20, 10))


def test_a_deleted_watermark_is_shown_to_nobody(stack, web):
    pid, mark = photo(web), web.put_picture(plain(GREEN), 'mark.png')
    urls = addresses(pid, mark['id'] + '.png')
    etags = {}
    for u in urls * 2:
        a = web.get(u)
        assert a.status == 200 and pic.near(pic.open_(a.body).convert('RGB').getpixel((20, 10)), GREEN, 30), (u, a)
        etags[u] = a.header('ETag')
    other = web.get('/i/%s?x-oss-process=image/resize,w_90' % pid)
    before = len(stack.cache_files(pid)) if stack.home else 0
    drop(web, mark)
    for u in urls:
        assert missing(web.get(u)), u
        assert missing(web.get(u, if_none_match=etags[u])), u
        assert web.head(u).status == 400, u
    assert web.get('/i/%s?x-oss-process=image/resize,w_90' % pid).body == other.body
    if stack.home:
        assert until(lambda: len(stack.cache_files(pid)) <= before - len(urls), 60), stack.cache_files(pid)
        assert stack.cache_files(mark['id']) == []


def test_a_watermark_has_a_name(stack, web):
    """By the name it was uploaded under: the one that was there first, so that nobody takes the name over."""
    pid, name = photo(web, 78), 'logo of %s.png' % stack.front
    first = web.put_picture(plain(GREEN), name)
    time.sleep(1.1)         # what is first is told by the second
    second = web.put_picture(plain(RED), name)
    urls = addresses(pid, name)
    for u in urls:
        assert pic.near(shown(web, u), GREEN, 30), u
    drop(web, first)
    for u in urls:
        assert pic.near(shown(web, u), RED, 30), u
    drop(web, second)
    for u in urls:
        assert missing(web.get(u)), u
    assert missing(web.get(addresses(pid, name.upper())[0]))


def test_each_place_of_a_watermark_by_itself(web):
    """Every kind of picture as a mark, with steps of its own, an orientation of its own, and transparency."""
    pid = photo(web, 79)
    turned = web.put_picture(pic.save(Image.new('RGB', (40, 80), GREEN), 'JPEG', quality=95, exif=pic.exif(6)), 'turned.jpg')['id']
    half = Image.new('RGBA', (60, 30), GREEN + (0,))
    half.paste(GREEN + (255,), (0, 0, 30, 30))
    half = web.put_picture(pic.save(half, 'PNG'), 'half.png')['id']
    base = pic.open_(web.get('/i/%s.png' % pid).body).convert('RGB')

    def at(mark, *xy, more='g_nw,x_0,y_0'):
        a = web.get('/i/%s?x-oss-process=image/watermark,image_%s,%s/format,png' % (pid, b64(mark), more))
        assert a.status == 200, (mark, a)
        im = pic.open_(a.body).convert('RGB')
        return [pic.near(im.getpixel(p), GREEN, 30) for p in xy], [pic.near(im.getpixel(p), base.getpixel(p), 12) for p in xy]

    for fmt in ('BMP', 'WEBP', 'TIFF', 'JPEG', 'PNG'):
        mark = web.put_picture(plain(GREEN, fmt=fmt), 'mark.' + fmt.lower())['id']
        assert at(mark, (2, 2), (57, 27))[0] == [True, True], fmt
        assert at(mark, (63, 10), (10, 33))[1] == [True, True], fmt
    assert at(turned, (70, 35))[0] == [True] and at(turned, (83, 20), (20, 50))[1] == [True, True]
    assert at(half, (27, 15))[0] == [True] and at(half, (33, 15))[1] == [True]
    own = '%s?x-oss-process=image/crop,w_20,h_20/resize,w_10,h_10' % half
    assert at(own, (5, 5))[0] == [True] and at(own, (12, 5), (5, 12))[1] == [True, True]


def test_percent_of_the_picture_below(web):
    """P_10 of 100x100 fits the mark into 10x10, whatever its own size; of the picture as it is after the steps before."""
    pid = web.put_picture(plain((10, 10, 250), 400, 200), 'blue.png')['id']
    mark = web.put_picture(plain(GREEN, 50, 50), 'square.png')['id']
    for steps, percent, side in (('', 10, 20), ('', 100, 200), ('resize,w_200/', 50, 50), ('crop,w_100,h_100/', 10, 10)):
        url = '/i/%s?x-oss-process=image/%swatermark,image_%s,g_nw,x_0,y_0/format,png' % (pid, steps, b64('%s?x-oss-process=image/resize,P_%d' % (mark, percent)))
        im = pic.open_(web.get(url).body).convert('RGB')
        w = next((x for x in range(im.width) if not pic.near(im.getpixel((x, 0)), GREEN, 60)), im.width)
        h = next((y for y in range(im.height) if not pic.near(im.getpixel((0, y)), GREEN, 60)), im.height)
        assert (w, h) == (side, side), (steps, percent, w, h)
    assert re.match(r'[0-9A-Za-z]{14}$', mark)
