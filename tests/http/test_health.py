"""Seen from outside: health, numbers, log."""
import re
import time

import pytest

import pictures as pic
from stack import until


def test_healthz(web):
    a = web.get('/healthz')
    assert a.status == 200 and 'no-store' in a.header('Cache-Control', '')


def test_readyz_names_its_checks(web):
    a = web.get('/readyz', accept='application/json')
    assert a.status == 200, a
    for word in ('database', 'store', 'sandbox'):
        assert word in a.text, a.text


def test_metrics_are_prometheus_text(web):
    a = web.get('/metrics')
    assert a.status == 200 and a.type == 'text/plain'
    names = set()
    for line in a.text.splitlines():
        assert re.match(r'^(# (HELP|TYPE) .*|[A-Za-z_:][\w:]*(\{[^}]*\})? [-+0-9.eEinfNa]+)$', line), line
        if not line.startswith('#'):
            names.add(line.split('{')[0].split(' ')[0])
    for n in ('tintype_requests_total', 'tintype_uploads_total', 'tintype_variants_total', 'tintype_db_statements_total'):
        assert n in names, n
    types = re.findall(r'^# TYPE (\S+)', a.text, re.M)
    assert len(types) == len(set(types)), 'a TYPE line twice'
    assert re.search(r'_bucket\{le="\+Inf"\} \d+', a.text) and '_sum' in a.text and '_count' in a.text


def test_metrics_add_up_over_workers(stack, web):
    if stack.front == 'cgi':
        pytest.skip('one process a request')
    i = web.put_picture(pic.png(40, 30, seed=61), 'x')
    before = stack.metrics()
    for n in range(20):
        web.get('/p/' + i['id'])
    after = stack.metrics()
    d = sum(after[k] - before.get(k, 0) for k in after if k.startswith('tintype_requests_total'))
    assert 20 <= d <= 25, d


def test_one_log_line_a_request(stack, web):
    if not stack.home:
        pytest.skip('reads the log')
    rid = web.get('/p/00000000000000').header('X-Request-Id')
    i = web.put_picture(pic.jpeg(300, 200, seed=62), 'x')
    web.get('/i/%s?x-oss-process=image/resize,w_51' % i['id'])

    def find():
        lines = stack.log()
        return [x for x in lines if rid in x.values()] and any(i['id'] in str(x.values()) and 'w_51' in str(x.values()) for x in lines) and lines
    lines = until(find, 5)
    assert lines, stack.log()[-5:]
    mine = [x for x in lines if rid in x.values()]
    assert len(mine) == 1, mine
    text = str(mine[0])
    assert '404' in text and 'GET' in text and '/p/00000000000000' in text
    built = [x for x in lines if 'w_51' in str(x.values())]
    assert len(built) == 1 and 'decode' in built[0] and 'row' in built[0], built


def test_errors_are_logged_once(stack, web):
    if not stack.home:
        pytest.skip('reads the log')
    rid = web.upload(('a.jpg', b'no')).header('X-Request-Id')
    time.sleep(0.3)
    assert len([x for x in stack.log() if rid in x.values()]) == 1


def test_no_secret_is_shown(stack, web):
    if not stack.home:
        pytest.skip('knows the secrets')
    secrets = [s for s in (stack.conf('site.secret'), stack.conf('database.password'), stack.admin_password()) if s and len(s) > 7]
    assert secrets
    texts = [web.get(p).text for p in ('/', '/metrics', '/readyz', '/healthz', '/p/x', '/admin/', '/nothing')]
    for path in stack.log_files():
        with open(path, errors='replace') as f:
            texts.append(f.read())
    for pid in stack.workers():
        with open('/proc/%d/cmdline' % pid) as f:
            texts.append(f.read())
    for s in secrets:
        assert not any(s in t for t in texts)
