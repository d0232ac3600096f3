"""Many processes store and delete the same few bytes at the same time: counts stay right, and nothing that lives loses its bytes."""
import json
import multiprocessing
import random
import time

import pytest

import pictures as pic
from client import Client
from stack import until

pytestmark = pytest.mark.once

PROCESSES, ROUNDS = 6, 40
SHARED = [pic.png(40 + n, 30, seed=n) for n in range(3)]


def work(url, seed, out):
    """Store, delete, look; what lives at the end goes to out."""
    web, rnd, mine, n = Client(url), random.Random(seed), [], {'stored': 0, 'deleted': 0, 'wrong': []}
    for _ in range(ROUNDS):
        k = rnd.randrange(len(SHARED))
        a = web.upload(('s.png', SHARED[k]))
        if a.status != 201:
            n['wrong'].append('upload %d' % a.status)
            continue
        n['stored'] += 1
        i = a.json()['images'][0]
        a = web.get(i['url'])
        if a.status != 200 or a.body != SHARED[k]:
            n['wrong'].append('%s read %d' % (i['id'], a.status))
        mine.append((i, k))
        while mine and rnd.random() < 0.6:
            i, _ = mine.pop(rnd.randrange(len(mine)))
            a = web.delete(i['delete_url'])
            n['deleted'] += 1
            if a.status not in (200, 204):
                n['wrong'].append('%s delete %d' % (i['id'], a.status))
    out.put((n, [(i['url'], k) for i, k in mine]))


def test_the_same_bytes_come_and_go(make_stack, tell):
    s = make_stack()
    url = 'http://127.0.0.1:%d' % s.port
    out = multiprocessing.Queue()
    some = [multiprocessing.Process(target=work, args=(url, n, out)) for n in range(PROCESSES)]
    for p in some:
        p.start()
    scrubs = 0
    while any(p.is_alive() for p in some):
        found = json.loads(s.tintype('scrub', '--verify', '--repair', '--delete-orphans', '--json', check=False).stdout.splitlines()[-1])
        assert found['sum']['lost'] == 0 and found['sum']['damaged'] == 0 and found['sum']['miscounted'] == 0, found
        scrubs += 1
        time.sleep(0.1)
    ends = [out.get(timeout=30) for _ in some]
    for p in some:
        p.join(30)
    wrong = [w for n, _ in ends for w in n['wrong']]
    assert wrong == [], wrong[:10]
    alive = [x for _, mine in ends for x in mine]
    for u, k in alive:
        a = s.client.get(u)
        assert a.status == 200 and a.body == SHARED[k], u
    refs = s.sql('select sum(refs) from stored_blob')[0][0]
    assert int(refs) == len(alive) == int(s.sql('select count(*) from picture where deleted_s is null')[0][0])
    assert until(lambda: 'nothing is wrong' in s.tintype('scrub', '--verify', check=False).stdout, 60, 0.5)
    tell('%d processes: %d stored, %d deleted, %d alive and whole, %d scrubs meanwhile' % (
        PROCESSES, sum(n['stored'] for n, _ in ends), sum(n['deleted'] for n, _ in ends), len(alive), scrubs))
