"""The receipt of a delete: every layer at every place, other nodes too; who may see it; and what a node that was away does when it is back."""
import configparser
import os
import re
import shutil
import subprocess
import tempfile
import time

import pytest

import pictures as pic
from stack import until

pytestmark = pytest.mark.once

JSON = {'Accept': 'application/json'}


class Node:
    """A second node of the stack's site: other folders for what is a node's own, the same database and store."""

    def __init__(self, stack, folder):
        self.stack, self.folder = stack, folder
        c = configparser.RawConfigParser(strict=False)
        with open(stack.conf_path) as f:
            c.read_file(f)
        for section, option, name in (('cache', 'dir', 'cache'), ('server', 'state_dir', 'state'), ('server', 'spool_dir', 'spool')):
            if not c.has_section(section):
                c.add_section(section)
            c.set(section, option, os.path.join(folder, name))
        self.ini = os.path.join(folder, 'node.ini')
        with open(self.ini, 'w') as f:
            c.write(f)
        os.chmod(folder, 0o755)
        for name in ('cache', 'state', 'spool'):
            os.makedirs(os.path.join(folder, name))
        owner = os.stat(stack.conf('cache.dir'))
        for d, dirs, names in os.walk(folder):
            for n in ['.'] + names:
                os.chown(os.path.join(d, n), owner.st_uid, owner.st_gid)

    def work(self):
        p = subprocess.run(self.stack.become() + [self.stack.program('tintype'), '-c', self.ini, 'jobs', '--once'],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        assert p.returncode == 0, p.stdout

    def take_variants(self, pid):
        """What this node would have made when it was asked: the very files."""
        sub = os.path.join('v', pid[-2:], pid)
        to = os.path.join(self.folder, 'cache', sub)
        shutil.copytree(os.path.join(self.stack.conf('cache.dir'), sub), to)
        owner = os.stat(self.ini)
        for d, dirs, names in os.walk(os.path.dirname(os.path.dirname(to))):
            for n in ['.'] + names:
                os.chown(os.path.join(d, n), owner.st_uid, owner.st_gid)
        return to


@pytest.fixture(scope='module')
def site(make_stack):
    s = make_stack()
    end = time.monotonic() + 60
    while s.sql('select count(*) from node') != [['1']]:
        assert time.monotonic() < end, 'the job runner does not say that it is there'
        time.sleep(0.1)
    return s


@pytest.fixture
def node(site):
    n = Node(site, tempfile.mkdtemp(prefix='node', dir=site.dir))     # where the servers' user may look
    before = {r[0] for r in site.sql('select name from node')}
    n.work()
    n.name, = {r[0] for r in site.sql('select name from node')} - before
    yield n
    site.sql("delete from node where name = '%s'" % n.name)


def picture(site):
    i = site.client.put_picture(pic.jpeg(300, 200, seed=int(time.time() * 1000) % 100000), 'x.jpg')
    assert site.client.get('/i/%s?x-oss-process=image/resize,w_70' % i['id']).status == 200
    i['token'] = re.split(r'[/=?]', i['delete_url'])[-1]
    return i


def delete(site, i):
    a = site.client.request('DELETE', '/api/v1/images/%s?token=%s' % (i['id'], i['token']), headers=JSON)
    assert a.status == 200, a
    assert site.client.get('/i/' + i['id']).status == 410
    return a.json()['receipt']


def receipt(site, i):
    a = site.client.request('GET', '/api/v1/deletions/' + i['id'], headers=dict(JSON, **{'X-Delete-Token': i['token']}))
    assert a.status == 200, a
    return a.json()


def test_on_one_node_it_is_complete_with_the_answer(site):
    i = picture(site)
    delete(site, i)
    m = receipt(site, i)
    assert m['complete'] and m['completed'] and m['reason'] == 'api' and m['id'] == i['id']
    assert {x['layer'] for x in m['layers']} == {'row', 'tombstone', 'memcached', 'variants', 'sidecar', 'bytes', 'copies'}
    assert all(x['done'] and not x['waiting'] and 'place' not in x and 'note' not in x for x in m['layers']), m
    assert site.sql("select purged_s is not null from picture where id = '%s'" % i['id']) == [['1']]
    # The durable job finds that there is nothing left to do.
    site.sql("update job set run_after_s = 0 where kind = 'purge'")
    site.tintype('jobs', '--once')
    assert site.sql("select distinct tries from deletion_layer where id = '%s' order by 1" % i['id']) == [['0'], ['1']]


def test_who_may_see_it(site):
    i, j = picture(site), picture(site)
    url = delete(site, i)
    assert site.client.path_of(url).startswith('/api/v1/deletions/%s?token=' % i['id'])
    web = site.client
    assert web.get(url, accept='application/json').json()['id'] == i['id']
    path = '/api/v1/deletions/' + i['id']
    assert web.get(path, accept='application/json').status == 401
    assert web.get(path + '?token=' + j['token'], accept='application/json').status == 403
    assert web.get('/api/v1/deletions/%s?token=%s' % (j['id'], j['token']), accept='application/json').status == 404
    assert web.get('/api/v1/deletions/..%2f' + i['id'], accept='application/json').status in (400, 404)
    a = web.get(url, accept='text/html', accept_language='zh')
    assert a.status == 200 and a.type == 'text/html' and '删除凭据' in a.text and i['id'] in a.text


def test_the_link_leads_to_it(site):
    i = picture(site)
    a = site.client.request('POST', i['delete_url'], b'', {'Accept': 'text/html'})
    link = re.search(r'href="([^"]*/api/v1/deletions/[^"]*)"', a.text).group(1)
    b = site.client.get(link, accept='text/html')
    assert b.status == 200 and 'Gone everywhere' in b.text


def test_the_browser_that_sent_it_sees_it(site):
    """Without an account: the cookie may delete, and the page leads to the receipt."""
    web = type(site.client)(site.client.url)
    a = web.upload(('x.png', pic.png(44, 44)), accept='text/html')
    page = web.path_of(a.header('Location'))
    csrf = re.search(r'name="csrf"[^>]*value="([^"]*)"', web.get(page, accept='text/html').text).group(1)
    a = web.post_form(page + '/delete', {'csrf': csrf}, accept='text/html')
    link = re.search(r'href="([^"]*/api/v1/deletions/[^"]*)"', a.text).group(1)
    assert site.client.get(link, accept='application/json').json()['complete']


def test_administrators_see_them_all(site):
    web, i = type(site.client)(site.client.url), picture(site)
    delete(site, i)
    assert web.get('/admin/deletions', accept='application/json').status == 401
    token = web.get('/admin/login', accept='application/json').json()['csrf']
    assert web.post_form('/admin/login', {'csrf': token, 'name': 'admin', 'password': site.admin_password()}, accept='application/json').status == 200
    m = web.get('/admin/deletions', accept='application/json').json()
    assert i['id'] in [x['id'] for x in m['complete']] and m['open'] == []
    m = web.get('/admin/deletion/' + i['id'], accept='application/json').json()
    assert {'local'} == {x['place'] for x in m['layers'] if x['where'] == 'store'}
    assert web.get('/api/v1/deletions/' + i['id'], accept='application/json').json()['layers'] == m['layers']
    for path in ('/admin/deletions', '/admin/deletion/' + i['id'], '/admin/picture/' + i['id']):
        a = web.get(path, accept='text/html')
        assert a.status in (200, 410) and i['id'] in a.text, a
    assert '/admin/deletion/' + i['id'] in a.text


def test_not_complete_without_the_other_node(site, node):
    i = picture(site)
    held = node.take_variants(i['id'])
    delete(site, i)
    m = receipt(site, i)
    assert not m['complete'] and m['completed'] is None
    waiting = [x for x in m['layers'] if x['waiting']]
    assert {x['layer'] for x in waiting} == {'memcached', 'variants', 'copies'} and {x['where'] for x in waiting} == {'node'}
    # The first node's runner cannot do it for the other.
    site.sql("update job set run_after_s = 0 where kind = 'purge'")
    site.tintype('jobs', '--once')
    assert os.path.exists(held) and not receipt(site, i)['complete']
    node.work()
    assert not os.path.exists(held)
    assert receipt(site, i)['complete']
    assert site.sql("select purged_s is not null from picture where id = '%s'" % i['id']) == [['1']]


def test_a_dead_node_is_not_waited_for_and_catches_up(site, node):
    i = picture(site)
    held = node.take_variants(i['id'])
    site.sql("update node set seen_s = 1 where name = '%s'" % node.name)
    delete(site, i)
    m = receipt(site, i)
    assert m['complete'] and len([x for x in m['layers'] if x['away']]) == 3
    node.work()
    assert not os.path.exists(held)
    m = receipt(site, i)
    assert m['complete'] and all(x['done'] for x in m['layers'])


def test_a_store_that_left_the_settings(site):
    """How it comes to that, fault/test_receipts.py shows."""
    i = picture(site)
    delete(site, i)
    site.sql("insert into deletion_layer (id, layer, place, on_node, tries) values ('%s', 'bytes', 's3', 2, 20)" % i['id'])
    m = receipt(site, i)
    assert m['complete'] and [(x['layer'], x['where'], x['waiting'], x['away'], x['done']) for x in m['layers'] if x['removed']] == [
        ('bytes', 'store', False, False, None)]
    assert 'store was removed from the settings' in site.client.get('/api/v1/deletions/%s?token=%s' % (i['id'], i['token']), accept='text/html').text


def test_a_node_that_dies_meanwhile(site, node):
    i = picture(site)
    delete(site, i)
    assert not receipt(site, i)['complete']
    site.sql("update node set seen_s = 1 where name = '%s'" % node.name)

    def a_minute_later():
        """Not with the first try when the site's own runner has the job in hand, and puts it off."""
        site.sql("update job set run_after_s = 0 where kind = 'purge'")
        site.tintype('jobs', '--once')
        return receipt(site, i)['complete']
    assert until(a_minute_later, 60, 0.3)


def test_a_forgotten_node_looks_through_its_cache(site, node):
    i, alive = picture(site), picture(site)
    held, kept = node.take_variants(i['id']), node.take_variants(alive['id'])
    pyramid = os.path.join(node.folder, 'cache', 'y', '00', '0' * 64 + '.0.jpg')
    os.makedirs(os.path.dirname(pyramid))
    shutil.copy(node.ini, pyramid)
    for p in (pyramid, os.path.dirname(pyramid), os.path.dirname(os.path.dirname(pyramid))):
        os.chown(p, os.stat(node.ini).st_uid, os.stat(node.ini).st_gid)
    site.sql("delete from node where name = '%s'" % node.name)
    delete(site, i)
    assert receipt(site, i)['complete'] and os.path.exists(held)
    node.work()
    assert not os.path.exists(held) and not os.path.exists(pyramid) and os.path.exists(kept)


def test_a_tombstone_stays_in_the_store(site):
    i = picture(site)
    delete(site, i)
    stone, = [f for f in site.store_files() if f.startswith('t/') and f.endswith(i['id'])]
    with open(os.path.join(site.conf('local.root'), stone)) as f:
        assert i['id'] in f.read()
