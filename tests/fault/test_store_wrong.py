"""A bucket that cannot be used: "tintype doctor" and /readyz say why in one clear line each, of S3 and of OSS; no secret is ever told, by anything."""
import contextlib
import os
import socket
import subprocess

import pytest

import oss_server
import pictures as pic
from rgw import KEY, SECRET
from stack import until, write_ini
from store_fixtures import oss, s3      # noqa: F401  (fixtures)
from tcp_proxy import canned

pytestmark = pytest.mark.once

TOKEN = 'a-session-token-nobody-may-see'
WRONG = 'another-secret-that-is-wrong'
SECRETS = (SECRET, oss_server.SECRET, TOKEN, WRONG, 'strangersecret', 'readsecret', 'nosecret')
SLOW = {'store__connect_ms': '1000', 'store__timeout_ms': '1000'}


class S3:
    """What an operator of a radosgw may do wrong, and put right."""
    section = 's3'

    def __init__(self, server):
        self.server, self.proxy = server, server.proxy
        self.server.user('stranger', 'STRANGERAK', 'strangersecret')
        self.strangers = {'nobody': ('STRANGERAK', 'strangersecret')}

    def secret(self, text):
        self.server.admin('key', 'create', '--uid=test', '--access-key=' + KEY, '--secret-key=' + text)

    def may(self, well):
        """The key is another user's now: who has no rights in this bucket."""
        self.server.admin('key', 'rm', '--uid=' + ('stranger' if well else 'test'), '--access-key=' + KEY)
        self.server.admin('key', 'create', '--uid=' + ('test' if well else 'stranger'), '--access-key=' + KEY, '--secret-key=' + SECRET)

    def temporary(self):
        return self.server.temporary()

    def clock(self, off):
        """Its clock is this machine's: the client's side of a skew is tested by the drivers; here it answers as it would."""
        self.proxy.harm(canned=[canned('403 Forbidden\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT', '<Error><Code>RequestTimeTooSkewed</Code></Error>')] * 50
                        if off else [])

    def bucket(self, there):
        if there:
            assert self.server.request('PUT', '/wrong')[0] == 200
            return
        for key in self.server.request('GET', '/wrong?list-type=2')[2].decode().split('<Key>')[1:]:
            self.server.request('DELETE', '/wrong/' + key.partition('<')[0])
        assert self.server.request('DELETE', '/wrong')[0] == 204


class OSS:
    section = 'oss'

    def __init__(self, server):
        self.server, self.proxy = server, server.proxy
        self.strangers = {'nobody': ('norights', 'nosecret'), 'readonly': ('readonly', 'readsecret')}

    def secret(self, text):
        self.server.keys[oss_server.KEY] = oss_server.SECRET if text == SECRET else text

    def may(self, well):
        self.server.rights.pop(oss_server.KEY, None) if well else self.server.rights.update({oss_server.KEY: ()})

    def temporary(self):
        return contextlib.nullcontext((oss_server.KEY, oss_server.SECRET, '', self.server.port))

    def clock(self, off):
        self.server.clock_off = off

    def bucket(self, there):
        self.server.buckets.update({'wrong': {}}) if there else self.server.buckets.pop('wrong')


@pytest.fixture(scope='module', params=('s3', 'oss'))
def place(request):
    server = request.getfixturevalue(request.param)
    return {'s3': S3, 'oss': OSS}[request.param](server)


@pytest.fixture(scope='module')
def site(place, make_stack):
    s = make_stack(place.server.settings('wrong', port=place.proxy.port, store__primary=place.section, **SLOW))
    yield s
    s.stop()


def doctor(site, place, **wrong):
    """The lines about the store, with some of its settings changed."""
    path = os.path.join(site.home, 'wrong.ini')
    with open(site.conf_path) as f:
        settings = {}
        for line in f:
            if line.startswith('['):
                section = line.strip()[1:-1]
            elif '=' in line:
                k, _, v = line.partition('=')
                settings[section + '.' + k.strip()] = v.strip()
    settings.update({place.section + '.' + k: v for k, v in wrong.items()})
    write_ini(path, settings)
    os.chmod(path, 0o640)
    if os.geteuid() == 0:
        os.chown(path, os.stat(site.conf_path).st_uid, os.stat(site.conf_path).st_gid)
    p = subprocess.run(site.become() + [site.program('tintype'), '-c', path, 'doctor'], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=120)
    for secret in SECRETS:
        assert secret not in p.stdout
    lines = [line for line in p.stdout.splitlines() if line.split()[1] == 'store' or line.startswith('tintype:')]
    assert len(lines) == 1, p.stdout
    assert (p.returncode != 0) == ('BAD' in lines[0] or lines[0].startswith('tintype:')) or 'BAD' in p.stdout, p.stdout
    return lines[0]


@pytest.mark.parametrize('wrong, word', (
    ({}, 'ok store'),
    ({'bucket': 'nothing-here'}, 'there is no such bucket'),
    ({'bucket': ''}, '.bucket must be set'),
    ({'access_key': 'no-such-key'}, 'access key is not known'),
    ({'secret_key': WRONG}, 'secret key is wrong'),
    ({'endpoint': 'http://no-such-host.invalid'}, 'resolve host'),
    ({'endpoint': 'no scheme and no host/path'}, '.endpoint is https://HOST'),
), ids=lambda w: '-'.join(w) or 'nothing' if isinstance(w, dict) else '')
def test_doctor_says_what_is_wrong(site, place, wrong, word):
    assert word in ' '.join(doctor(site, place, **wrong).split())


def test_doctor_on_tokens(site, place):
    """The radosgw that doctor asks elsewhere here does not know tokens at all."""
    with place.temporary() as (access, secret, token, port):
        line = doctor(site, place, endpoint='http://127.0.0.1:%d' % port, access_key=access, secret_key=secret, token=TOKEN)
        assert 'session token is not valid' in line and (not token or token not in line), line


def test_doctor_on_rights(site, place):
    """Who may not even look; and who may look, but not write."""
    for name, (access, secret) in place.strangers.items():
        line = doctor(site, place, access_key=access, secret_key=secret)
        assert 'no right to do this' in line and ('writing: ' in line) == (name == 'readonly'), line
    # Nothing of what doctor writes stays.
    assert 'ok' in doctor(site, place).split()
    left = place.server.request('GET', '/wrong?list-type=2')[2] if place.section == 's3' else str(list(place.server.buckets['wrong'])).encode()
    assert b'doctor' not in left


def test_doctor_on_certificates_and_clocks(site, place, folder):
    """A server with a certificate of its own making; and one whose clock is elsewhere."""
    cert, key = folder('cert'), folder('key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert],
                   check=True, stderr=subprocess.DEVNULL)
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    p = subprocess.Popen(['openssl', 's_server', '-quiet', '-accept', '127.0.0.1:%d' % port, '-cert', cert, '-key', key, '-www'],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        def there():
            try:
                socket.create_connection(('127.0.0.1', port), 1).close()
                return True
            except OSError:
                return False
        assert until(there, 30)
        assert 'certificate' in doctor(site, place, endpoint='https://127.0.0.1:%d' % port)
    finally:
        p.kill()
        p.wait()
    place.clock(-3700)
    line = doctor(site, place)
    place.clock(0)
    assert 'clock of this machine is wrong' in line and 'ahead of that of the store' in line, line


def store_line(site):
    a = site.client.get('/readyz')
    for secret in SECRETS:
        assert secret not in a.text
    return a.status, [line for line in a.text.splitlines() if line.startswith('store')]


def test_readyz_says_what_is_wrong(site, place):
    assert store_line(site) == (200, ['store ok'])
    data = pic.save(pic.Image.new('RGB', (40, 30), (1, 2, 3)), 'PNG')
    url = site.client.put_picture(data, 'a.png')['url']

    def becomes(what):
        assert until(lambda: store_line(site) == what, 90, 0.2), store_line(site)

    # Whoever was well a moment ago is believed for ten seconds.
    for how, wrong, right, word in ((place.secret, WRONG, SECRET, 'the secret key is wrong'),
                                    (place.may, False, True, 'the key has no right to do this'),
                                    (place.clock, -3700, 0, 'the clock of this machine is wrong'),
                                    (place.bucket, False, True, 'there is no such bucket')):
        how(wrong)
        becomes((503, ['store STORE: ' + word]))
        how(right)
        becomes((200, ['store ok']))
        if how != place.bucket:
            assert until(lambda: site.client.get(url).body == data, 90, 0.3)      # each worker finds out by itself
    place.proxy.harm(refuse=True)
    assert until(lambda: 'it did not answer a moment ago' in str(store_line(site)) or 'does not answer' in str(store_line(site)), 90, 0.2)
    a = site.client.upload(('b.png', pic.save(pic.Image.new('RGB', (41, 30)), 'PNG')))
    assert a.status == 503 and 'store' in a.text
    place.proxy.harm()
    becomes((200, ['store ok']))


def test_no_secret_is_told(site, place):
    """After all that: logs, answers, counters, arguments, and what else lies about, but the settings themselves."""
    kept = (SECRET, site.conf('database.password'), site.conf('site.secret'))
    seen = [site.client.get(p).text for p in ('/metrics', '/readyz', '/healthz', '/')]
    for top, _, names in os.walk(site.home):
        if os.path.basename(top) in ('db', 'mysql'):
            continue
        for n in names:
            path = os.path.join(top, n)
            if n.endswith('.log') or top.endswith(('/log', '/state', '/spool', '/cache')):
                with open(path, 'rb') as f:
                    seen.append(f.read().decode('latin-1'))
    for _, pid in site.pids():
        for p in [pid] + site.workers():
            with open('/proc/%d/cmdline' % p, 'rb') as f:
                seen.append(f.read().decode('latin-1'))
    seen.append(site.tintype('config', 'print', check=False).stdout)
    assert len(seen) > 10 and sum(map(len, seen)) > 1000
    for secret in kept + SECRETS:
        assert not [s[:80] for s in seen if secret and secret in s]
