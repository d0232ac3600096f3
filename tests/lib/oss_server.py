#!/usr/bin/python3
"""
A small Alibaba OSS for tests: objects in memory, signatures really checked (V1 and V4, header and address, session tokens, clock), errors in the
service's own words. There is none in Debian or npm that checks. Behaviour as in the vendor's documents; ali-oss, its own client, proves it.

    oss_server.py PORT    serves bucket "pics" for key "ossak", secret "osssecret", region "test-region", until it is killed
"""
import base64
import calendar
import ctypes
import hashlib
import http.server
import socketserver
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree as tree
from email.utils import formatdate, parsedate
from xml.sax.saxutils import escape

import oss_sign

KEY, SECRET, REGION = 'ossak', 'osssecret', 'test-region'
SKEW_S = 15 * 60
KEPT = ('content-type', 'cache-control', 'content-disposition', 'content-encoding', 'expires', 'x-oss-storage-class',
        'x-oss-server-side-encryption', 'x-oss-server-side-encryption-key-id')

lzma = ctypes.CDLL('liblzma.so.5')
lzma.lzma_crc64.restype = ctypes.c_uint64
lzma.lzma_crc64.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64)


def crc64(data, crc=0):
    """CRC-64/XZ, which is what OSS reports."""
    return lzma.lzma_crc64(data, len(data), crc)


class Refused(Exception):
    def __init__(self, status, code, message='', **more):
        super().__init__(code)
        self.status, self.code, self.message, self.more = status, code, message or code, more


class Object:
    def __init__(self, data, headers, etag=None, kind='Normal'):
        self.data = data
        self.etag = etag or hashlib.md5(data).hexdigest().upper()
        self.crc = crc64(data)
        self.kind = kind
        self.modified = time.time()
        self.headers = {k: v for k, v in headers.items() if k in KEPT or k.startswith('x-oss-meta-')}
        self.headers.setdefault('content-type', 'application/octet-stream')


class Upload:
    def __init__(self, key, headers):
        self.key, self.headers, self.parts, self.begun = key, headers, {}, time.time()


class Service(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port=0):
        super().__init__(('127.0.0.1', port), Handler)
        self.port = self.server_address[1]
        self.buckets = {'pics': {}}
        self.uploads = {}
        self.keys = {KEY: SECRET, 'readonly': 'readsecret', 'norights': 'nosecret', 'STS.temp': 'tempsecret'}
        self.rights = {'readonly': ('GET', 'HEAD'), 'norights': ()}    # of those who may not do everything
        self.tokens = {'STS.temp': 'a+session/token='}
        self.versions = {'v1', 'v4'}    # what it takes
        self.clock_off = 0              # seconds its clock is ahead
        self.lie = None                 # 'crc': tells a wrong sum; 'etag' of a part
        self.log = []                   # (method, path, query) of every request
        self.lock = threading.RLock()

    def start(self):
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()
        return self

    def stored(self, bucket, key):
        """(status, bytes) of an object, past whatever is tested."""
        o = self.buckets[bucket].get(key)
        return (200, o.data) if o else (404, b'')

    def settings(self, bucket, section='oss', port=None, **more):
        """Of a site, for a bucket that is made; more: options of others, as store__primary."""
        self.buckets.setdefault(bucket, {})
        own = {'endpoint': 'http://127.0.0.1:%d' % (port or self.port), 'bucket': bucket, 'access_key': KEY, 'secret_key': SECRET, 'region': REGION,
               'path_style': 'yes'}
        return dict({section + '.' + k: v for k, v in own.items()}, **{k.replace('__', '.'): v for k, v in more.items()})

    def close(self):
        self.shutdown()
        self.server_close()

    def now(self):
        return time.time() + self.clock_off

    def handle_error(self, request, address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, address)


def iso(t):
    return time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime(t))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server_version, sys_version = 'AliyunOSS', ''
    disable_nagle_algorithm = True
    timeout = 60

    def log_message(self, *a):
        pass

    def date_time_string(self, timestamp=None):
        return formatdate(self.server.now() if timestamp is None else timestamp, usegmt=True)

    # --- the request ---

    def take_apart(self):
        path, _, raw = self.path.partition('?')
        self.query = {}
        for pair in filter(None, raw.split('&')):
            k, _, v = pair.partition('=')
            self.query.setdefault(urllib.parse.unquote(k), urllib.parse.unquote(v))
        path = urllib.parse.unquote(path)[1:]
        self.h = {}
        for k, v in self.headers.items():
            self.h.setdefault(k.lower(), v)
        host = self.h.get('host', '').partition(':')[0]
        if host.replace('.', '').isdigit() or host in ('localhost', 'oss.localhost'):
            self.bucket, _, self.key = path.partition('/')
        else:
            self.bucket, self.key = host.partition('.')[0], path

    def secret_of(self, access):
        if access not in self.server.keys:
            raise Refused(403, 'InvalidAccessKeyId', 'The OSS Access Key Id you provided does not exist in our records.')
        return self.server.keys[access]

    def check_token(self, access, token):
        if self.server.tokens.get(access) != token:
            raise Refused(403, 'InvalidSecurityToken' if token else 'InvalidAccessKeyId', 'The security token you provided is invalid.')

    def check_time(self, t):
        if t is None:
            raise Refused(403, 'AccessDenied', 'OSS authentication requires a valid Date.')
        if abs(t - self.server.now()) > SKEW_S:
            raise Refused(403, 'RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.')

    def compare(self, text, mine, theirs, access):
        if mine != theirs:
            raise Refused(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.',
                          OSSAccessKeyId=access, SignatureProvided=theirs, StringToSign=text,
                          StringToSignBytes=' '.join('%02X' % b for b in text.encode()))

    def need_version(self, v):
        if v not in self.server.versions:
            raise Refused(400, 'InvalidArgument', 'Signature version %s is not taken here.' % v)

    def who(self):
        """The access key, after its signature was found right."""
        q, h, given = self.query, self.h, self.h.get('authorization', '')
        in_query = 'Signature' in q or 'x-oss-signature' in q
        if given and in_query:
            raise Refused(400, 'InvalidArgument', 'Only one auth mechanism allowed.')
        if given.startswith('OSS4-HMAC-SHA256'):
            return self.who_v4_header(given)
        if given.startswith('OSS '):
            access, _, theirs = given[4:].partition(':')
            self.need_version('v1')
            secret = self.secret_of(access)
            when = parsedate(h.get('x-oss-date') or h.get('date') or '')
            self.check_time(calendar.timegm(when) if when else None)
            text = oss_sign.text_v1(self.command, self.bucket, self.key, q, h, h.get('date') or h.get('x-oss-date'))
            self.compare(text, oss_sign.sign_v1(secret, text), theirs, access)
            self.check_token(access, h.get('x-oss-security-token'))
            return access
        if 'x-oss-signature' in q:
            return self.who_v4_query()
        if 'Signature' in q and 'OSSAccessKeyId' in q and 'Expires' in q:
            self.need_version('v1')
            access = q['OSSAccessKeyId']
            text = oss_sign.text_v1(self.command, self.bucket, self.key, q, h, q['Expires'])
            self.compare(text, oss_sign.sign_v1(self.secret_of(access), text), q['Signature'], access)
            if not q['Expires'].isdigit() or int(q['Expires']) < self.server.now():
                raise Refused(403, 'AccessDenied', 'Request has expired.')
            self.check_token(access, q.get('security-token'))
            return access
        raise Refused(403, 'AccessDenied', 'You have no right to access this object because of bucket acl.')

    def scope(self, credential):
        parts = credential.split('/')
        if len(parts) != 5 or parts[4] != 'aliyun_v4_request':
            raise Refused(400, 'InvalidArgument', 'The credential is malformed.')
        if parts[2] != REGION or parts[3] != 'oss':
            raise Refused(400, 'InvalidArgument', 'The region or product of the signature is wrong.')
        return parts

    @staticmethod
    def basic_time(s):
        try:
            return calendar.timegm(time.strptime(s, '%Y%m%dT%H%M%SZ'))
        except ValueError:
            return None

    def who_v4_header(self, given):
        self.need_version('v4')
        fields = dict(f.strip().partition('=')[::2] for f in given[len(oss_sign.V4):].split(','))
        access, date, region, product, _ = self.scope(fields.get('Credential', ''))
        when = self.h.get('x-oss-date', '')
        self.check_time(self.basic_time(when))
        if 'x-oss-content-sha256' not in self.h or when[:8] != date:
            raise Refused(400, 'InvalidArgument', 'x-oss-content-sha256 or the date of the credential is wrong.')
        request = oss_sign.request_v4(self.command, self.bucket, self.key, self.query, self.h,
                                      [n for n in fields.get('AdditionalHeaders', '').split(';') if n], self.h['x-oss-content-sha256'])
        self.compare(request, oss_sign.sign_v4(self.secret_of(access), request, when, region, product), fields.get('Signature', ''), access)
        self.check_token(access, self.h.get('x-oss-security-token'))
        return access

    def who_v4_query(self):
        q = self.query
        self.need_version('v4')
        access, date, region, product, _ = self.scope(q.get('x-oss-credential', ''))
        when, lives = self.basic_time(q.get('x-oss-date', '')), q.get('x-oss-expires', '')
        if q.get('x-oss-signature-version') != oss_sign.V4 or when is None or not lives.isdigit() or not 1 <= int(lives) <= 604800:
            raise Refused(400, 'InvalidArgument', 'The signature in the address is malformed.')
        request = oss_sign.request_v4(self.command, self.bucket, self.key, q, self.h,
                                      [n for n in q.get('x-oss-additional-headers', '').split(';') if n])
        self.compare(request, oss_sign.sign_v4(self.secret_of(access), request, q['x-oss-date'], region, product), q['x-oss-signature'], access)
        if when > self.server.now() + SKEW_S or when + int(lives) < self.server.now():
            raise Refused(403, 'AccessDenied', 'Request has expired.')
        self.check_token(access, q.get('x-oss-security-token'))
        return access

    def body(self):
        if 'chunked' in self.h.get('transfer-encoding', ''):
            out = b''
            while True:
                n = int(self.rfile.readline().split(b';')[0], 16)
                out += self.rfile.read(n)
                self.rfile.readline()
                if n == 0:
                    return out
        if 'content-length' not in self.h:
            if self.command == 'PUT':
                raise Refused(411, 'MissingContentLength')
            return b''
        n = int(self.h['content-length'])
        data = self.rfile.read(n)
        if len(data) < n:
            self.close_connection = True
            raise Refused(400, 'RequestTimeout', 'Your socket connection was not read in time.')
        md5 = self.h.get('content-md5')
        if md5 and md5 != base64.b64encode(hashlib.md5(data).digest()).decode():
            raise Refused(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.')
        return data

    # --- the answer ---

    def reply(self, status, body=b'', kind='application/xml', **headers):
        if isinstance(body, str):
            body = ('<?xml version="1.0" encoding="UTF-8"?>\n' + body).encode()
        self.send_response(status)
        self.send_header('x-oss-request-id', '%024X' % (id(self) & 0xffffffff))
        for k, v in headers.items():
            self.send_header(k.replace('_', '-'), v)
        if body or status != 204:
            if body and kind and 'Content_Type' not in headers:
                self.send_header('Content-Type', kind)
            if 'Content_Length' not in headers:
                self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def refuse(self, r):
        more = ''.join('<%s>%s</%s>' % (k, escape(v), k) for k, v in r.more.items())
        text = '<Error><Code>%s</Code><Message>%s</Message><RequestId>0</RequestId><HostId>%s</HostId>%s</Error>' % (
            r.code, escape(r.message), self.h.get('host', ''), more)
        self.reply(r.status, text)

    def answer(self):
        self.take_apart()
        self.server.log.append((self.command, self.bucket + '/' + self.key, dict(self.query)))
        data = b''
        try:
            data = self.body()      # read in any case, or the next request would begin with it
            access = self.who()
            with self.server.lock:
                if self.bucket and self.bucket not in self.server.buckets:
                    raise Refused(404, 'NoSuchBucket', 'The specified bucket does not exist.', BucketName=self.bucket)
                if self.command not in self.server.rights.get(access, (self.command,)):
                    raise Refused(403, 'AccessDenied', 'You have no right to do this.')
                self.objects = self.server.buckets.get(self.bucket)
                self.act(data)
        except Refused as r:
            self.refuse(r)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

    def act(self, data):
        q = self.query
        if not self.bucket:
            return self.reply(200, '<ListAllMyBucketsResult><Buckets>%s</Buckets></ListAllMyBucketsResult>' % ''.join(
                '<Bucket><Name>%s</Name></Bucket>' % b for b in self.server.buckets))
        rows = {
            'GET': (('list', not self.key and 'uploads' not in q), ('list_uploads', not self.key), ('list_parts', 'uploadId' in q), ('get', True)),
            'HEAD': (('get', self.key),),
            'PUT': (('put_part', 'uploadId' in q), ('copy', 'x-oss-copy-source' in self.h), ('put', self.key)),
            'POST': (('delete_many', 'delete' in q), ('begin', 'uploads' in q), ('complete', 'uploadId' in q)),
            'DELETE': (('abort', 'uploadId' in q), ('delete', self.key)),
        }
        for name, wanted in rows[self.command]:
            if wanted:
                return getattr(self, name)(data)
        raise Refused(405, 'MethodNotAllowed')

    # --- objects ---

    def sums(self, o):
        return {'ETag': '"%s"' % o.etag, 'x-oss-hash-crc64ecma': str(o.crc ^ (self.server.lie == 'crc'))}

    def forbid(self, key):
        if self.h.get('x-oss-forbid-overwrite') == 'true' and key in self.objects:
            raise Refused(409, 'FileAlreadyExists', 'The object you specified already exists and can not be overwritten.')

    def put(self, data):
        if len(self.key.encode()) > 1023 or self.key[0] in '/\\':
            raise Refused(400, 'InvalidObjectName')
        self.forbid(self.key)
        o = self.objects[self.key] = Object(data, self.h)
        self.reply(200, **self.sums(o))

    def find(self, key=None):
        o = self.objects.get(self.key if key is None else key)
        if o is None:
            raise Refused(404, 'NoSuchKey', 'The specified key does not exist.', Key=self.key)
        return o

    def range(self, size):
        """(first, behind) or None: a range outside of the object is none, unless the client asks for the standard."""
        text = self.h.get('range', '')
        standard = self.h.get('x-oss-range-behavior') == 'standard'
        if not text.startswith('bytes=') or ',' in text:
            return None
        a, _, b = text[6:].partition('-')
        if not (a + b).isdigit():
            return None
        first, last = (int(a), int(b) if b else size - 1) if a else (size - int(b), size - 1)
        if not a and first < 0:
            return None
        if first >= size and standard:
            raise Refused(416, 'InvalidRange')
        if standard:
            last = min(last, size - 1)
        return (first, last + 1) if first <= last < size else None

    def get(self, _):
        o = self.find()
        h = self.h
        if h.get('if-match', '"%s"' % o.etag).strip('"') != o.etag:
            raise Refused(412, 'PreconditionFailed')
        out = dict(self.sums(o), Accept_Ranges='bytes', x_oss_object_type=o.kind, Last_Modified=formatdate(o.modified, usegmt=True),
                   x_oss_storage_class='Standard')
        out.update({k.replace('-', '_').title() if not k.startswith('x-') else k.replace('-', '_'): v for k, v in o.headers.items()})
        for k, v in self.query.items():
            if k.startswith('response-'):
                out[k[9:].replace('-', '_').title()] = v
        if h.get('if-none-match', '').strip('"') == o.etag:
            return self.reply(304, **out)
        part = self.range(len(o.data))
        body = o.data[part[0]:part[1]] if part else o.data
        if part:
            out['Content_Range'] = 'bytes %d-%d/%d' % (part[0], part[1] - 1, len(o.data))
        if self.server.lie == 'body' and body:
            body = bytes((body[0] ^ 1,)) + body[1:]
        self.reply(206 if part else 200, body, Content_Length=str(len(body)), **out)

    def delete(self, _):
        self.objects.pop(self.key, None)
        self.reply(204)

    def delete_many(self, data):
        if 'content-md5' not in self.h:
            raise Refused(400, 'MissingArgument', 'Content-MD5 is missing.')
        root = self.xml(data)
        keys = [k.text for k in root.iter('Key')]
        if len(keys) > 1000 or not keys:
            raise Refused(400, 'MalformedXML')
        for k in keys:
            self.objects.pop(k, None)
        quiet = (root.findtext('Quiet') or '').lower() == 'true'
        self.reply(200, '' if quiet else '<DeleteResult>%s</DeleteResult>' % ''.join('<Deleted><Key>%s</Key></Deleted>' % escape(k) for k in keys))

    def copy(self, _):
        bucket, _, key = urllib.parse.unquote(self.h['x-oss-copy-source']).lstrip('/').partition('/')
        if bucket not in self.server.buckets:
            raise Refused(404, 'NoSuchBucket')
        src = self.server.buckets[bucket].get(key)
        if src is None:
            raise Refused(404, 'NoSuchKey')
        self.forbid(self.key)
        o = self.objects[self.key] = Object(src.data, self.h if self.h.get('x-oss-metadata-directive') == 'REPLACE' else src.headers)
        self.reply(200, '<CopyObjectResult><LastModified>%s</LastModified><ETag>"%s"</ETag></CopyObjectResult>' % (iso(o.modified), o.etag))

    def list(self, _):
        q = self.query
        token = q.get('continuation-token', '')
        after = base64.urlsafe_b64decode(token).decode() if token else q.get('start-after', '') or q.get('marker', '')
        prefix, delimiter = q.get('prefix', ''), q.get('delimiter', '')
        most = q.get('max-keys', '100')
        if not most.isdigit() or not 0 <= int(most) <= 1000:
            raise Refused(400, 'InvalidArgument', 'Argument max-keys must be an integer between 0 and 1000.')
        enc = urllib.parse.quote if q.get('encoding-type') == 'url' else escape
        rows, groups, more, last = [], [], False, ''
        for key in sorted(self.objects, key=lambda k: k.encode()):
            if not key.startswith(prefix) or key.encode() <= after.encode():
                continue
            at = key.find(delimiter, len(prefix)) if delimiter else -1
            group = key[:at + len(delimiter)] if at >= 0 else None
            if group and (group in groups or after.startswith(group)):
                last = key
                continue
            if len(rows) + len(groups) == int(most):
                more = True
                break
            if group:
                groups.append(group)
            else:
                o = self.objects[key]
                rows.append('<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>"%s"</ETag><Type>%s</Type><Size>%d</Size>'
                            '<StorageClass>Standard</StorageClass></Contents>' % (enc(key), iso(o.modified), o.etag, o.kind, len(o.data)))
            last = key
        more = more and int(most) > 0
        nxt = base64.urlsafe_b64encode(last.encode()).decode()
        v2 = q.get('list-type') == '2'
        self.reply(200, '<ListBucketResult><Name>%s</Name><Prefix>%s</Prefix><MaxKeys>%s</MaxKeys>%s<IsTruncated>%s</IsTruncated>%s%s%s%s'
                   '</ListBucketResult>' % (
                       self.bucket, enc(prefix), most, '<EncodingType>url</EncodingType>' if 'encoding-type' in q else '',
                       'true' if more else 'false',
                       '' if not more else '<NextContinuationToken>%s</NextContinuationToken>' % nxt if v2 else
                       '<NextMarker>%s</NextMarker>' % enc(last), ''.join(rows),
                       ''.join('<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>' % enc(g) for g in groups),
                       '<KeyCount>%d</KeyCount>' % (len(rows) + len(groups)) if v2 else ''))

    # --- in parts ---

    @staticmethod
    def xml(data):
        try:
            return tree.fromstring(data)
        except tree.ParseError:
            raise Refused(400, 'MalformedXML') from None

    def upload(self):
        u = self.server.uploads.get(self.query['uploadId'])
        if u is None or u.key != (self.bucket, self.key):
            raise Refused(404, 'NoSuchUpload', 'The specified upload does not exist.')
        return u

    def begin(self, _):
        self.forbid(self.key)
        uid = hashlib.md5(b'%r %d' % (self.key.encode(), len(self.server.log))).hexdigest().upper()
        self.server.uploads[uid] = Upload((self.bucket, self.key), dict(self.h))
        self.reply(200, '<InitiateMultipartUploadResult><Bucket>%s</Bucket><Key>%s</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>' % (
            self.bucket, escape(self.key), uid))

    def put_part(self, data):
        u, n = self.upload(), self.query.get('partNumber', '')
        if not n.isdigit() or not 1 <= int(n) <= 10000:
            raise Refused(400, 'InvalidArgument')
        o = u.parts[int(n)] = Object(data, {})
        self.reply(200, **self.sums(o))

    def list_parts(self, _):
        u = self.upload()
        self.reply(200, '<ListPartsResult><Bucket>%s</Bucket><Key>%s</Key><IsTruncated>false</IsTruncated>%s</ListPartsResult>' % (
            self.bucket, escape(self.key), ''.join('<Part><PartNumber>%d</PartNumber><ETag>"%s"</ETag><Size>%d</Size></Part>' % (
                n, o.etag, len(o.data)) for n, o in sorted(u.parts.items()))))

    def list_uploads(self, _):
        rows = [(u, uid) for uid, u in self.server.uploads.items()
                if u.key[0] == self.bucket and u.key[1].startswith(self.query.get('prefix', ''))]
        self.reply(200, '<ListMultipartUploadsResult><Bucket>%s</Bucket><IsTruncated>false</IsTruncated>%s</ListMultipartUploadsResult>' % (
            self.bucket, ''.join('<Upload><Key>%s</Key><UploadId>%s</UploadId><Initiated>%s</Initiated></Upload>' % (
                escape(u.key[1]), uid, iso(u.begun)) for u, uid in rows)))

    def complete(self, data):
        u = self.upload()
        self.forbid(self.key)
        if self.h.get('x-oss-complete-all') == 'yes':
            wanted = [(n, o.etag) for n, o in sorted(u.parts.items())]
        else:
            wanted = [(int(p.findtext('PartNumber')), p.findtext('ETag').strip('"').upper()) for p in self.xml(data).iter('Part')]
        if not wanted:
            raise Refused(400, 'MalformedXML')
        if [n for n, _ in wanted] != sorted({n for n, _ in wanted}):
            raise Refused(400, 'InvalidPartOrder')
        for i, (n, etag) in enumerate(wanted):
            o = u.parts.get(n)
            if o is None or o.etag != etag:
                raise Refused(400, 'InvalidPart')
            if len(o.data) < 102400 and i + 1 < len(wanted):
                raise Refused(400, 'EntityTooSmall')
        whole = b''.join(u.parts[n].data for n, _ in wanted)
        etag = '%s-%d' % (hashlib.md5(b''.join(bytes.fromhex(e) for _, e in wanted)).hexdigest().upper(), len(wanted))
        o = self.objects[self.key] = Object(whole, u.headers, etag, 'Multipart')
        del self.server.uploads[self.query['uploadId']]
        self.reply(200, '<CompleteMultipartUploadResult><Location>http://%s/%s</Location><Bucket>%s</Bucket><Key>%s</Key><ETag>"%s"</ETag>'
                   '</CompleteMultipartUploadResult>' % (self.h.get('host', ''), escape(self.key), self.bucket, escape(self.key), etag), **self.sums(o))

    def abort(self, _):
        self.upload()
        del self.server.uploads[self.query['uploadId']]
        self.reply(204)


if __name__ == '__main__':
    service = Service(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print('ready', service.port, flush=True)
    service.serve_forever()
