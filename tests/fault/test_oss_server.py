"""The tests' own OSS server: its signatures against the published vectors, and npm's ali-oss, a client that shares nothing with us, talking to it."""
import os
import shutil
import subprocess
import time

import pytest

import oss_sign
import servers
from oss_server import KEY, REGION, SECRET, Service, crc64
from store_places import Probe, write

DATE = 'Wed, 28 Dec 2022 10:27:41 GMT'
OLD = 'OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV'
META = {'x-oss-meta-author': 'alice', 'x-oss-meta-magic': 'abracadabra', 'x-oss-date': DATE}
PUT = dict(META, **{'content-md5': 'eB5eJF1ptWaXm4bijSPyxw==', 'content-type': 'text/html'})

# name, secret, method, bucket, key, query, headers, date or Expires, signature
V1 = (
    ('V1-1', OLD, 'PUT', 'oss-example', 'nelson', {}, {'content-md5': 'ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=', 'content-type': 'text/html',
     'x-oss-meta-author': 'foo@bar.com', 'x-oss-magic': 'abracadabra'}, 'Thu, 17 Nov 2005 18:49:58 GMT', '26NBxoKdsyly4EDv6inkoDft/yA='),
    ('V1-3', 'sk', 'PUT', 'examplebucket', 'nelson', {}, PUT, DATE, 'kSHKmLxlyEAKtZPkJhG9bZb5k7M='),
    ('V1-4', 'sk', 'PUT', 'examplebucket', 'nelson', {'acl': ''}, PUT, DATE, '/afkugFbmWDQ967j1vr6zygBLQk='),
    ('V1-5', 'sk', 'GET', 'examplebucket', '', {'resourceGroup': '', 'non-resousce': 'null'}, {'x-oss-date': DATE}, DATE, 'vkQmfuUDyi1uDi3bKt67oemssIs='),
    ('V1-6', 'sk', 'GET', 'examplebucket', '', {'resourceGroup': '', 'acl': ''}, {'x-oss-date': DATE}, DATE, 'x3E5TgOvl/i7PN618s5mEvpJDYk='),
    ('V1-7', 'sk', 'GET', 'bucket', 'key', {'versionId': 'versionId'}, {}, '1699807420', 'dcLTea+Yh9ApirQ8o8dOPqtvJXQ='),
    ('V1-8', 'sk', 'GET', 'bucket', 'key+123', {'versionId': 'versionId', 'security-token': 'token'}, {}, '1699808204', 'jzKYRrM5y6Br0dRFPaTGOsbrDhY='),
    ('V1-9', OLD, 'GET', 'oss-example', 'oss-api.pdf', {}, {}, '1141889120', 'EwaNTn1erJGkimiJ9WmXgwnANLc='),
    ('V1-10', 'sk', 'GET', 'examplebucket', 'example.jpg', {'x-oss-process': 'image/resize,w_100'}, {}, DATE, 'iqYEACoVccQFp1kupxF8ofGAmOY='),
    ('V1-12', 'sk', 'GET', 'examplebucket', '目录/图片.jpg', {'x-oss-process': 'style/thumb'}, {}, '1699807420', 'dpWrdKSPvI6rbj2BVZFAWo1zEQo='),
    ('V1-13', 'sk', 'GET', '', '', {}, {}, DATE, 'Dc7luctrodlm0ccBExyftBwH1rA='),
    ('V1-14', 'sk', 'GET', 'examplebucket', '', {'prefix': 'a'}, {}, DATE, 'sBtBCZz4kHYnmKTlKyAFVLwQRMw='),
    ('V1-16', 'sk', 'POST', 'examplebucket', 'a.bin', {'uploads': ''}, {}, DATE, 'CCozmgWiARo3HZT+mj5ja5a7Z50='),
    ('V1-17', 'sk', 'PUT', 'examplebucket', 'a.bin', {'partNumber': '1', 'uploadId': '0004B9895DBBB6EC98E36'}, {}, DATE, 'HprV5mE3/5s6DZIXBqujEqEj25Y='),
)

SIX = {'param1': 'value1', '+param1': 'value3', '|param1': 'value4', '+param2': '', '|param2': '', 'param2': ''}
KEY_A, KEY_B = '1234+-/123/1.txt', 'test-sign-V4/-!@#$%^&*()/abcdefjhijklmnoqprstuvwxyz/123456789'
HEAD_A = {'x-oss-head1': 'value', 'abc': 'value', 'zabc': 'value', 'xyz': 'value', 'content-type': 'text/plain'}
HEAD_B = {'x-oss-head1': 'value', 'content-type': 'application/octet-stream'}
URL_A = dict(HEAD_A, **{'content-type': 'application/octet-stream'})
HZ, BOX = ('cn-hangzhou', 'oss'), ('cb-123', 'oss-cloudbox')

# name, bucket, key, query, headers, additional, time, scope, token, signature
V4_HEADER = (
    ('V4-1', 'bucket', KEY_A, SIX, HEAD_A, (), '20231216T162057Z', HZ, None, 'e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe'),
    ('V4-2', 'bucket', KEY_A, SIX, HEAD_A, (), '20231216T162057Z', BOX, None, '94ce1f12c17d148ea681030275a94449d3357f5b5b21133996eec80af3e08a43'),
    ('V4-3', 'bucket', KEY_A, SIX, HEAD_A, (), '20231217T034736Z', HZ, 'token', 'b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea'),
    ('V4-4', 'bucket', KEY_A, SIX, HEAD_A, ('zabc', 'abc'), '20231216T172512Z', HZ, None, '4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f'),
    ('V4-10', 'oss-bucket-test', KEY_B, SIX, HEAD_B, (), '20221016T040719Z', HZ, None, '16e58322c5aafb55edd82813b02d6521caab8194882c786bf0e77b7987a63979'),
    ('V4-11', 'oss-bucket-test', KEY_B, {}, HEAD_B, (), '20221016T091431Z', HZ, None, '5028172a0a3806285979896982bee6e36e915cbf428ee7100a809e1f0ff43b64'),
    ('V4-12', 'oss-bucket-test', KEY_B, SIX, HEAD_B, (), '20221016T091831Z', ('cloudbox-id', 'oss-cloudbox'), None,
     '939eae7d5012d444c8d1dd8c68811275928f780a859e41ddbe52cf10a100adb4'),
)
V4_URL = (
    ('V4-5', URL_A, '', 1702781677, HZ, None, 'a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe'),
    ('V4-6', URL_A, '', 1702785388, HZ, 'token', '3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5'),
    ('V4-7', URL_A, 'abc;zabc', 1702783809, HZ, None, '6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7'),
    ('V4-8', URL_A, 'abc;zabc', 1702781677, BOX, None, '07284191b9b4978ac3520cd39ee2dea2747eda454089359371ff463a6c7ba20f'),
    ('V4-9', URL_A, 'abc;zabc', 1702783809, BOX, None, '16782cc8a7a554523db055eb804b508522e7e370073108ad88ee2f47496701dd'),
)
CRC = (('', 0), ('123456789', 11051210869376104954), ('This is a test of the emergency broadcast system.', 2871916124362751090),
       ('hello world', 5981764153023615706))


@pytest.mark.parametrize('row', V1, ids=lambda r: r[0])
def test_version_1(row):
    _, secret, method, bucket, key, query, headers, date, signature = row
    assert oss_sign.sign_v1(secret, oss_sign.text_v1(method, bucket, key, query, headers, date)) == signature


@pytest.mark.parametrize('row', V4_HEADER, ids=lambda r: r[0])
def test_version_4(row):
    _, bucket, key, query, headers, additional, when, scope, token, signature = row
    h = dict(headers, **{'x-oss-content-sha256': 'UNSIGNED-PAYLOAD', 'x-oss-date': when})
    if token:
        h['x-oss-security-token'] = token
    request = oss_sign.request_v4('PUT', bucket, key, query, h, additional)
    assert oss_sign.sign_v4('sk', request, when, *scope) == signature


@pytest.mark.parametrize('row', V4_URL, ids=lambda r: r[0])
def test_version_4_address(row):
    _, headers, additional, now, scope, token, signature = row
    when = time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now))
    q = dict(SIX, **{'x-oss-signature-version': oss_sign.V4, 'x-oss-credential': 'ak/%s/%s/%s/aliyun_v4_request' % (when[:8], *scope),
                     'x-oss-date': when, 'x-oss-expires': '599'})
    if additional:
        q['x-oss-additional-headers'] = additional
    if token:
        q['x-oss-security-token'] = token
    request = oss_sign.request_v4('PUT', 'bucket', KEY_A, q, headers, additional.split(';'))
    assert oss_sign.sign_v4('sk', request, when, *scope) == signature


def test_crc():
    assert [crc64(t.encode()) for t, _ in CRC] == [n for _, n in CRC]


@pytest.mark.parametrize('version', ('v1', 'v4'))
def test_ali_oss(version):
    """The vendor's client reads what we wrote, and we read what it wrote; addresses signed by either are good."""
    client = os.environ.get('TINTYPE_ALI_OSS')
    node = shutil.which('node')
    if not client or not os.path.isdir(client + '/node_modules/ali-oss') or not node:
        pytest.skip('TINTYPE_ALI_OSS names no folder with node_modules/ali-oss, or there is no node: the vendor\'s client is not tried')
    folder, service = servers.Folder(), Service().start()
    service.versions = {version}
    try:
        probe = Probe(folder, 'ali', 'oss', endpoint='http://127.0.0.1:%d' % service.port, region=REGION, bucket='pics', access_key=KEY,
                      secret_key=SECRET, path_style='yes', signature=version)
        small, large = b'\xff\xd8\xff\xe0 a picture of ours', os.urandom(20 << 20)
        keys = [probe('put', write(folder, 'x%d' % i, data))[1] for i, data in enumerate((small, large))]
        assert probe('mem', 'p/x.json', '{"a":1}')[0] == 'ok'
        url = probe('url', keys[0], '300')[1]
        env = dict(os.environ, NODE_PATH=client + '/node_modules', PORT=str(service.port), KEY=KEY, SECRET=SECRET, REGION=REGION, VERSION=version,
                   OURS=keys[0], LARGE=keys[1], LARGE_FILE=folder('x1'), URL=url)
        p = subprocess.run([node, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'ali_oss.js')], env=env, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=120)
        assert p.returncode == 0 and p.stdout.strip().endswith('well'), p.stdout[-3000:]
        theirs = dict(line.split(' ') for line in p.stdout.splitlines() if line.startswith('o/'))
        assert len(theirs) == 2
        for key, size in theirs.items():
            assert probe('get', key, folder('back')) == ('ok', size)    # the name is the hash: we have checked it
        probe.close()
    finally:
        service.close()
        folder.close()
