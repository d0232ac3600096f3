"""The page of the background work: what waits, what was given up, and trying it again or dropping it; and strangers."""
import pytest

from test_admin import admin, forbidden, get_json, hidden, stranger     # noqa: F401  (two are fixtures)
from stack import until

pytestmark = pytest.mark.once


def given_up(stack, key, why='the store was <b>away</b>'):
    stack.sql("insert into job (kind, key_text, payload, state, run_after_s, created_s, done_s, tries, last_error) "
              "values ('purge', '%s', '', 3, 0, unix_timestamp(), unix_timestamp(), 12, '%s')" % (key, why))
    return int(stack.sql("select max(id) from job where key_text = '%s'" % key)[0][0])


def state(stack, job):
    rows = stack.sql('select state, tries from job where id = %d' % job)
    return rows[0] if rows else None


def do(web, what, ids=()):
    token = get_json(web, '/admin/jobs')['csrf']
    return web.post_form('/admin/jobs', [('do', what), ('csrf', token)] + [('id', str(i)) for i in ids], accept='application/json')


def test_given_up_jobs_are_shown_retried_and_dropped(stack, admin):     # noqa: F811
    a, b, c, d = (given_up(stack, 'nothing%d' % n) for n in range(4))
    m = get_json(admin, '/admin/jobs')
    mine = {j['id']: j for j in m['dead']}
    assert {a, b, c, d} <= set(mine) and mine[a]['kind'] == 'purge' and mine[a]['tries'] == 12 and 'away' in mine[a]['why'], m
    assert any(k['kind'] == 'purge' and k['dead'] >= 4 for k in m['kinds'])
    page = admin.get('/admin/jobs', accept='text/html')
    assert page.status == 200 and '&lt;b&gt;away' in page.text and forbidden(page.text) == []
    assert '已放弃的任务' in admin.get('/admin/jobs', accept='text/html', accept_language='zh').text
    r = do(admin, 'drop', [a])
    assert r.status == 200 and r.json()['done'] == 1 and state(stack, a) is None
    assert do(admin, 'drop', [a]).json()['done'] == 0, 'repeating is harmless'
    assert do(admin, 'retry', [b, c]).json()['done'] == 2
    # There is no such picture, so a runner is soon done with it.
    assert until(lambda: state(stack, b) == ['2', '1'] and state(stack, c) == ['2', '1'], 60), (state(stack, b), state(stack, c))
    assert do(admin, 'retry_all').json()['done'] >= 1
    assert until(lambda: state(stack, d) == ['2', '1'], 60)
    assert {r[0] for r in stack.sql("select action from audit where action like 'job_%'")} == {'job_drop', 'job_retry'}


def test_the_form(stack, admin):        # noqa: F811
    job = given_up(stack, 'form')
    page = admin.get('/admin/jobs', accept='text/html')
    a = admin.post_form('/admin/jobs', {'csrf': hidden(page.text)['csrf'], 'do': 'drop', 'id': str(job)}, accept='text/html')
    assert a.status == 303 and a.header('Location').endswith('/admin/jobs?done=1'), a
    assert admin.get('/admin/jobs?done=1', accept='text/html').status == 200 and state(stack, job) is None


def test_wrong_use(stack, admin):       # noqa: F811
    job = given_up(stack, 'kept')
    for what, ids in (('burn', [job]), ('', [job]), ('drop', ['x']), ('retry', ['-1']), ('drop', ['1 or 1=1'])):
        assert do(admin, what, ids).status == 400, (what, ids)
    assert admin.get('/admin/jobs?before=x').status == 400
    a = admin.post_form('/admin/jobs', {'do': 'drop', 'id': str(job)}, accept='application/json')
    assert a.status == 403, 'a form without its token'
    assert stack.client.get('/admin/jobs', accept='application/json').status == 401
    assert state(stack, job) == ['3', '12']
    assert do(admin, 'drop', [job]).status == 200
