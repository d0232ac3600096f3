"""A bucket that cannot be used: "tintype doctor" and /readyz say why in one clear line each; no secret is ever told, by anything."""
import os
import socket
import subprocess

import pytest

import pictures as pic
import servers
from rgw import KEY, SECRET, RadosGW
from stack import until, write_ini
from tcp_proxy import Proxy, canned

pytestmark = pytest.mark.once

TOKEN = 'a-session-token-nobody-may-see'
WRONG = 'another-secret-that-is-wrong'
SECRETS = (SECRET, TOKEN, WRONG, 'strangersecret')


@pytest.fixture(scope='module')
def s3():
    folder = servers.Folder()
    g = RadosGW(folder)
    assert until(lambda: g.request('PUT', '/pics')[0] == 200, 60, 0.3)
    g.user('stranger', 'STRANGERAK', 'strangersecret')
    g.proxy = Proxy(g.port)
    yield g
    g.proxy.close()
    g.close()
    folder.close()


@pytest.fixture(scope='module')
def site(s3, make_stack):
    return make_stack({'store.primary': 's3', 's3.endpoint': 'http://127.0.0.1:%d' % s3.proxy.port, 's3.bucket': 'pics', 's3.access_key': KEY,
                       's3.secret_key': SECRET, 's3.token': TOKEN, 's3.path_style': 'yes', 'store.connect_ms': '1000', 'store.timeout_ms': '1000'})


def doctor(site, **wrong):
    """The lines about the store, with some settings changed."""
    path = os.path.join(site.home, 'wrong.ini')
    with open(site.conf_path) as f:
        settings = {}
        for line in f:
            if line.startswith('['):
                section = line.strip()[1:-1]
            elif '=' in line:
                k, _, v = line.partition('=')
                settings[section + '.' + k.strip()] = v.strip()
    settings.update({k.replace('_', '.', 1): v for k, v in wrong.items()})
    write_ini(path, settings)
    os.chmod(path, 0o640)
    if os.geteuid() == 0:
        os.chown(path, os.stat(site.conf_path).st_uid, os.stat(site.conf_path).st_gid)
    p = subprocess.run(site.become() + [site.program('tintype'), '-c', path, 'doctor'], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, timeout=120)
    assert p.returncode != 0, p.stdout
    for secret in SECRETS:
        assert secret not in p.stdout
    return [line for line in p.stdout.splitlines() if line.split()[1] == 'store' or line.startswith('tintype:')]


@pytest.mark.parametrize('wrong, word', (
    ({'s3_bucket': 'nothing-here'}, 'there is no such bucket'),
    ({'s3_bucket': ''}, 's3.bucket must be set'),
    ({'s3_access_key': 'nobody'}, 'access key is not known'),
    ({'s3_secret_key': WRONG}, 'secret key is wrong'),
    ({'s3_access_key': 'STRANGERAK', 's3_secret_key': 'strangersecret'}, 'no right to do this'),
    ({'s3_endpoint': 'http://no-such-host.invalid'}, 'resolve host'),
    ({'s3_endpoint': 'no scheme and no host/path'}, 's3.endpoint is https://HOST'),
), ids=lambda w: '-'.join(w) if isinstance(w, dict) else '')
def test_doctor_says_what_is_wrong(site, wrong, word):
    lines = doctor(site, **wrong)
    assert len(lines) == 1 and word in lines[0], lines


def test_doctor_on_certificates_and_clocks(site, s3):
    """A server with a certificate of its own making; and one whose clock is elsewhere (what it says is all we know of it)."""
    folder = servers.Folder()
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
        lines = doctor(site, s3_endpoint='https://127.0.0.1:%d' % port)
        assert len(lines) == 1 and 'certificate' in lines[0], lines
    finally:
        p.kill()
        p.wait()
        folder.close()
    text = '<Error><Code>RequestTimeTooSkewed</Code></Error>'
    s3.proxy.harm(canned=[canned('403 Forbidden\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT', text)])
    lines = doctor(site)
    s3.proxy.harm()
    assert len(lines) == 1 and 'clock of this machine is wrong' in lines[0] and 'ahead of that of the store' in lines[0], lines


def store_line(site):
    a = site.client.get('/readyz')
    return a.status, [line for line in a.text.splitlines() if line.startswith('store')]


def test_readyz_says_what_is_wrong(site, s3):
    assert store_line(site) == (200, ['store ok'])
    data = pic.save(pic.Image.new('RGB', (40, 30), (1, 2, 3)), 'PNG')
    url = site.client.put_picture(data, 'a.png')['url']

    def becomes(what):
        assert until(lambda: store_line(site) == what, 90, 0.2), store_line(site)

    # Whoever was well a moment ago is believed for ten seconds.
    s3.admin('key', 'create', '--uid=test', '--access-key=' + KEY, '--secret-key=' + WRONG)
    becomes((503, ['store STORE: the secret key is wrong']))
    s3.admin('key', 'create', '--uid=test', '--access-key=' + KEY, '--secret-key=' + SECRET)
    becomes((200, ['store ok']))
    s3.proxy.harm(refuse=True)
    assert until(lambda: 'it did not answer a moment ago' in str(store_line(site)) or 'does not answer' in str(store_line(site)), 90, 0.2)
    a = site.client.upload(('b.png', pic.save(pic.Image.new('RGB', (41, 30)), 'PNG')))
    assert a.status == 503 and 'store' in a.text
    s3.proxy.harm()
    becomes((200, ['store ok']))
    assert until(lambda: site.client.get(url).body == data, 90, 0.3)      # each worker finds out by itself
    for key in s3.request('GET', '/pics?list-type=2')[2].decode().split('<Key>')[1:]:
        s3.request('DELETE', '/pics/' + key.partition('<')[0])
    assert s3.request('DELETE', '/pics')[0] == 204
    becomes((503, ['store STORE: there is no such bucket']))
    assert s3.request('PUT', '/pics')[0] == 200
    becomes((200, ['store ok']))


def test_no_secret_is_told(site):
    """After all that: logs, answers, counters, arguments, and what else lies about, but the settings themselves."""
    kept = (SECRET, site.conf('database.password'), site.conf('site.secret'))
    seen = [site.client.get(p).text for p in ('/metrics', '/readyz', '/healthz', '/')]
    for folder, _, names in os.walk(site.home):
        if os.path.basename(folder) in ('db', 'mysql'):
            continue
        for n in names:
            path = os.path.join(folder, n)
            if n.endswith('.log') or folder.endswith(('/log', '/state', '/spool', '/cache')):
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
