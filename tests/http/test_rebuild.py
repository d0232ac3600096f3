"""
The drill: everything but the store is lost. From new tables, a backup of what the store does not hold, and the store alone, the site comes
back: every address, byte, owner, visibility, deleted picture and delete link. Where ../shared is beside the checkout, its pictures take part:
40 of them, of all kinds; all with TINTYPE_LONG=1.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import time

import pytest

import pictures as pic
from client import Client, shared
from stack import TOP
from storm import LONG

pytestmark = pytest.mark.once

USERS = ('ann', 'bob')


def log_in(site, name, password):
    web = Client(site.client.url)
    token = web.get('/admin/login', accept='application/json').json()['csrf']
    a = web.post_form('/admin/login', {'csrf': token, 'name': name, 'password': password}, accept='application/json')
    assert a.status == 200, a
    return web


def site_with_pictures(site):
    """Pictures of nobody, of two accounts and of an administrator, in all visibilities, some with shared bytes, some deleted."""
    site.passwords = {u: site.tintype('user', 'add', u, '--generate').stdout.strip() for u in USERS}
    site.passwords['admin'] = site.admin_password()
    made, dead = [], []
    for who in ('', 'ann', 'bob', 'admin'):
        web = log_in(site, who, site.passwords[who]) if who else Client(site.client.url)
        for n, visibility in enumerate(('public', 'unlisted', 'private')[:3 if who else 2]):
            i = web.put_picture(pic.jpeg(120 + n, 90, seed=n + len(who)), 'Кот %d "x".jpg' % n, visibility=visibility, title='猫 %d' % n)
            made.append(dict(i, who=who))
        i = web.put_picture(pic.png(40, 40), 'the same.png')
        made.append(dict(i, who=who))
        dead.append(web.put_picture(pic.png(40, 41), 'dead.png'))
    for i in dead:
        assert site.client.request('DELETE', i['delete_url'], headers={'Accept': 'application/json'}).status == 200
    site.tintype('style', 'add', 'thumb', 'image/resize,w_20')
    return made, dead


def some_of_the_corpus(n):
    """Evenly over all folders and sizes; nothing without the corpus."""
    top = os.path.join(shared() or '/nonexistent', 'corpus', 'visible')
    paths = sorted((os.path.basename(d), os.path.getsize(os.path.join(d, f)), os.path.join(d, f)) for d, _, names in os.walk(top) for f in names
                   if not f.endswith(('.tsv', '.svg')) and '/reject-' not in d)
    step = 1 if LONG or len(paths) <= n else len(paths) / n
    return [paths[int(k * step)][2] for k in range(int(len(paths) / step))] if paths else []


def photos(site):
    """Pictures that nobody of this project made, of nobody and of ann, in all visibilities. [(id, whether everybody may see it)]"""
    webs, out, refused = (Client(site.client.url), log_in(site, 'ann', site.passwords['ann'])), [], 0
    for n, path in enumerate(some_of_the_corpus(48)):
        visibility = ('public', 'unlisted', 'private')[n % 3]
        with open(path, 'rb') as f:
            a = webs[visibility == 'private'].upload((os.path.basename(path), f.read()), fields=[('visibility', visibility)])
        if a.status == 201:
            out.append((a.json()['images'][0]['id'], visibility != 'private'))
        else:
            assert a.status in (400, 413, 415, 422), (path, a)
            refused += 1
    assert refused <= 8 or LONG, refused
    return out


def photo_answers(site):
    """Bytes by their hash, and what the API says, to everybody and to ann."""
    out = {}
    for who, web in (('', Client(site.client.url)), ('ann', log_in(site, 'ann', site.passwords['ann']))):
        for pid, for_all in site.photos:
            a = web.get('/i/' + pid)
            assert a.status == (200 if for_all or who else 404), (who, pid, a)
            m = web.get('/api/v1/images/' + pid, accept='application/json').json()
            out[who, pid] = (a.status, hashlib.sha256(a.body).hexdigest() if a.status == 200 else '', a.header('Content-Type'),
                             {k: v for k, v in m.items() if k != 'error'})
    return out


def answers(site, made, dead):
    """What the site says of them, to everybody and to each of the accounts."""
    out = {}
    webs = {who: log_in(site, who, site.passwords[who]) if who else Client(site.client.url) for who in ('',) + USERS + ('admin',)}
    for who, web in webs.items():
        for i in made + dead:
            for u in ('/i/' + i['id'], '/i/%s?x-oss-process=image/resize,w_30' % i['id'], '/i/%s!thumb' % i['id'], '/p/' + i['id']):
                a = web.get(u)
                out[who, u] = a.status, a.body if u.startswith('/i/') and a.status == 200 else None
            a = web.get('/api/v1/images/' + i['id'], accept='application/json')
            m = a.json()
            out[who, i['id']] = (a.status, {k: v for k, v in m.items() if k != 'error'})
    return out


def rows(site):
    return (site.sql('select p.id, hex(p.blob_sha), a.name, hex(uploader), p.name, title, visibility, format, width_px, height_px, frames, orientation, '
                     'alpha, bytes, quality, p.created_s, taken_s, address, version from picture p left join account a on a.id = p.owner '
                     'where deleted_s is null order by 1'),
            site.sql('select hex(sha), bytes, format, refs from stored_blob order by 1'),
            site.sql('select id from picture where deleted_s is not null order by 1'))


def lose_the_database(site):
    subprocess.run(['./quickstart', 'stop'], cwd=TOP, env=site.env(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, timeout=120)
    shutil.rmtree(os.path.join(site.home, 'db'))
    shutil.rmtree(site.conf('cache.dir'))
    site.again()        # new tables; the administrator is not made again, as the password's file is there
    assert site.sql('select (select count(*) from picture), (select count(*) from account)') == [['0', '0']]


@pytest.fixture(scope='module')
def site(make_stack):
    s = make_stack()
    s.made, s.dead = site_with_pictures(s)
    s.photos = photos(s)
    s.before, s.photos_before, s.rows = answers(s, s.made, s.dead), photo_answers(s), rows(s)
    return s


def test_the_drill(site, tmp_path, tell):
    tell('the drill: %d pictures made by the tests%s' % (len(site.made), ', %d of the corpus' % len(site.photos) if site.photos else
                                                         '; no ../shared beside the checkout: none of the corpus'))
    folder = str(tmp_path)
    out = subprocess.run([site.program('tintype'), '-c', site.conf_path, 'backup', folder], stdout=subprocess.PIPE, text=True, check=True).stdout
    saved, = os.listdir(folder)
    path = os.path.join(folder, saved)
    assert os.stat(path).st_mode & 0o777 == 0o600 and path in out
    receipts = site.sql('select * from deletion order by id'), site.sql('select * from deletion_layer order by 1, 2, 3')

    lose_the_database(site)
    for cut in (0.5, 0.99):         # a backup that is not whole is put back not even in part
        part = os.path.join(folder, 'part')
        with open(path, 'rb') as f, open(part, 'wb') as g:
            whole = f.read()
            g.write(whole[:int(len(whole) * cut)])
        p = subprocess.run([site.program('tintype'), '-c', site.conf_path, 'restore', part], stderr=subprocess.PIPE, text=True)
        assert p.returncode == 1 and 'backup' in p.stderr
        assert site.sql('select count(*) from account') == [['0']]
    subprocess.run([site.program('tintype'), '-c', site.conf_path, 'restore', path], check=True, stdout=subprocess.DEVNULL)
    p = subprocess.run([site.program('tintype'), '-c', site.conf_path, 'restore', path], stderr=subprocess.PIPE, text=True)
    assert p.returncode == 1 and 'not empty' in p.stderr
    assert (site.sql('select * from deletion order by id'), site.sql('select * from deletion_layer order by 1, 2, 3')) == receipts

    dry = site.tintype('rebuild-index', '--dry-run').stdout
    assert '%d: pictures added (dry run)' % (len(site.made) + len(site.photos)) in dry
    assert site.sql('select count(*) from picture') == [['0']]
    out = site.tintype('rebuild-index').stdout
    assert '%d: pictures added' % (len(site.made) + len(site.photos)) in out and '%d: tombstones added' % len(site.dead) in out
    assert rows(site) == site.rows
    assert answers(site, site.made, site.dead) == site.before
    assert photo_answers(site) == site.photos_before
    again = site.tintype('rebuild-index').stdout
    assert again == '%d: there already\n' % (len(site.made) + len(site.photos) + len(site.dead)), again
    assert 'nothing is wrong' in site.tintype('scrub', '--dry-run').stdout
    # Delete links work as before; what is deleted now stays so.
    i = site.made.pop()
    assert site.client.request('DELETE', i['delete_url'], headers={'Accept': 'application/json'}).status == 200
    assert site.client.get('/i/' + i['id']).status == 410
    site.sql("delete from picture where id = '%s'" % i['id'])
    site.tintype('rebuild-index')
    assert site.sql("select deleted_s is not null from picture where id = '%s'" % i['id']) == [['1']]
    site.dead.append(i)


def test_from_the_store_alone(site):
    """No backup: the owners are accounts that nobody can log in to, until an administrator gives them a password."""
    before = rows(site)
    lose_the_database(site)
    out = site.tintype('rebuild-index').stdout
    assert '3: accounts made, disabled' in out, out
    assert rows(site) == before
    assert site.sql('select distinct disabled_s is not null, password, role from account') == [['1', '*', '0']]
    web = Client(site.client.url)
    mine = [i for i in site.made if i['who'] == 'ann' and i['visibility'] == 'private'][0]
    assert web.get('/i/' + mine['id']).status == 404
    new = site.tintype('user', 'password', 'ann', '--generate').stdout.strip()
    site.tintype('user', 'enable', 'ann')
    assert log_in(site, 'ann', new).get('/i/' + mine['id']).status == 200


def test_what_lies_in_the_store_decides(site):
    """A tombstone beats a living row and a sidecar that a late copy brought back; sidecars that cannot be are told and left out."""
    root = site.conf('local.root')

    def stored(name):
        f, = [f for f in site.store_files() if os.path.basename(f) == name]
        return os.path.join(root, f)
    web = site.client
    i, j, k = (web.put_picture(pic.png(50 + n, 50), 'x.png') for n in range(3))
    sidecar = stored(i['id'] + '.json')
    with open(sidecar) as f:
        text = f.read()
    assert web.request('DELETE', i['delete_url'], headers={'Accept': 'application/json'}).status == 200
    site.sql("delete from picture where id = '%s'" % i['id'])
    with open(sidecar, 'w') as f:
        f.write(text)
    # j: only the index lives on, as after an older dump of the database was put back.
    assert web.request('DELETE', j['delete_url'], headers={'Accept': 'application/json'}).status == 200
    site.sql("delete from deletion where id = '%s'" % j['id'])
    site.sql("update picture set deleted_s = null, purged_s = null where id = '%s'" % j['id'])
    with open(stored(k['id'] + '.json'), 'w') as f:
        f.write(json.dumps(dict(json.loads(text), id=k['id'], width=-5)))
    site.sql("update stored_blob set refs = 0 where sha = x'%s'" % k['sha256'])
    site.sql("delete from picture where id = '%s'" % k['id'])
    p = site.tintype('rebuild-index', check=False)
    assert p.returncode == 1 and '1: sidecars that cannot be read, left out' in p.stdout and k['id'] in p.stdout
    for x in (i, j):
        assert site.sql("select deleted_s is not null from picture where id = '%s'" % x['id']) == [['1']], p.stdout
        assert web.get('/i/' + x['id']).status == 410
    # The jobs clear away what came back.
    end = time.monotonic() + 60
    while os.path.exists(sidecar):
        site.sql("update picture set deleted_s = deleted_s - 100 where id = '%s'" % i['id'])
        site.sql("update job set run_after_s = 0 where kind = 'purge'")
        site.tintype('jobs', '--once')
        assert time.monotonic() < end
    site.tintype('rebuild-index', '--sidecars')
    assert re.search('"owner_name":"ann"', open(stored([m for m in site.made if m['who'] == 'ann'][0]['id'] + '.json')).read())
