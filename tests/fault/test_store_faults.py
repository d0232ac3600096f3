"""A remote primary, or mirror, that is refused, slow, silent, cut, damaged or answers 500, while uploads go on: nothing acknowledged is lost."""
import os
import random
import re

import pytest

from stack import until
from store_fixtures import s3      # noqa: F401  (fixtures)
from storm import LONG, Storm
from tcp_proxy import canned

pytestmark = pytest.mark.once

EACH = 50 if LONG else 4
HARMS = {
    'refused': lambda: {'refuse': True},
    'slow': lambda: {'delay': random.uniform(0.05, 0.3)},
    'silent': lambda: {'silent': True},
    'request cut': lambda: {'cut_request': random.randrange(400, 1500), 'cuts': -1},
    'answer cut': lambda: {'cut': random.randrange(1, 200), 'cuts': -1},
    'answers 500': lambda: {'canned': [canned('500 Internal Server Error')] * 5},
    'answers 503': lambda: {'canned': [canned('503 Slow Down')] * 5},
    'bit flipped': lambda: {'flip': random.randrange(0, 1200)},
}


def settings(s3, bucket, **more):
    return s3.settings(bucket, port=s3.proxy.port, store__connect_ms='500', store__timeout_ms='1000', **more)


def copies(s):
    return int(re.search(r'^tintype_mirror_copies_total{result="written"} (\d+)$', s.client.get('/metrics').text, re.M).group(1))


def more(st, n):
    """n more uploads; how many of them were taken."""
    before = len(st.taken)
    st.count += n
    st.run()
    return len(st.taken) - before


def storm(s, s3, tell, name, well, least):
    """Each harm meets uploads of a store that was well just before; well(st) is when it is again."""
    st, met = Storm(s, 0, threads=3), {}
    for harm in HARMS:
        # A store that failed is left alone for a time, and then tried.
        assert until(lambda: well(st), 90, 0.3), harm
        s3.proxy.harm(**HARMS[harm]())
        met[harm] = '%d of %d' % (more(st, EACH), EACH)
        st.harms += 1
        s3.proxy.harm()
    assert until(lambda: well(st), 90, 0.3)
    tell('taken during the harm: %s' % met)
    st.prove(tell, name, least)
    s.stop()
    return st


def test_the_primary_is_ill(make_stack, s3, tell):
    s = make_stack(settings(s3, 'first', store__primary='s3', store__mirror='local'))
    storm(s, s3, tell, 'ill primary, mirror local', lambda st: more(st, 2) == 2, 2 * len(HARMS))


def test_the_mirror_is_ill(make_stack, s3, tell):
    """mirror_mode sync, so each upload meets it; none fails for that."""
    s = make_stack(settings(s3, 'second', store__mirror='s3', store__mirror_mode='sync'))

    def well(st):
        before = copies(s)
        assert more(st, 1) == 1
        return copies(s) >= before + 2      # bytes and sidecar
    st = storm(s, s3, tell, 'ill mirror, primary local', well, EACH * len(HARMS))
    assert not st.refused, st.refused


def test_the_primary_tells_wrong_bytes(make_stack, s3, tell):
    """What arrives damaged on each try is not believed: the mirror answers."""
    s = make_stack(settings(s3, 'first', store__primary='s3', store__mirror='local'))
    st = Storm(s, 5).run()
    assert len(st.taken) == 5 and until(lambda: st.waiting() == 0, 60, 0.3)
    for d, _, names in os.walk(os.path.join(s.conf('cache.dir'), 't')):
        for n in names:
            os.unlink(os.path.join(d, n))
    for i, data in st.taken:
        s3.proxy.harm(flip=len(data) // 2 + 300)
        a = s.client.get(i['url'])
        assert a.status == 200 and a.body == data, a
    s3.proxy.harm()
    st.prove(tell, 'damaged on the way', 5)
    s.stop()
