"""Uploads from several threads while something harms; what was acknowledged, and the proof that all of it is there."""
import collections
import json
import os
import random
import threading
import time

import pictures as pic
from stack import until

LONG = os.environ.get('TINTYPE_LONG', '') not in ('', '0')
COUNT = 2000 if LONG else 400


class Storm:
    def __init__(self, stack, count=COUNT, threads=4):
        self.s, self.count, self.threads = stack, count, threads
        self.taken, self.refused = [], collections.Counter()
        self.harms, self.next, self.lock = 0, 0, threading.Lock()

    def upload(self):
        while True:
            with self.lock:
                k = self.next
                if k >= self.count:
                    return
                self.next += 1
            data = pic.png(40 + k % 50, 30 + k // 50, seed=k)
            try:
                a = self.s.client.upload(('%d.png' % k, data))
            except Exception as e:
                self.refused[type(e).__name__] += 1
                continue
            if a.status == 201:
                self.taken.append((a.json()['images'][0], data))
            else:
                self.refused[a.status] += 1

    def run(self, harm=None, pause=(0.05, 0.3)):
        """All uploads; harm() again and again meanwhile."""
        ts = [threading.Thread(target=self.upload) for _ in range(self.threads)]
        for t in ts:
            t.start()
        while any(t.is_alive() for t in ts):
            if harm is not None:
                time.sleep(random.uniform(*pause))
                harm()
                self.harms += 1
            else:
                ts[0].join(1)
        for t in ts:
            t.join()
        return self

    def prove(self, tell, name, least=10):
        """Every acknowledged picture reads back; index and store (and mirrors, after a while) agree. Prints the counts."""
        assert len(self.taken) >= least, (len(self.taken), self.refused)
        assert all(isinstance(k, str) or k in (422, 500, 502, 503, 504, 507) for k in self.refused), self.refused
        for i, data in self.taken:
            a = self.s.client.get(i['url'])
            assert a.status == 200 and a.body == data, (i['id'], a)
        assert until(lambda: self.waiting() == 0, 120, 0.3), self.s.sql('select kind, key_text, state, tries, last_error from job where state < 2')
        out = self.s.tintype('scrub', '--verify', '--json', check=False).stdout
        found = json.loads(out.splitlines()[-1])
        assert found['done'] and found['pictures'] >= len(self.taken), found
        for what in ('lost', 'length', 'damaged', 'mirror_missing', 'mirror_damaged', 'no_blob_row', 'miscounted', 'no_sidecar', 'sidecar_differs', 'no_tombstone',
                     'mirror_away'):
            assert found['sum'][what] == 0, (what, out[-2000:])
        tell('%s: %d uploads, %d acknowledged, %d refused or broken off %s, %d blows; 0 lost, %d pictures and %d objects scrubbed' % (
            name, self.count, len(self.taken), sum(self.refused.values()), dict(self.refused), self.harms, found['pictures'], found['objects']))

    def waiting(self):
        """Copies that mirrors are owed. Time passes: what waits for its next try, or for a dead runner's lease, is due."""
        self.s.sql("update job set run_after_s = 0, locked_until_s = if(locked_until_s < unix_timestamp() + 295, 1, locked_until_s) "
                   "where kind in ('mirror', 'repair') and state < 2")
        return int(self.s.sql("select count(*) from job where kind in ('mirror', 'repair') and state < 2")[0][0])
