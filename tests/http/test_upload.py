"""POST /upload and PUT /upload/{name}: every way in, every shape out, and what is refused."""
import base64
import hashlib
import re

import pytest

import pictures as pic

ID = re.compile(r'^[0-9A-Za-z]{14}$')


def test_json_answer_carries_every_promised_key(web):
    data = pic.jpeg()
    a = web.upload(('cat.jpg', data))
    assert a.status == 201 and a.type == 'application/json', a
    m = a.json()
    assert m['errors'] == [] and len(m['images']) == 1
    i = m['images'][0]
    assert ID.match(i['id'])
    assert (i['width'], i['height'], i['bytes'], i['frames']) == (160, 120, len(data), 1)
    assert i['format'] == 'jpg' and i['sha256'] == hashlib.sha256(data).hexdigest()
    assert i['url'].startswith(web.url + '/i/' + i['id']) and i['page'] == web.url + '/p/' + i['id']
    assert i['url'] in i['links']['html'] and '<img' in i['links']['html']
    assert i['url'] in i['links']['markdown'] and i['url'] in i['links']['bbcode']
    assert i['delete_url'].startswith(web.url)


def test_stored_byte_for_byte_and_visible_at_once(web):
    for name, data in (('a.jpg', pic.jpeg(seed=1)), ('a.png', pic.png(seed=1)), ('a.gif', pic.gif()), ('a.webp', pic.webp())):
        i = web.put_picture(data, name)
        a = web.get(i['url'])
        assert a.status == 200 and a.body == data, name
        assert i['sha256'] == hashlib.sha256(data).hexdigest()


def test_curl_prints_a_link(web):
    for accept in ('*/*', None, 'text/plain'):
        a = web.upload(('cat.jpg', pic.jpeg(seed=2)), accept=accept)
        assert a.status == 201 and a.type == 'text/plain', (accept, a)
        lines = a.text.split('\n')
        assert lines[1:] == [''] and lines[0].startswith(web.url + '/i/')
        assert web.get(lines[0]).status == 200


def test_text_is_one_address_a_line(web):
    a = web.upload(('1.jpg', pic.jpeg(seed=3)), ('2.png', pic.png(seed=3)), ('3.gif', pic.gif()), accept='*/*')
    lines = a.text.rstrip('\n').split('\n')
    assert a.status == 201 and len(lines) == 3
    assert [web.get(u).type for u in lines] == ['image/jpeg', 'image/png', 'image/gif']


def test_browser_is_sent_to_the_page(web):
    a = web.upload(('cat.jpg', pic.jpeg(seed=4)), accept='text/html,application/xhtml+xml;q=0.9,*/*;q=0.8')
    assert a.status == 303, a
    where = a.header('Location')
    assert re.search(r'/p/[0-9A-Za-z]{14}', where)
    page = web.get(where, accept='text/html')
    assert page.status == 200 and page.type == 'text/html'


def test_browser_gets_a_result_page_for_several(web):
    a = web.upload(('1.jpg', pic.jpeg(seed=5)), ('2.txt', b'no picture at all'), ('3.png', pic.png(seed=5)), accept='text/html')
    if a.status == 303:
        a = web.get(a.header('Location'), accept='text/html')
    assert a.status in (200, 201) and a.type == 'text/html', a
    assert len(set(re.findall(r'/p/([0-9A-Za-z]{14})', a.text))) == 2
    assert '2.txt' in a.text


def test_one_bad_file_does_not_spoil_the_others(web):
    a = web.upload(('good.jpg', pic.jpeg(seed=6)), ('bad.jpg', b'this is text'), ('cut.png', pic.png(300, 300)[:150]), ('fine.png', pic.png(seed=6)))
    assert a.status == 201, a
    m = a.json()
    assert [i['format'] for i in m['images']] == ['jpg', 'png']
    assert [e['name'] for e in m['errors']] == ['bad.jpg', 'cut.png']
    for e in m['errors']:
        assert e['code'] and e['message']


@pytest.mark.parametrize('accept,kind', [('application/json', 'application/json'), ('text/html', 'text/html'), ('*/*', 'text/plain')])
def test_all_failed_is_4xx_in_the_same_shape(web, accept, kind):
    a = web.upload(('a.jpg', b'nothing'), ('b.jpg', pic.HTML), accept=accept)
    assert 400 <= a.status < 500 and a.type == kind, a
    if kind == 'application/json':
        m = a.json()
        assert m['images'] == [] and [e['name'] for e in m['errors']] == ['a.jpg', 'b.jpg']


def test_any_field_name_will_do(web):
    body, ctype = pic_multipart([('picture', 'x.png', pic.png(seed=7)), ('comment', 'no file'), ('files[]', 'y.png', pic.png(seed=8))])
    a = web.request('POST', '/upload', body, {'Content-Type': ctype, 'Accept': 'application/json'})
    assert a.status == 201 and len(a.json()['images']) == 2, a


def pic_multipart(parts):
    from client import multipart
    return multipart(parts)


def test_put_raw_body(web):
    data = pic.png(seed=9)
    a = web.request('PUT', '/upload/my%20cat.png', data, {'Accept': 'application/json'})
    assert a.status == 201, a
    i = a.json()['images'][0]
    assert i['name'] == 'my cat.png' and web.get(i['url']).body == data
    a = web.request('PUT', '/upload/cat.png', data)
    assert a.status == 201 and a.type == 'text/plain' and a.text.count('\n') == 1


def test_put_chunked(web):
    data = pic.jpeg(900, 700, seed=10, quality=95)
    a = web.request('PUT', '/upload/c.jpg', [data[i:i + 7001] for i in range(0, len(data), 7001)], {'Accept': 'application/json'})
    assert a.status == 201, a
    assert web.get(a.json()['images'][0]['url']).body == data


def test_multipart_chunked(web):
    data = pic.jpeg(400, 300, seed=11)
    a = web.upload(('c.jpg', data), chunk=1000)
    assert a.status == 201, a
    assert web.get(a.json()['images'][0]['url']).body == data


def test_base64_source(web):
    data = pic.png(seed=12)
    text = base64.b64encode(data).decode()
    for value in (text, 'data:image/png;base64,' + text, base64.encodebytes(data).decode()):
        a = web.upload(fields=[('source', value)])
        assert a.status == 201, (value[:40], a)
        assert web.get(a.json()['images'][0]['url']).body == data
    a = web.post_form('/upload', {'source': text}, accept='application/json')
    assert a.status == 201 and web.get(a.json()['images'][0]['url']).body == data


def test_bad_base64_is_refused(web):
    for value in ('', '!!!!', 'abc', 'data:image/png;base64,***'):
        a = web.upload(fields=[('source', value)])
        assert 400 <= a.status < 500, (value, a)


def test_empty_requests_are_refused(web):
    empty, ctype = pic_multipart([])
    for method, path, body, kind in (('POST', '/upload', b'', 'application/x-www-form-urlencoded'), ('POST', '/upload', empty, ctype),
                                     ('POST', '/upload', b'', 'multipart/form-data; boundary=x'), ('PUT', '/upload/a.jpg', b'', 'image/jpeg'),
                                     ('POST', '/upload', b'{}', 'application/json'), ('POST', '/upload', b'abc', 'text/plain')):
        a = web.request(method, path, body, {'Content-Type': kind, 'Accept': 'application/json'})
        assert 400 <= a.status < 500, (method, kind, a)
        assert a.type == 'application/json' and 'request_id' in a.text


def test_empty_file_fields_of_a_browser_are_no_files(web):
    """A form with an empty file field sends filename="" and no bytes."""
    data = pic.png(seed=13)
    body, ctype = pic_multipart([('file', '', b''), ('file', 'a.png', data), ('file', '', b'')])
    a = web.request('POST', '/upload', body, {'Content-Type': ctype, 'Accept': 'application/json'})
    assert a.status == 201 and len(a.json()['images']) == 1 and a.json()['errors'] == [], a


@pytest.mark.parametrize('name,make,fmt,mime', [
    ('x.txt', pic.jpeg, 'jpg', 'image/jpeg'), ('x.gif', pic.png, 'png', 'image/png'), ('x.jpg', pic.gif, 'gif', 'image/gif'),
    ('x.exe', pic.webp, 'webp', 'image/webp'), ('noext', pic.bmp, 'bmp', 'image/bmp'), ('x.png', pic.tiff, None, 'image/tiff')])
def test_bytes_decide_the_type(web, name, make, fmt, mime):
    i = web.upload((name, make(), 'text/html')).json()['images'][0]
    a = web.get('/i/' + i['id'])
    assert a.status == 200 and a.type == mime and a.header('X-Content-Type-Options') == 'nosniff'
    if fmt:
        assert i['format'] == fmt and i['url'].endswith('.' + fmt)


@pytest.mark.parametrize('name,data,word', [('x.svg', pic.SVG, 'SVG'), ('x.jpg', pic.SVG, 'SVG'), ('x.html', pic.HTML, 'HTML'), ('cat.jpg', pic.HTML, 'HTML'),
                                            ('x.pdf', pic.PDF, ''), ('x.php.jpg', pic.PHP, ''), ('x.jpg', b'\0' * 4096, ''), ('x.png', b'\x89PNG', '')],
                         ids=lambda v: v if isinstance(v, str) else 'bytes')
def test_other_types_are_refused_by_name(web, name, data, word):
    a = web.upload((name, data, 'image/jpeg'))
    assert a.status in (415, 422) and word.lower() in a.text.lower(), a
    assert a.json()['errors'][0]['name'] == name


@pytest.mark.parametrize('name,data,word', [
    ('float.tif', pic.save(pic.Image.new('F', (40, 30), 0.5), 'TIFF'), 'not supported'), ('packed.bmp', pic.bmp()[:30] + b'\4' + pic.bmp()[31:], 'not supported'),
    ('lossless.jpg', pic.jpeg().replace(b'\xff\xc0', b'\xff\xc3', 1), 'lossless'), ('deep.jpg', pic.jpeg().replace(b'\xff\xc0\0\x11\x08', b'\xff\xc0\0\x11\x0c', 1), '12 bits')],
                         ids=lambda v: v if isinstance(v, str) else '')
def test_kinds_that_no_decoder_here_knows_are_no_damage(web, name, data, word):
    a = web.upload((name, data))
    assert a.status == 415 and word in a.text, a


def test_duplicates_have_ids_of_their_own(stack, web):
    data = pic.png(200, 150, seed=14)
    before = len([f for f in stack.store_files() if f.startswith('o')]) if stack.home else 0
    a, b = web.put_picture(data, 'one.png'), web.put_picture(data, 'two.png')
    assert a['id'] != b['id'] and a['sha256'] == b['sha256']
    assert web.get(a['url']).body == web.get(b['url']).body == data
    if stack.home:
        assert len([f for f in stack.store_files() if f.startswith('o')]) == before + 1


def test_same_file_twice_in_one_request(web):
    data = pic.png(210, 150, seed=15)
    a = web.upload(('one.png', data), ('two.png', data))
    ids = [i['id'] for i in a.json()['images']]
    assert a.status == 201 and len(set(ids)) == 2, a


def test_names_are_cleaned_and_kept(web):
    cases = [('../../etc/passwd.png', 'passwd.png'), ('C:\\\\dir\\\\cat.png', None), ('日本語 猫.png', '日本語 猫.png'),
             ('a' * 500 + '.png', None), ('<script>alert(1)</script>.png', None)]
    for sent, kept in cases:
        a = web.upload((sent, pic.png(30, 20)))
        assert a.status == 201, (sent, a)
        name = a.json()['images'][0]['name']
        assert len(name.encode()) <= 200 and '/' not in name and not any(ord(c) < 32 or ord(c) == 127 for c in name), name
        if kept:
            assert name == kept


def test_id_is_nearly_in_order_of_time(web):
    ids = [web.put_picture(pic.png(20, 20, seed=i), 'x')['id'] for i in range(3)]
    assert len(set(ids)) == 3
    assert len({i[:4] for i in ids}) == 1       # the seconds come first


def test_upload_page_works_without_javascript(web):
    for path in ('/', '/upload'):
        a = web.get(path, accept='text/html')
        assert a.status == 200 and a.type == 'text/html', a
        assert re.search(r'<form[^>]*method="post"[^>]*>', a.text, re.I) and 'multipart/form-data' in a.text
        assert re.search(r'<input[^>]*type="file"', a.text, re.I)
        assert "default-src 'self'" in a.header('Content-Security-Policy', '') or "default-src 'none'" in a.header('Content-Security-Policy', '')


def test_wrong_method_names_the_right_ones(web):
    a = web.request('DELETE', '/upload', headers={'Accept': 'application/json'})
    assert a.status == 405 and 'POST' in a.header('Allow', ''), a
