"""Moving in: imports from folders and buckets under the keys there. Moving on: from one store to another while the site is in use."""
import hashlib
import os
import re
import signal
import subprocess
import threading
import time
import urllib.parse

import pytest

import oss_server
import pictures as pic
from stack import until
from store_fixtures import oss, s3      # noqa: F401  (fixtures)

pytestmark = pytest.mark.once
WAIT = 60

JPEG = pic.jpeg(80, 60, seed=3)
FILES = {
    'photos/2024/cat.jpg': JPEG,
    'photos/2024/кот & 猫 +1 "x".png': pic.png(41, 30),
    'deep/' + 'd/' * 30 + 'x.gif': pic.gif(),
    'twice/a.jpg': JPEG,
    'plain': pic.webp(),
}
REFUSED = {'notes.txt': b'no picture', 'broken.png': pic.png(50, 50)[:200] + b'x' * 500, 'empty.jpg': b'', 'big.bmp': pic.bmp() + b'\0' * 3000000}


@pytest.fixture(scope='module')
def site(make_stack, s3, oss, folder):
    os.makedirs(folder('new'))
    os.chmod(folder('new'), 0o777)
    # The folder of the originals changes, and the web server does not know.
    return make_stack(dict(s3.settings('legacy', 's3_b'), **oss.settings('legacy', 'oss_b', server__sendfile='stream', limits__file_bytes='3000000',
                                                                         local_b__root=folder('new', 'store'))))


def write(base, files, age=100):
    for name, data in files.items():
        path = os.path.join(base, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(data)


def counts(out):
    return {what: int(n) for n, what in re.findall(r'^(\d+) (imported|known|refused|failed)\b', out, re.M)}


def check(site, prefix='', files=FILES):
    for name, data in files.items():
        a = site.client.get('/k/' + urllib.parse.quote(prefix + name))
        assert a.status == 200 and a.body == data, (name, a)
        assert site.client.get('/k/' + urllib.parse.quote(prefix + name) + '?x-oss-process=image/resize,w_20').status == 200, name


def settle():
    """Past the second of the import: what changes later is younger than what was imported."""
    now = int(time.time())
    until(lambda: int(time.time()) > now + 1, 5)


def test_a_folder(site, folder):
    base = folder('in')
    write(base, dict(FILES, **REFUSED))
    os.symlink('/etc/passwd', os.path.join(base, 'link.jpg'))
    settle()
    out = site.tintype('import', '--dry-run', '--prefix', 'f/', base).stdout
    # What a file is, only reading it tells.
    assert counts(out) == {'imported': len(FILES) + len(REFUSED) - 1, 'refused': 2}, out
    assert site.client.get('/k/f/plain').status == 404
    site.tintype('user', 'add', 'mover', '--generate')
    out = site.tintype('import', '--prefix', 'f/', '--owner', 'mover', '--visibility', 'unlisted', base).stdout
    assert counts(out) == {'imported': len(FILES), 'refused': len(REFUSED) + 1}, out
    for name in list(REFUSED) + ['link.jpg']:
        assert re.search('^f/%s: refused: .' % re.escape(name), out, re.M), (name, out)
        assert site.client.get('/k/f/' + name).status == 404
    assert '1 of them with bytes that were there already' in out
    check(site, 'f/')
    assert site.sql("select distinct a.name, visibility from picture p join account a on a.id = p.owner") == [['mover', '1']]
    # Again: nothing is read, nothing is made.
    out = site.tintype('import', '--prefix', 'f/', base).stdout
    assert counts(out) == {'imported': 0, 'known': len(FILES), 'refused': len(REFUSED) + 1}, out
    assert counts(site.tintype('import', '--verify', '--prefix', 'f/', base).stdout) == {'imported': 0, 'known': len(FILES), 'refused': len(REFUSED) + 1}
    # Changed, of the same size: imported again, and the key leads to it.
    other = bytearray(JPEG)
    other[-2000:-1990] = other[-1000:-990]
    new = dict(FILES, **{'photos/2024/cat.jpg': pic.jpeg(80, 61, seed=4), 'twice/a.jpg': FILES['twice/a.jpg']})
    write(base, {'photos/2024/cat.jpg': new['photos/2024/cat.jpg']})
    os.utime(os.path.join(base, 'twice/a.jpg'))         # newer, with the same bytes
    assert counts(site.tintype('import', '--prefix', 'f/', base).stdout) == {'imported': 1, 'known': len(FILES) - 1, 'refused': len(REFUSED) + 1}
    assert site.client.get('/k/f/photos/2024/cat.jpg').body == new['photos/2024/cat.jpg']
    assert 'nothing is wrong' in site.tintype('scrub', '--dry-run').stdout
    # Keys are in the sidecars: the index comes back with them.
    before = site.sql('select hex(key_sha), key_text, id from picture_key order by 1')
    site.sql('delete from picture_key; delete from picture; delete from stored_blob')
    site.tintype('rebuild-index')
    assert site.sql('select hex(key_sha), key_text, id from picture_key order by 1') == before


def test_what_cannot_be_imported(site, folder):
    for args, word in ((['/no/such/folder'], 'No such'), (['--from', 's9'], 'none of'), (['--from', 'local'], 'store of this site'),
                       (['--from', 'local_b'], 'no bucket'), (['--owner', 'nobody-of-that-name', folder('in')], 'no account'),
                       (['--visibility', 'some', folder('in')], 'visibility')):
        p = site.tintype('import', *args, check=False)
        assert p.returncode == 1 and word in p.stderr, (args, p)
    assert site.tintype('import', check=False).returncode == 2
    assert site.tintype('import', '--from', 's3_b', folder('in'), check=False).returncode == 2


@pytest.mark.parametrize('section', ['s3_b', 'oss_b'])
def test_a_bucket(site, s3, oss, section):
    files = dict(FILES, **{'a&amp;amp;b.jpg': JPEG, 'x%20y+z.jpg': FILES['plain']})
    things = dict(files, **REFUSED)
    things['folder/'] = b''
    photos = len([k for k in files if k.startswith('photos/')])
    for name, data in things.items():
        if section == 's3_b':
            status, _, body = s3.request('PUT', '/legacy/' + urllib.parse.quote(name), data)
            assert status == 200, (name, body)
        else:
            oss.buckets['legacy'][name] = oss_server.Object(data, {})
    settle()
    p = section + '/'
    out = site.tintype('import', '--from', section, '--prefix', p, '--only', 'photos/').stdout
    assert counts(out) == {'imported': photos}, out
    out = site.tintype('import', '--from', section, '--prefix', p).stdout
    assert counts(out) == {'imported': len(files) - photos, 'known': photos, 'refused': len(REFUSED)}, out
    check(site, p, files)
    asked = len(oss.log)
    assert counts(site.tintype('import', '--from', section, '--prefix', p).stdout) == {'imported': 0, 'known': len(files), 'refused': len(REFUSED)}
    if section == 'oss_b':
        got = [path for method, path, query in oss.log[asked:] if method == 'GET' and 'list-type' not in str(query)]
        assert len(got) <= len(REFUSED), ('known objects were read again', got)
    shown = ' '.join(site.tintype('import', '--from', section, '--dry-run').args)
    assert s3.secret not in shown and oss_server.SECRET not in shown


def test_broken_off_and_called_again(site, folder):
    base = folder('many')
    write(base, {'%d/%d.png' % (n % 7, n): pic.png(20 + n % 5, 20, seed=n) for n in range(60)})
    p = subprocess.Popen(site.become() + [site.program('tintype'), '-c', site.conf_path, 'import', '--prefix', 'many/', base],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert until(lambda: int(site.sql("select count(*) from picture_key where key_text like 'many/%'")[0][0]) >= 5, WAIT)
    p.send_signal(signal.SIGKILL)
    p.communicate()
    done = int(site.sql("select count(*) from picture_key where key_text like 'many/%'")[0][0])
    settle()
    c = counts(site.tintype('import', '--prefix', 'many/', base).stdout)
    assert c['imported'] + c['known'] == 60 and c['known'] >= min(done, 60) - 1, (done, c)
    assert site.sql("select count(*), count(distinct id) from picture_key where key_text like 'many/%'") == [['60', '60']]
    assert site.rows_without_bytes() == []


def set_store(site, **options):
    """Other settings for what runs: as an operator changes them."""
    site.ini_wanted.update({'store.' + k: v for k, v in options.items()})
    with open(os.path.join(site.dir, 'test.ini'), 'w'):
        pass
    from stack import write_ini
    write_ini(os.path.join(site.dir, 'test.ini'), site.ini_wanted)
    site.again()


def test_to_another_store_while_the_site_is_in_use(site, folder):
    before = {i: site.client.get('/i/' + i).body for i, in site.sql('select id from picture where deleted_s is null and visibility <> 2 limit 12')}
    dead = site.client.put_picture(pic.png(60, 61), 'dead.png')
    assert site.client.request('DELETE', dead['delete_url'], headers={'Accept': 'application/json'}).status == 200
    p = site.tintype('migrate', '--from', 'local', '--to', 'local_b', check=False)
    assert p.returncode == 1 and 'store.mirror = local_b' in p.stderr
    set_store(site, mirror='local_b', mirror_mode='sync')
    out = site.tintype('migrate', '--from', 'local', '--to', 'local_b', '--dry-run').stdout
    todo = int(re.search(r'(\d+) to be copied', out).group(1))
    assert todo > len(before)
    taken, gone, stop = [], [], threading.Event()

    def use():
        n = 0
        while not stop.is_set():
            i = site.client.put_picture(pic.png(30 + n % 9, 40 + n, seed=n), 'live.png')
            if n % 3:
                taken.append(i)
            else:
                assert site.client.request('DELETE', i['delete_url'], headers={'Accept': 'application/json'}).status == 200
                gone.append(i)
            n += 1
    t = threading.Thread(target=use)
    t.start()
    try:
        # Killed in the middle, then to its end.
        m = subprocess.Popen(site.become() + [site.program('tintype'), '-c', site.conf_path, 'migrate', '--from', 'local', '--to', 'local_b',
                                              '--rate', '40k'], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert until(lambda: sum(len(n) for _, _, n in os.walk(folder('new', 'store', 'o'))) > 3, WAIT)
        m.send_signal(signal.SIGKILL)
        m.communicate()
        for i, data in before.items():
            assert site.client.get('/i/' + i).body == data
        site.tintype('migrate', '--from', 'local', '--to', 'local_b')
    finally:
        stop.set()
        t.join()
    assert taken and gone
    # Damaged on its way, or since: --verify sees it.
    victim = hashlib.sha256(next(iter(before.values()))).hexdigest()
    path = folder('new', 'store', 'o', victim[:2], victim)
    with open(path, 'r+b') as f:
        f.write(b'XX')
    out = site.tintype('migrate', '--from', 'local', '--to', 'local_b', '--verify').stdout
    assert ' 1 copied ' in out and ' 0 failed' in out, out
    out = site.tintype('migrate', '--from', 'local', '--to', 'local_b').stdout
    assert ' 0 copied ' in out and 'local_b has it all' in out, out
    # The other is the primary now; then the old one is gone altogether.
    set_store(site, primary='local_b', mirror='local')
    out = site.tintype('migrate', '--from', 'local', '--to', 'local_b').stdout
    assert ' 0 copied ' in out and 'is the primary' in out, out
    old = site.conf('local.root')
    set_store(site, primary='local_b', mirror='')
    os.rename(old, old + '.gone')
    for i, data in before.items():
        assert site.client.get('/i/' + i).body == data
    for i in taken:
        assert site.client.get('/i/' + i['id']).status == 200
    for i in gone + [dead]:
        assert site.client.get('/i/' + i['id']).status == 410
        assert not [1 for d, _, names in os.walk(folder('new', 'store')) for n in names if n.startswith(i['id']) and '/t/' not in d + '/']
    stones = {n for d, _, names in os.walk(folder('new', 'store', 't')) for n in names}
    assert {i['id'] for i in gone + [dead]} <= stones
    assert 'nothing is wrong' in site.tintype('scrub', '--dry-run', '--verify').stdout


def copies_removed(site):
    """This node's copies and variants: what is read now comes from a store."""
    for d, _, names in os.walk(site.conf('cache.dir')):
        for n in names:
            os.unlink(os.path.join(d, n))


def test_from_files_to_s3_to_oss(make_stack, s3, oss, folder):
    """Each step while pictures are read, and each picture is found on whichever side has it."""
    site = make_stack(dict(s3.settings('moved'), **oss.settings('moved')))
    pictures = {}

    def put(n):
        data = pic.png(50 + n, 60, seed=n)
        pictures[site.client.put_picture(data, '%d.png' % n)['id']] = data

    def all_read():
        copies_removed(site)
        for i, data in pictures.items():
            a = site.client.get('/i/' + i)
            assert a.status == 200 and a.body == data, (i, a)
        assert site.client.get('/i/' + dead['id']).status == 410

    def key(i):
        return 'o/' + hashlib.sha256(pictures[i]).hexdigest()

    def moved(a, b):
        out = site.tintype('migrate', '--from', a, '--to', b).stdout
        assert ' 0 failed' in out, out
        out = site.tintype('migrate', '--from', a, '--to', b, '--verify').stdout
        assert ' 0 copied ' in out and '%s has it all' % b in out, out

    for n in range(6):
        put(n)
    dead = site.client.put_picture(pic.png(44, 44), 'dead.png')
    assert site.client.request('DELETE', dead['delete_url'], headers={'Accept': 'application/json'}).status == 200
    set_store(site, mirror='s3', mirror_mode='sync')
    put(6)
    all_read()
    moved('local', 's3')
    # Lost here: found there, and brought back.
    ids = sorted(pictures)
    root = site.conf('local.root')
    for i in ids[:2]:
        sha = key(i)[2:]
        os.unlink(os.path.join(root, 'o', sha[:2], sha))
    all_read()
    set_store(site, primary='s3', mirror='local')
    put(7)
    assert s3.request('DELETE', '/moved/' + key(ids[3]))[0] == 204
    all_read()
    assert until(lambda: s3.stored('moved', key(ids[3])) == (200, pictures[ids[3]]), WAIT, 0.5)
    set_store(site, primary='s3', mirror='oss')
    os.rename(root, root + '.gone')
    put(8)
    all_read()
    moved('s3', 'oss')
    assert {key(i) for i in pictures} <= set(oss.buckets['moved']) and 't/' + dead['id'] in oss.buckets['moved']
    set_store(site, primary='oss', mirror='')
    for i in pictures:
        assert s3.request('DELETE', '/moved/' + key(i))[0] == 204
    all_read()
    assert 'nothing is wrong' in site.tintype('scrub', '--verify').stdout
    assert {i for i, in site.sql('select id from picture where deleted_s is null')} == set(pictures)
    site.stop()
