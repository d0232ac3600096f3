"""Limits and switches of uploads, with an instance whose limits are small, behind every front end."""
import os

import pytest

import pictures as pic
from client import multipart
from conftest import fronts, started

SMALL = {
    'limits.body_bytes': '1048576', 'limits.file_bytes': '300000', 'limits.files': '3', 'limits.pixels': '1000000',
    'limits.frame_pixels': '200000', 'limits.side_px': '3000', 'formats.tiff': 'no', 'formats.bmp': 'no', 'formats.webp': 'no',
}


def pytest_generate_tests(metafunc):
    if 'tight' in metafunc.fixturenames:
        metafunc.parametrize('tight', fronts(metafunc.config), indirect=True, scope='module')


@pytest.fixture(scope='module')
def tight(request):
    if os.environ.get('TINTYPE_URL'):
        pytest.skip('needs an instance with settings of its own')
    s = started(request.param, SMALL)
    yield s
    s.stop()


def one(tight, name, data):
    a = tight.client.upload((name, data))
    return a.status, a


def test_within_the_limits(tight):
    assert one(tight, 'a.jpg', pic.jpeg())[0] == 201


def test_body_over_the_limit_is_413(tight):
    big = b'\xff\xd8' + os.urandom(1 << 20)
    for body in (multipart([('file', 'a.jpg', big)])[0], [big[i:i + 65536] for i in range(0, len(big), 65536)]):
        a = tight.client.request('POST', '/upload', body, {'Content-Type': multipart([])[1], 'Accept': 'application/json'})
        assert a.status == 413, a
    assert one(tight, 'a.jpg', pic.jpeg())[0] == 201


def test_body_over_the_limit_by_put_is_413(tight):
    big = b'\xff\xd8' + os.urandom(1200000)
    for body in (big, [big[i:i + 65536] for i in range(0, len(big), 65536)]):
        a = tight.client.request('PUT', '/upload/a.jpg', body, {'Accept': 'application/json'})
        assert a.status == 413, a


def test_file_over_the_limit_spoils_itself_alone(tight):
    a = tight.client.upload(('big.jpg', b'\xff\xd8\xff' + os.urandom(400000)), ('a.jpg', pic.jpeg(seed=1)))
    assert a.status == 201 and len(a.json()['images']) == 1, a
    assert a.json()['errors'][0]['name'] == 'big.jpg'
    st, a = one(tight, 'big.jpg', b'\xff\xd8\xff' + os.urandom(400000))
    assert st == 413, a


def test_files_of_a_request(tight):
    files = [('%d.png' % i, pic.png(20, 20, seed=i)) for i in range(5)]
    assert tight.client.upload(*files[:3]).status == 201
    a = tight.client.upload(*files)
    assert a.status in (201, 413), a
    if a.status == 201:
        assert len(a.json()['images']) == 3 and len(a.json()['errors']) == 2


@pytest.mark.parametrize('name,make', [
    ('pixels', lambda: pic.png(1100, 1000, 'L')), ('side', lambda: pic.png(3100, 10)), ('frames', lambda: pic.gif(200, 200, 8)),
    ('bomb', lambda: pic.png_bomb(19000))])
def test_pixels_side_and_frames(tight, name, make):
    st, a = one(tight, name, make())
    assert st in (413, 422), a
    assert a.json()['errors'][0]['message']


@pytest.mark.parametrize('make', [pic.tiff, pic.bmp, pic.webp])
def test_switched_off_formats(tight, make):
    st, a = one(tight, 'x', make())
    assert st == 415, a


def test_limits_leave_workers_alone(tight):
    """After all that, every worker is still the same kind of healthy."""
    assert tight.client.get('/readyz').status == 200
    assert one(tight, 'z.jpg', pic.jpeg(seed=9))[0] == 201
