"""What is private leaves no trace in what is stored or served."""
import glob
import os

import pytest

import pictures as pic

PRIVATE = [('jpg', pic.jpeg_private), ('png', pic.png_private), ('webp', pic.webp_private)]


@pytest.mark.parametrize('name,make', PRIVATE)
def test_private_metadata_is_gone(stack, web, name, make):
    data = make()
    assert data.count(b'PRIVATE') > 2
    i = web.put_picture(data, 'x.' + name)
    urls = [i['url'], '/i/' + i['id'], '/i/%s?x-oss-process=image/resize,w_40' % i['id'], '/i/%s/resize,w_50.jpg' % i['id']]
    for url in urls:
        a = web.get(url)
        assert a.status == 200 and b'PRIVATE' not in a.body, url
        assert not pic.open_(a.body).getexif().get_ifd(0x8825), 'location in ' + url
    if stack.home:
        for f in stack.store_files():
            with open(os.path.join(stack.conf('local.root'), f), 'rb') as g:
                assert b'PRIVATE' not in g.read(), f


@pytest.mark.parametrize('name,make', PRIVATE)
def test_pixels_are_not_touched(web, name, make):
    data = make()
    i = web.put_picture(data, 'x.' + name)
    a, b = pic.open_(data), pic.open_(web.get(i['url']).body)
    assert a.size == b.size and a.convert('RGBA').tobytes() == b.convert('RGBA').tobytes()


@pytest.mark.once
def test_what_a_viewer_needs_is_kept(web):
    i = web.put_picture(pic.jpeg_private(orientation=6), 'x.jpg')
    im = pic.open_(web.get(i['url']).body)
    ex = im.getexif()
    sub = ex.get_ifd(0x8769)
    assert ex.get(0x0112) == 6 and ex.get(0x0110) == 'Model 7' and ex.get(0x010f) == 'Kamera AG'
    assert sub.get(0x9003) == '2021:05:04 03:02:01' and float(sub.get(0x829d)) == pytest.approx(2.8)
    assert ex.get(0x8298) == 'Copyright Example' and im.info.get('icc_profile') == pic.icc()
    assert 0xa431 not in sub and 0xa430 not in sub and 0x927c not in sub


@pytest.mark.once
def test_policies(make_stack):
    data = pic.jpeg_private()
    s = make_stack({'image.metadata': 'none'})
    assert s.client.get(s.client.put_picture(data, 'x.jpg')['url']).body == data
    s.stop()
    s = make_stack({'image.metadata': 'all'})
    got = s.client.get(s.client.put_picture(data, 'x.jpg')['url']).body
    assert b'PRIVATE' not in got and b'Model 7' not in got and b'Copyright Example' not in got
    # Only the orientation may stay: without it the picture would lie on its side.
    assert set(pic.open_(got).getexif()) <= {0x0112}


@pytest.mark.once
def test_no_location_survives_in_real_photos(web, corpus):
    """Every file of the corpus that holds a position is uploaded; what comes back holds none."""
    n = 0
    for path in sorted(glob.glob(corpus + '/corpus/visible/*/*.*')):
        with open(path, 'rb') as f:
            data = f.read()
        if len(data) > 12 << 20 or not gps(data):
            continue
        a = web.upload((os.path.basename(path), data))
        if a.status != 201:
            assert a.status < 500, (path, a)
            continue
        n += 1
        i = a.json()['images'][0]
        for url in (i['url'], '/i/%s?x-oss-process=image/resize,w_64' % i['id']):
            b = web.get(url)
            assert b.status == 200 and not gps(b.body), (path, url)
    assert n >= 5


def gps(data):
    try:
        return dict(pic.Image.open(pic.io.BytesIO(data)).getexif().get_ifd(0x8825))
    except Exception:
        return {}
