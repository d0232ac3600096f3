"""Fixtures of tests whose pictures lie in buckets: import those that a module needs."""
import pytest

import oss_server
from rgw import RadosGW
from tcp_proxy import Proxy


@pytest.fixture(scope='module')
def s3(folder):
    """A radosgw, and a proxy before it for those that want to harm; s3.settings('pics') makes that bucket, too."""
    g = RadosGW(folder)
    g.proxy = Proxy(g.port)
    yield g
    g.proxy.close()
    g.close()


@pytest.fixture(scope='module')
def oss():
    """Our small OSS, with a proxy before it by which it goes down, and up."""
    s = oss_server.Service().start()
    s.proxy = Proxy(s.port)
    s.down, s.up = lambda: s.proxy.harm(refuse=True), s.proxy.harm
    yield s
    s.proxy.close()
    s.close()
