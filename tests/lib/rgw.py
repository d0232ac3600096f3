"""A private radosgw: a real S3 server that checks signatures. One monitor, one OSD in memory, all on loopback without authentication between them."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import uuid

import pytest

from s3_client import S3Client

KEY, SECRET, KMS = 'TESTAK', 'TESTSK', 'tests-key'
CONF = """[global]
fsid = {fsid}
mon_host = [v1:127.0.0.1:{mon_port}]
ms_bind_msgr2 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = {dir}
admin_socket = {dir}/$name.$pid.asok
pid_file =
log_file = {dir}/$name.log
log_to_stderr = false
crash_dir = {dir}
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
[mon]
mon_data = {dir}/mon
mon_data_avail_crit = 1
mon_initial_members = a
paxos_propose_interval = 0.05
[osd]
osd_data = {dir}/osd
osd_objectstore = memstore
memstore_device_bytes = {memory}
osd_class_load_list = *
osd_class_default_list = *
osd_mon_shutdown_timeout = 0.2
[client]
rgw_frontends = beast endpoint=127.0.0.1:{port}
rgw_dynamic_resharding = false
rgw_run_sync_thread = false
rgw_data = {dir}
rgw_dns_name = localhost
rgw_sts_key = tests-only-16-ch
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = {kms}=dGVzdHMtb25seS0zMi1ieXRlcy1vZi1hLWtleS4uLi4=
rgw_crypt_require_ssl = false
keyring = {dir}/none
"""


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class RadosGW:
    key, secret, page = KEY, SECRET, 1000

    def __init__(self, folder, memory=1 << 30):
        for name in ('ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'monmaptool'):
            if not shutil.which(name):
                pytest.skip('%s is not installed: no real S3 server to test against' % name)
        self.dir = folder('ceph')
        os.makedirs(self.dir + '/mon')
        os.makedirs(self.dir + '/osd')
        self.port, self.mon_port, self.procs = free_port(), free_port(), {}
        fsid = str(uuid.uuid4())
        self.conf = self.dir + '/ceph.conf'
        with open(self.conf, 'w') as f:
            f.write(CONF.format(dir=self.dir, port=self.port, mon_port=self.mon_port, fsid=fsid, memory=memory, kms=KMS))
        self.run('monmaptool', '--create', '--addv', 'a', '[v1:127.0.0.1:%d]' % self.mon_port, '--fsid', fsid, self.dir + '/monmap')
        self.run('ceph-mon', '-c', self.conf, '-i', 'a', '--mkfs', '--monmap', self.dir + '/monmap')
        self.spawn('mon', 'ceph-mon', '-c', self.conf, '-i', 'a', '-f')
        osd = str(uuid.uuid4())
        self.run('ceph', '-c', self.conf, '--connect-timeout', '30', 'osd', 'new', osd)
        self.run('ceph-osd', '-c', self.conf, '-i', '0', '--mkfs', '--osd-uuid', osd)
        self.spawn('osd', 'ceph-osd', '-c', self.conf, '-i', '0', '-f')
        self.up()
        self.user('test', KEY, SECRET)
        self.request = S3Client(self.port, KEY, SECRET)

    def run(self, *argv):
        for again in range(3):
            p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
            if p.returncode == 0:
                return
            self.revive()
        raise RuntimeError('%s: %s' % (argv, p.stdout[-1000:]))

    def spawn(self, name, *argv):
        with open('%s/%s.out' % (self.dir, name), 'ab') as out:
            self.procs[name] = (subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out), argv)

    def revive(self):
        """The OSD may end at its start when it asks before it knows the monitors."""
        for name, (p, argv) in list(self.procs.items()):
            if p.poll() is not None:
                self.spawn(name, *argv)
        time.sleep(0.3)

    def up(self):
        self.spawn('rgw', 'radosgw', '-c', self.conf, '-n', 'client.rgw', '-f')
        self.wait(self.port)

    def wait(self, port):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(('127.0.0.1', port), 1).close()
                return
            except OSError:
                self.revive()
        raise RuntimeError('radosgw does not start')

    def user(self, name, key, secret, *more):
        self.run('radosgw-admin', '-c', self.conf, 'user', 'create', '--uid=' + name, '--display-name=' + name, '--access-key=' + key,
                 '--secret-key=' + secret, *more)

    def admin(self, *words):
        self.run('radosgw-admin', '-c', self.conf, *words)

    def bucket(self, name):
        end = time.monotonic() + 60
        while self.request('PUT', '/' + name)[0] != 200:
            assert time.monotonic() < end
            time.sleep(0.3)

    def stored(self, bucket, key):
        """(status, bytes) of an object, past whatever is tested."""
        status, _, body = self.request('GET', '/%s/%s' % (bucket, key))
        return status, body

    def settings(self, bucket, section='s3', port=None, **more):
        """Of a site or a probe, for a bucket that is made; more: options of others, as store__primary."""
        self.bucket(bucket)
        own = {'endpoint': 'http://127.0.0.1:%d' % (port or self.port), 'bucket': bucket, 'access_key': self.key, 'secret_key': self.secret,
               'path_style': 'yes'}
        return dict({section + '.' + k: v for k, v in own.items()}, **{k.replace('__', '.'): v for k, v in more.items()})

    @contextlib.contextmanager
    def temporary(self):
        """Access key, secret and session token of a role that may do everything, and the port where they are taken: of a second gateway, as one
        that knows tokens does not tell a wrong secret from a missing right."""
        port = free_port()
        self.spawn('sts', 'radosgw', '-c', self.conf, '-n', 'client.rgw', '-f', '--rgw_s3_auth_use_sts=true', '--log_file=%s/sts.log' % self.dir,
                   '--rgw_frontends=beast endpoint=127.0.0.1:%d' % port)
        self.wait(port)
        self.admin('caps', 'add', '--uid=test', '--caps=roles=*')
        trust = {'Effect': 'Allow', 'Principal': {'AWS': ['arn:aws:iam:::user/test']}, 'Action': ['sts:AssumeRole']}
        may = {'Effect': 'Allow', 'Action': ['s3:*'], 'Resource': 'arn:aws:s3:::*'}

        def policy(statement):
            return json.dumps({'Version': '2012-10-17', 'Statement': [statement]}, separators=(',', ':'))     # it does not know "+" for a space

        def ask(**form):
            status, _, body = S3Client(port, KEY, SECRET)('POST', '/', urllib.parse.urlencode(form).encode(),
                                                          content_type='application/x-www-form-urlencoded')
            assert status == 200, body
            return body.decode()
        ask(Action='CreateRole', RoleName='all', Path='/', AssumeRolePolicyDocument=policy(trust))
        ask(Action='PutRolePolicy', RoleName='all', PolicyName='all', PolicyDocument=policy(may))
        text = ask(Action='AssumeRole', RoleArn='arn:aws:iam:::role/all', RoleSessionName='tests')
        try:
            yield [re.search('<%s>(.*?)</%s>' % (tag, tag), text).group(1) for tag in ('AccessKeyId', 'SecretAccessKey', 'SessionToken')] + [port]
        finally:
            self.end('sts')

    def storage_class(self, name):
        """Known from the next start on."""
        for what, *more in (('zonegroup', '--rgw-zonegroup=default'), ('zone', '--rgw-zone=default', '--data-pool=default.rgw.buckets.data')):
            self.admin(what, 'placement', 'add', '--placement-id=default-placement', '--storage-class=' + name, *more)
        self.end('rgw')
        self.up()

    def end(self, name):
        """Not killed: the next one would wait for it, as it watches."""
        p = self.procs.pop(name)[0]
        p.terminate()
        p.wait(60)

    def down(self):
        """Only the gateway: what it stored stays."""
        self.end('rgw')

    def close(self):
        for p, _ in self.procs.values():
            p.kill()
            p.wait()
