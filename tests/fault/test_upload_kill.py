"""kill -9 of what uploads need while uploads run: whatever was acknowledged is there, in the mirror too, nothing is there by half."""
import os
import random
import signal

import pytest

import pictures as pic
import procs
import servers
from stack import alive, until
from storm import COUNT, Storm

pytestmark = pytest.mark.once


@pytest.fixture(scope='module')
def folder():
    f = servers.Folder()
    yield f
    f.close()


@pytest.fixture(scope='module')
def own(make_stack, folder):
    os.mkdir(folder('b'))
    os.chmod(folder('b'), 0o777)
    return make_stack({'store.mirror': 'local_b', 'local_b.root': folder('b', 'store'), 'database.timeout_s': '2'})


def killer(own, name):
    def kill():
        ps = own.processes(name)
        if ps:
            procs.send(random.choice(ps), signal.SIGKILL)
    return kill


def afterwards(own):
    # No spooled upload of a dead worker stays for ever: a new start or the jobs sweep it; the live ones leave none.
    assert until(lambda: own.client.get('/readyz').status == 200, 60)
    assert own.client.put_picture(pic.png(), 'after.png')
    assert own.rows_without_bytes() == []


def test_workers_killed(own, tell):
    s = Storm(own).run(killer(own, 'upload'), (0.4, 1.6))
    s.prove(tell, 'workers killed', least=COUNT // 4)
    afterwards(own)


def test_sandboxes_killed(own, tell):
    """The decoder dies instead: a clean error or success, and the file is not damned for a crash it did not cause twice."""
    s = Storm(own, COUNT // 2).run(killer(own, 'sandbox'), (0.1, 0.5))
    s.prove(tell, 'sandboxes killed')
    afterwards(own)


def test_job_runners_killed(own, tell):
    """Runners die with copies in hand; others take them up when the lease ends."""
    def kill():
        ps = [p for n, p in own.pids() if n == 'jobs' and alive(p)]
        for p in ps:
            procs.send(p, signal.SIGKILL)
        own.again()
    s = Storm(own, COUNT // 2).run(kill, (0.3, 1))
    s.prove(tell, 'job runners killed', least=COUNT // 4)
    afterwards(own)


def test_database_killed(own, tell):
    """Between the store and the commit, among other moments."""
    def kill():
        p = own.pid('mariadb', 'mysqld')
        if p and alive(p):
            os.kill(p, signal.SIGKILL)
            assert until(lambda: not alive(p), 30)
        own.again()
    s = Storm(own, COUNT // 2).run(kill, (0.3, 1.5))
    assert until(lambda: own.client.get('/readyz').status == 200, 60)
    s.prove(tell, 'database killed', least=1)
    afterwards(own)
