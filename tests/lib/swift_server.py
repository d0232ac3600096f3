#!/usr/bin/python3
"""
A private OpenStack Swift with its S3 interface: a second real server that checks signatures, stricter than radosgw (region, headers that are not
signed). As a module: Swift(folder) starts it. As a program, swift_server.py DIR PORT: proxy, account, container and object server in one process.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

KEY, SECRET = 'test:tester', 'testing'
PAGE = 100      # keys of one listing, so that a few hundred objects have many pages
CLUSTER = '[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n' \
          '[storage-policy:0]\nname = p0\ndefault = yes\n'
STORAGE = """[DEFAULT]
swift_dir = {dir}
devices = {dir}/dev
mount_check = false
log_level = ERROR
fallocate_reserve = 0
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
PIPELINE = 'catch_errors gatekeeper cache listing_formats s3api tempauth bulk slo dlo copy'
FILTERS = {
    'cache': 'use = egg:swift#memcache\nmemcache_servers = 127.0.0.1:1',
    's3api': 'use = egg:swift#s3api\nlocation = us-east-1\ncheck_bucket_owner = false\ns3_acl = false\nmax_bucket_listing = %d\n'
             'dns_compliant_bucket_names = true' % PAGE,
    'tempauth': 'use = egg:swift#tempauth\nuser_test_tester = testing .admin\nuser_test_guest = guesting',
}


def write(path, text):
    with open(path, 'w') as f:
        f.write(text)


def main(folder, port):
    import eventlet
    eventlet.monkey_patch()
    from swift.common import utils
    os.makedirs(folder + '/dev/d1', exist_ok=True)
    write(folder + '/swift.conf', CLUSTER)
    utils.SWIFT_CONF_FILE = folder + '/swift.conf'
    utils.HASH_PATH_PREFIX = utils.HASH_PATH_SUFFIX = b''
    from eventlet import wsgi as server
    from swift.common import constraints, storage_policy, wsgi
    from swift.common.http_protocol import SwiftHttpProtocol
    from swift.common.ring import RingBuilder
    utils.validate_configuration()
    constraints.reload_constraints()
    storage_policy.reload_storage_policies()
    sockets = {}
    for name in ('account', 'container', 'object'):
        sockets[name] = eventlet.listen(('127.0.0.1', 0))
        ring = RingBuilder(1, 1, 0)
        ring.add_dev({'id': 0, 'region': 1, 'zone': 1, 'weight': 1, 'ip': '127.0.0.1', 'port': sockets[name].getsockname()[1],
                      'device': 'd1', 'meta': ''})
        ring.rebalance()
        ring.get_ring().save('%s/%s.ring.gz' % (folder, name))
        write('%s/%s.conf' % (folder, name), STORAGE.format(dir=folder, name=name))
    sockets['proxy'] = eventlet.listen(('127.0.0.1', port))
    write(folder + '/proxy.conf', '[DEFAULT]\nswift_dir = %s\nlog_level = ERROR\n[pipeline:main]\npipeline = %s proxy-server\n[app:proxy-server]\n'
          'use = egg:swift#proxy\naccount_autocreate = true\n%s' % (folder, PIPELINE, ''.join(
              '[filter:%s]\n%s\n' % (n, FILTERS.get(n, 'use = egg:swift#' + n)) for n in PIPELINE.split())))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    for name, s in sockets.items():
        app = wsgi.loadapp('%s/%s.conf' % (folder, name), {'log_name': name})
        eventlet.spawn(server.server, s, app, utils.NullLogger(), protocol=SwiftHttpProtocol, capitalize_response_headers=False,
                       socket_timeout=60)
    print('ready', flush=True)
    while True:
        eventlet.sleep(3600)


class Swift:
    key, secret, page = KEY, SECRET, PAGE

    def __init__(self, folder):
        import pytest
        from rgw import free_port
        from s3_client import S3Client
        if not all(os.path.exists('/usr/bin/swift-%s-server' % n) for n in ('proxy', 'account', 'container', 'object')):
            pytest.skip('swift is not installed: no second S3 server to test against')
        self.dir, self.port = folder('swift'), free_port()
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.request = S3Client(self.port, KEY, SECRET)
        self.up()

    def up(self):
        with open(self.dir + '/out', 'ab') as out:
            self.p = subprocess.Popen(['/usr/bin/python3', '-B', os.path.abspath(__file__), self.dir, str(self.port)],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=out)
        assert self.p.stdout.readline() == b'ready\n', open(self.dir + '/out').read()[-2000:]
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(('127.0.0.1', self.port), 5).close()
                return
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.05)

    def down(self):
        self.p.kill()
        self.p.wait()

    close = down


if __name__ == '__main__':
    main(os.path.abspath(sys.argv[1]), int(sys.argv[2]))
