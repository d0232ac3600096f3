"""The memcached layer against servers that are dead, stopped, lying or shared."""
import os
import time

import pytest

from liar import Liar
from servers import Memcached, Probe, write_settings


@pytest.fixture
def start(own_folder):
    """start(servers): a probe with these servers."""
    some = []

    def make(servers, **options):
        ini = write_settings(own_folder('%d.ini' % len(some)), dict({'memcached.servers': servers, 'database.socket': '/none',
                             'memcached.timeout_ms': '100'}, **{k.replace('__', '.'): v for k, v in options.items()}))
        some.append(Probe(ini))
        return some[-1]
    yield make
    for p in some:
        p.close()


@pytest.fixture
def mc(own_folder):
    m = Memcached(own_folder).start()
    yield m
    m.kill()


def said(answer):
    """('ok', 'v 17') -> ('v', seconds)."""
    assert answer[0] == 'ok', answer
    value, us = answer[1].split(' ')
    return value, int(us) / 1e6


def value(p, line):
    return said(p.say(line))[0]


def test_well(start, mc):
    p = start(mc.socket)
    assert value(p, 'cget k') == '-'
    assert value(p, 'cset k one') == '+' and value(p, 'cget k') == 'one'
    value(p, 'cadd k two')
    assert value(p, 'cget k') == 'one', 'add replaced a value'
    assert value(p, 'cset k three') == '+' and value(p, 'cget k') == 'three'
    assert value(p, 'cdel k') == '+' and value(p, 'cget k') == '-'
    assert value(p, 'cdel k') == '+', 'not there is gone for sure'
    value(p, 'cadd k four')
    assert value(p, 'cget k') == 'four'
    assert [value(p, 'ccount n') for _ in range(3)] == ['1', '2', '3']
    big = 'x' * 3000
    assert value(p, 'cset ' + 'k' * 500 + ' ' + big) == '+' and value(p, 'cget ' + 'k' * 500) == big


def test_no_servers(start):
    p = start('')
    assert value(p, 'cset k v') == '-' and value(p, 'cget k') == '-' and value(p, 'cdel k') == '+' and value(p, 'ccount n') == '0'


def test_values_end_with_their_time(start, mc):
    """Even when the server would keep them."""
    p = start(mc.socket)
    assert value(p, 'cset k v 100') == '+' and value(p, 'cget k') == 'v'
    p.say('clock 101')
    assert value(p, 'cget k') == '-'


def test_dead(start, own_folder, mc):
    p = start(mc.socket)
    assert value(p, 'cset k v') == '+'
    mc.kill()
    for line in ('cget k', 'cset k w', 'cdel k', 'ccount n'):
        v, s = said(p.say(line))
        assert v in ('-', '0') and s < 1, line
    mc.start()
    time.sleep(0.5)
    assert value(p, 'cset k w') == '+' and value(p, 'cget k') == 'w'


def test_stopped(start, mc):
    """The first who asks waits the timeout, the others nothing, until it is tried again."""
    p = start(mc.socket)
    assert value(p, 'cset k v') == '+'
    mc.stop()
    v, first = said(p.say('cget k'))
    assert v == '-' and first < 2
    waits = [said(p.say('cget k'))[1] for _ in range(50)]
    assert sum(waits) < 1, 'a server at rest still costs time'
    assert value(p, 'cdel k') == '-', 'nobody can know that it is gone'
    mc.go_on()
    end = time.monotonic() + 12
    while value(p, 'cset k w') != '+':
        assert time.monotonic() < end
        time.sleep(0.1)
    assert value(p, 'cget k') == 'w'


def test_late_answers_go_to_nobody(start, mc):
    """What a stopped server says at last is not taken for the answer to the next question."""
    p = start(mc.socket)
    for i in range(5):
        assert value(p, 'cset k%d v%d' % (i, i)) == '+'
    for i in range(5):
        mc.stop()
        assert value(p, 'cget k%d' % i) in ('-', 'v%d' % i)
        mc.go_on()
        assert value(p, 'cget k%d' % ((i + 1) % 5)) in ('-', 'v%d' % ((i + 1) % 5))


@pytest.mark.parametrize('mode', ['nonsense', 'other', 'silent', 'closed'])
def test_lying(start, own_folder, mode):
    liar = Liar(own_folder('liar.s'))
    p = start(liar.path)
    value(p, 'cset other v')
    liar.mode = mode
    for _ in range(3):
        v, s = said(p.say('cget k'))
        assert v == '-' and s < 2
    assert liar.asked > 0
    liar.close()


def test_huge_promise(start, own_folder):
    """A value of a gigabyte is announced: refused, not allocated."""
    import socket
    import threading
    s = socket.socket(socket.AF_UNIX)
    s.bind(own_folder('huge.s'))
    s.listen(5)

    def serve():
        while True:
            try:
                c, _ = s.accept()
                key = c.recv(1000).split()[1]
                c.sendall(b'VALUE %s 0 1000000000\r\n' % key + b'x' * 100000)
            except OSError:
                return
    threading.Thread(target=serve, daemon=True).start()
    p = start(own_folder('huge.s'))
    for _ in range(3):
        assert value(p, 'cget k') == '-'
        time.sleep(0.5)
    with open('/proc/%d/status' % p.p.pid) as f:
        peak = [int(line.split()[1]) for line in f if line.startswith('VmHWM')][0]
    assert peak < 60000
    s.close()


def test_what_others_wrote_is_a_miss(start, mc, own_folder):
    """Another site with another secret on the same server and with the same prefix; and a node of ours."""
    p, q = start(mc.socket), start(mc.socket)
    ini = write_settings(own_folder('other.ini'), {'memcached.servers': mc.socket})
    with open(ini) as f:
        text = f.read().replace('thirty-two', 'thirtythree')
    with open(ini, 'w') as f:
        f.write(text)
    other = Probe(ini)
    assert value(p, 'cset k v') == '+'
    assert value(q, 'cget k') == 'v', 'a node with the same secret'
    assert value(other, 'cget k') == '-'
    assert value(other, 'cset k w') == '+'
    assert value(p, 'cget k') == 'v'
    other.close()


def test_one_of_three_dead(start, own_folder):
    """Keys stay on their servers: what lives on the others is not touched by one that dies."""
    three = [Memcached(own_folder, 'm%d' % i).start() for i in range(3)]
    try:
        p = start(','.join(m.socket for m in three))
        keys = ['key%d' % i for i in range(60)]
        for k in keys:
            assert value(p, 'cset %s %s' % (k, k)) == '+'
        three[1].kill()
        left = [k for k in keys if value(p, 'cget ' + k) == k]
        assert 20 <= len(left) <= 55, len(left)
        assert [k for k in keys if value(p, 'cget ' + k) == k] == left
        three[1].start()
        time.sleep(0.5)
        # Empty now; nothing comes back from elsewhere.
        for k in keys:
            assert value(p, 'cget ' + k) == (k if k in left else '-')
    finally:
        for m in three:
            m.kill()


def test_bad_lists(own_folder):
    for servers in ('host:0', 'host:99999', 'host:x', ','.join('h%d' % i for i in range(40))):
        ini = write_settings(own_folder('bad.ini'), {'memcached.servers': servers})
        p = Probe(ini)
        assert p.p.wait(10) == 1, servers
        p.p.stdin.close()
        p.p.stdout.close()
    assert os.path.exists(own_folder('bad.ini'))
