"""Requests to an S3 service that share no line with ours, signed with Signature Version 4."""
import hashlib
import hmac
import http.client
import time
import urllib.parse


class S3Client:
    def __init__(self, port, key, secret, region='us-east-1'):
        self.port, self.key, self.secret, self.region = port, key, secret, region

    def __call__(self, method, path, body=b'', **headers):
        """(status, headers with names in small letters, body). path and the values of its query are encoded."""
        path, _, query = path.partition('?')
        pairs = sorted(p if '=' in p else p + '=' for p in query.split('&') if p)
        t = time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())
        h = {k.replace('_', '-').lower(): v for k, v in headers.items()}
        h.update({'host': '127.0.0.1:%d' % self.port, 'x-amz-content-sha256': hashlib.sha256(body).hexdigest(), 'x-amz-date': t})
        names = ';'.join(sorted(h))
        text = '\n'.join((method, urllib.parse.quote(urllib.parse.unquote(path)), '&'.join(pairs), ''.join('%s:%s\n' % (k, h[k]) for k in sorted(h)), names,
                          h['x-amz-content-sha256']))
        scope = '%s/%s/s3/aws4_request' % (t[:8], self.region)
        key = ('AWS4' + self.secret).encode()
        for part in scope.split('/') + ['\n'.join(('AWS4-HMAC-SHA256', t, scope, hashlib.sha256(text.encode()).hexdigest()))]:
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        h['Authorization'] = 'AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s' % (self.key, scope, names, key.hex())
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        c.request(method, path + ('?' + '&'.join(pairs) if pairs else ''), body, h)
        r = c.getresponse()
        out = r.status, {k.lower(): v for k, v in r.getheaders()}, r.read()
        c.close()
        return out
