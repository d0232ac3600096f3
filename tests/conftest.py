"""
Fixtures of all tests that need a running Tintype.

A test that takes `stack` runs on every front end (--front picks); marked `once` it runs on the first of them only:
that is for what no web server has a part in, and for what takes long.
"""
import os
import shutil
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))

import servers                                                  # noqa: E402
from client import shared                                       # noqa: E402
from stack import FRONTS, Stack                                 # noqa: E402

NEEDS = {'nginx': 'nginx', 'lighttpd': 'lighttpd', 'apache': 'apache2', 'apache-proxy': 'apache2', 'cgi': 'apache2'}


def pytest_addoption(parser):
    parser.addoption('--front', default=os.environ.get('TINTYPE_FRONTS', ''),
                     help='front ends to test, comma separated, of: ' + ' '.join(FRONTS))


def pytest_configure(config):
    config.addinivalue_line('markers', 'once: on the first front end only')


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    """A failure is told when it happens: of a run that is cut off, the record must say what went wrong."""
    if report.failed:
        crash = getattr(report.longrepr, 'reprcrash', None)
        print('\n%s FAILED %s (%s): %s' % (time.strftime('%H:%M:%S'), report.nodeid, report.when,
                                          str(crash or report.longrepr)[-400:]), flush=True)


def fronts(config):
    if os.environ.get('TINTYPE_URL'):
        return [os.environ.get('TINTYPE_SERVER', 'nginx')]
    names = config.getoption('--front')
    # pytest keeps a fixture only while its parameter is the very same object.
    return [sys.intern(n) for n in names.replace(',', ' ').split()] or list(FRONTS)


def pytest_generate_tests(metafunc):
    if 'stack' in metafunc.fixturenames:
        some = fronts(metafunc.config)
        if metafunc.definition.get_closest_marker('once'):
            some = some[:1]
        metafunc.parametrize('stack', some, indirect=True, scope='session')


def started(front, ini=None, env=None):
    path = os.environ.get('PATH', '') + ':/usr/sbin:/sbin'
    if not shutil.which(NEEDS[front], path=path):
        pytest.skip('%s is not installed' % NEEDS[front])
    return Stack(front, ini, env).start()


@pytest.fixture(scope='session')
def stack(request):
    """A Tintype behind the front end of the parameter."""
    url = os.environ.get('TINTYPE_URL')
    if url:
        yield Stack(request.param).adopt(url, os.environ.get('TINTYPE_HOME', ''))
        return
    s = started(request.param)
    yield s
    s.stop()


@pytest.fixture(scope='module')
def make_stack(request):
    """make_stack({"limits.files": "3"}): another instance with other settings, behind the first front end. Ends with the module."""
    made = []

    def make(ini=None, front=None, env=None):
        if os.environ.get('TINTYPE_URL'):
            pytest.skip('needs an instance with settings of its own')
        s = started(front or fronts(request.config)[0], ini, env)
        made.append(s)
        return s

    yield make
    for s in made:
        s.stop()


@pytest.fixture(scope='module')
def folder():
    """A servers.Folder for the module. Not pytest's: another run that begins meanwhile closes those to the servers."""
    f = servers.Folder()
    yield f
    f.close()


@pytest.fixture
def own_folder():
    """A servers.Folder for one test."""
    f = servers.Folder()
    yield f
    f.close()


@pytest.fixture
def tell(capsys):
    """tell(text): counts belong to the record of a run, whatever pytest does with the output of what went well."""
    def say(text):
        with capsys.disabled():
            print('\n' + text, flush=True)
    return say


@pytest.fixture
def web(stack):
    """A client without cookies for the stack."""
    stack.client.cookies.clear()
    return stack.client


@pytest.fixture(scope='session')
def corpus():
    """The shared folder; without it the test says that it skips."""
    p = shared()
    if not p:
        pytest.skip('no ../shared beside the checkout (or TINTYPE_SHARED): needs the picture corpus')
    return p
