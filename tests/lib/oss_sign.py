"""
Alibaba OSS signatures, versions 1 and 4, in header and in address, as the server computes them. Written from the vendor's documents and not from
our C, so that the two prove each other; tests/unit/test_oss_server.py holds both against the published vectors.
"""
import base64
import hashlib
import hmac
import urllib.parse

V4 = 'OSS4-HMAC-SHA256'
UNSIGNED = 'UNSIGNED-PAYLOAD'

# Parameters that version 1 signs; besides them all that begin with x-oss-.
SUB_RESOURCES = set("""acl append asyncFetch bucketInfo callback callback-var cloudboxes cname comp continuation-token cors delete
encryption endTime group img inventory inventoryId lifecycle link live location logging metaQuery objectInfo objectMeta partNumber
policy position qos qosInfo referer regionList replication replicationLocation replicationProgress requestPayment resourceGroup
response-cache-control response-content-disposition response-content-encoding response-content-language response-content-type
response-expires restore security-token sequential startTime stat status style styleName symlink tagging transferAcceleration udf
udfApplication udfApplicationLog udfId udfImage udfImageDesc udfName uploadId uploads versionId versioning versions vip vod website
worm wormExtend wormId""".split())


def quote(s, safe=''):
    return urllib.parse.quote(s, safe=safe + '-_.~')


def canonical_headers(headers, wanted):
    return ''.join('%s:%s\n' % (k, v.strip()) for k, v in sorted(headers.items()) if wanted(k))


# --- version 1 ---

def text_v1(method, bucket, key, query, headers, date):
    """headers: names in small letters; query: decoded {name: value}; date: of the header, or Expires of an address."""
    resource = '/%s/%s' % (bucket, key) if bucket else '/'
    signed = sorted((k, v) for k, v in query.items() if k in SUB_RESOURCES or k.startswith('x-oss-'))
    if signed:
        resource += '?' + '&'.join(k + ('=' + v if v else '') for k, v in signed)
    return '\n'.join((method, headers.get('content-md5', ''), headers.get('content-type', ''), date,
                      canonical_headers(headers, lambda k: k.startswith('x-oss-')) + resource))


def sign_v1(secret, text):
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


# --- version 4 ---

def request_v4(method, bucket, key, query, headers, additional, payload=UNSIGNED):
    """additional: list of names. The canonical request."""
    path = '/%s/%s' % (bucket, quote(key, '/')) if bucket else '/'
    pairs = sorted((quote(k), quote(v)) for k, v in query.items() if k != 'x-oss-signature')
    names = sorted(n for n in additional if n in headers)
    lines = canonical_headers(headers, lambda k: k.startswith('x-oss-') or k in ('content-type', 'content-md5') or k in names)
    return '\n'.join((method, path, '&'.join(k + ('=' + v if v else '') for k, v in pairs), lines, ';'.join(names), payload))


def key_v4(secret, date, region, product):
    key = ('aliyun_v4' + secret).encode()
    for part in (date, region, product, 'aliyun_v4_request'):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def text_v4(request, when, region, product):
    return '\n'.join((V4, when, '%s/%s/%s/aliyun_v4_request' % (when[:8], region, product), hashlib.sha256(request.encode()).hexdigest()))


def sign_v4(secret, request, when, region, product='oss'):
    return hmac.new(key_v4(secret, when[:8], region, product), text_v4(request, when, region, product).encode(), hashlib.sha256).hexdigest()
