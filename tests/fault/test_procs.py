"""What the tests do to processes is undone whatever happens: one left stopped fails every test after it."""
import subprocess

import pytest

import procs


@pytest.fixture
def sleeper():
    p = subprocess.Popen(['sleep', '60'])
    yield p
    p.kill()
    p.wait()


@pytest.fixture
def gone():
    p = subprocess.Popen(['true'])
    p.wait()
    return p.pid


def test_pausing_one_that_is_gone_leaves_nobody_stopped(sleeper, gone):
    with pytest.raises(ProcessLookupError):
        with procs.paused(sleeper.pid, gone):
            pass
    assert procs.states(sleeper.pid) != 'T'


def test_pausing_a_list_that_changes_meanwhile(sleeper, gone):
    with procs.paused(lambda: [gone, sleeper.pid]):
        assert procs.states(sleeper.pid) == 'T'
    assert procs.states(sleeper.pid) != 'T'
