"""The database layer against a MariaDB that is killed, restarted, stopped, deadlocked and badly set up."""
import os
import time

import pytest

from servers import TOP, MariaDB, Probe, write_settings

SQL = os.path.join(TOP, 'sql')


@pytest.fixture(scope='module')
def made(folder):
    d = MariaDB(folder)
    yield d
    d.kill()


@pytest.fixture
def db(made):
    """Running, with an empty table, whatever the test before did to it."""
    if made.p is None:
        made.start()
    made.client('drop database if exists t; create database t character set utf8mb4')
    made.sql('create table probe (k varchar(50) primary key, v bigint not null) engine=innodb')
    made.sql("insert into probe values ('a', 1), ('b', 1)")
    yield made
    if made.p is not None:
        made.go_on()


@pytest.fixture
def probe(db, folder):
    """probe(): a process of ours with a connection of its own."""
    some = []

    def make(**options):
        ini = write_settings(folder('%d.ini' % len(some)), dict({'database.socket': db.socket, 'database.user': 'root',
                             'database.name': 't', 'database.timeout_s': '2'}, **{k.replace('__', '.'): v for k, v in options.items()}))
        some.append(Probe(ini))
        return some[-1]
    yield make
    for p in some:
        p.close()


def test_values(probe):
    p = probe()
    assert p.say('types') == ('ok', "1 grüß 🌸 ' 1 1 3000000000 70000")
    assert p.say('put c 5') == ('ok', 'rows=0 affected=1')
    assert p.say('put c 6')[0] == 'CONFLICT'
    assert p.say('get c') == ('ok', '5')
    assert p.say('get nothing') == ('ok', 'rows=0 affected=0')
    word, why = p.say('bad')
    assert word == 'INTERNAL' and '1146' in why


def test_transaction_is_all_or_nothing(probe, db):
    p = probe()
    assert p.say('undo z')[0] == 'FORBIDDEN'
    assert p.say('get z') == ('ok', 'rows=0 affected=0')
    assert p.say('two a b 0') == ('ok', '1')
    assert db.sql('select k, v from probe order by k') == [['a', '2'], ['b', '2']]


def kill_connection(db, p):
    word, number = p.say('connection')
    assert word == 'ok'
    db.sql('kill ' + number)
    return number


def test_killed_connection_is_made_again(probe, db):
    p = probe()
    old = kill_connection(db, p)
    assert p.say('one') == ('ok', '1')
    assert p.say('connection')[1] != old
    assert p.say('reconnects') == ('ok', '1')
    # A write too: the loss is seen before anything is sent.
    kill_connection(db, p)
    assert p.say('add a') == ('ok', 'rows=0 affected=1')
    assert p.say('get a') == ('ok', '2')
    kill_connection(db, p)
    assert p.say('two a b 0')[0] == 'ok'
    assert db.sql('select k, v from probe order by k') == [['a', '3'], ['b', '2']]


def test_select_lost_on_its_way_is_repeated(probe, db):
    p = probe()
    number = p.say('connection')[1]
    p.send('sleep 1')
    time.sleep(0.4)
    db.sql('kill ' + number)
    assert p.answer()[0] == 'ok'


def test_transaction_lost_on_its_way_is_repeated_whole(probe, db):
    p = probe()
    number = p.say('connection')[1]
    p.send('two a b 700')
    time.sleep(0.3)
    db.sql('kill ' + number)
    assert p.answer() == ('ok', '2'), 'the second try should have done it'
    assert db.sql('select k, v from probe order by k') == [['a', '2'], ['b', '2']]


def test_transactions_in_a_row_begin_with_the_commit_before(probe, db):
    def begun():
        return int(db.sql("show global status like 'Com_begin'")[0][1])

    def values():
        return db.sql('select k, v from probe order by k')

    p = probe()
    before = begun()
    for n in range(6):
        assert p.say('two a b 0')[0] == 'ok'
        assert values() == [['a', str(n + 2)], ['b', str(n + 2)]], 'it was not committed'
    assert begun() == before + 2
    # What is run in between is none of its, ...
    assert p.say('add a') == ('ok', 'rows=0 affected=1')
    assert values() == [['a', '8'], ['b', '7']]
    for n in range(3):
        assert p.say('two a b 0')[0] == 'ok'
    # ... what fails undoes what is its own, ...
    assert p.say('undo z')[0] == 'FORBIDDEN'
    assert values() == [['a', '11'], ['b', '10']]
    for n in range(3):
        assert p.say('two a b 0')[0] == 'ok'
    # ... and one that ended with its connection begins anew.
    db.sql('kill ' + p.say('connection')[1])
    for n in range(3):
        assert p.say('two a b 0')[0] == 'ok'
    db.sql('kill ' + max(r[0] for r in db.sql('select id, 1 from information_schema.processlist where db = "t" and id <> connection_id()')))
    assert p.say('two a b 0')[0] == 'ok'
    assert values() == [['a', '18'], ['b', '17']]


def test_deadlock(probe, db):
    """Two that lock a and b in opposite order: one is thrown back and repeats; nothing is lost or done twice."""
    p, q = probe(), probe()
    p.say('one'), q.say('one')
    for n in range(3):
        p.send('two a b 400')
        q.send('two b a 400')
        assert p.answer()[0] == 'ok' and q.answer()[0] == 'ok'
    assert db.sql('select k, v from probe order by k') == [['a', '7'], ['b', '7']]
    assert int(p.say('retries')[1]) + int(q.say('retries')[1]) >= 1, 'they never met'


def test_work_that_overlooks_a_deadlock_is_not_committed_in_part(probe, db):
    p, q = probe(), probe()
    p.say('one'), q.say('one')
    p.send('careless a b 400')
    q.send('careless b a 400')
    assert p.answer()[0] == 'ok' and q.answer()[0] == 'ok'
    assert db.sql('select k, v from probe order by k') == [['a', '3'], ['b', '3']]


def test_lock_held_for_long(probe, db):
    """A lock that does not come free in time is an error in bounded time, not a hang."""
    p, q = probe(), probe()
    q.say('one'), p.say('one')
    p.send('late a 9000')
    time.sleep(0.3)
    began = time.monotonic()
    assert q.say('add a')[0] == 'DB'
    assert time.monotonic() - began < 8.5, 'it waited until the lock came free'
    assert p.answer() == ('ok', '1')


def test_server_killed_and_back(probe, db):
    p = probe()
    assert p.say('one') == ('ok', '1')
    db.kill()
    began = time.monotonic()
    for line in ('one', 'add a', 'two a b 0', 'ping'):
        assert p.say(line)[0] == 'DB', line
    assert time.monotonic() - began < 5
    db.start()
    assert p.say('add a') == ('ok', 'rows=0 affected=1')
    assert p.say('get a') == ('ok', '2')


def test_server_stopped(probe, db):
    """SIGSTOP: answers do not come. Each waits its time once; then, for a while, nobody is made to wait."""
    p = probe()
    assert p.say('one') == ('ok', '1')
    db.stop()
    began = time.monotonic()
    assert p.say('one')[0] == 'DB'
    assert time.monotonic() - began < 10
    began = time.monotonic()
    for _ in range(20):
        assert p.say('one')[0] == 'DB'
    assert time.monotonic() - began < 10
    db.go_on()
    end = time.monotonic() + 10
    while p.say('one')[0] != 'ok':
        assert time.monotonic() < end
        time.sleep(0.1)


def test_commit_of_unknown_outcome_is_said(probe, db):
    """The server falls asleep just before COMMIT: nobody can know, so it is said, and not repeated."""
    p = probe()
    assert p.say('one')[0] == 'ok'
    p.send('late a 600')
    time.sleep(0.3)
    db.stop()
    word, why = p.answer()
    db.go_on()
    assert word == 'DB' and 'may have happened' in why, why
    assert p.say('retries') == ('ok', '0')
    assert db.sql("select v from probe where k = 'a'")[0][0] in ('1', '2')


def test_lost_before_commit_is_repeated(probe, db):
    """Killed between the change and COMMIT: the server undid it, so all is done again, once."""
    p = probe()
    number = p.say('connection')[1]
    p.send('late a 600')
    time.sleep(0.3)
    db.sql('kill ' + number)
    word, text = p.answer()
    assert (word, text) == ('ok', '2') or (word == 'DB' and 'may have happened' in text)
    assert db.sql("select v from probe where k = 'a'") == [['2' if word == 'ok' else '1']]


def test_not_strict(probe, db):
    db.sql("set global sql_mode = 'NO_ENGINE_SUBSTITUTION'")
    try:
        p = probe()
        word, why = p.say('one')
        assert word == 'DB' and 'strict' in why
        assert p.say('ping')[0] == 'DB'
    finally:
        db.sql("set global sql_mode = 'STRICT_TRANS_TABLES'")
    assert p.say('one') == ('ok', '1')


def test_wrong_password_and_database(probe):
    word, why = probe(database__user='nobody', database__password='hush').say('one')
    assert word == 'DB' and 'hush' not in why
    word, why = probe(database__name='nowhere').say('one')
    assert word == 'DB' and 'nowhere' in why


def test_migrations(probe, db, folder):
    p = probe()
    word, why = p.say('ping')
    assert word == 'DB' and 'init-db' in why
    count = len([n for n in os.listdir(SQL) if n.endswith('.sql')])
    assert p.say('migrate ' + SQL) == ('ok', str(count))
    assert p.say('migrate ' + SQL) == ('ok', '0')
    assert p.say('ping')[0] == 'ok'
    # Every table has a primary key, and none refers to another by a foreign key.
    assert db.sql("select table_name from information_schema.tables t where table_schema = 't' and table_name <> 'probe' and "
                  "not exists (select 1 from information_schema.table_constraints c where c.table_schema = t.table_schema and "
                  "c.table_name = t.table_name and c.constraint_type = 'PRIMARY KEY')") == []
    assert db.sql("select 1 from information_schema.table_constraints where table_schema = 't' and constraint_type = 'FOREIGN KEY'") == []


def test_two_migrate_at_once(probe):
    p, q = probe(), probe()
    p.send('migrate ' + SQL)
    q.send('migrate ' + SQL)
    a, b = p.answer(), q.answer()
    assert a[0] == b[0] == 'ok' and '0' in (a[1], b[1]), (a, b)


def test_bad_migrations(probe, db, folder):
    p = probe()
    os.makedirs(folder('m'))

    def write(name, text):
        with open(folder('m', name), 'w') as f:
            f.write(text)
    assert p.say('migrate ' + folder('m'))[0] == 'NOTFOUND'
    write('001_one.sql', 'create table if not exists one (id int primary key);\n-- nothing behind\n')
    write('003_three.sql', 'create table three (id int primary key)')
    word, why = p.say('migrate ' + folder('m'))
    assert word == 'CONFLICT' and '002' in why
    # A file that fails half-way is named, and taken up again when it is right.
    write('002_two.sql', 'create table if not exists two (id int primary key); create tabel oops;')
    word, why = p.say('migrate ' + folder('m'))
    assert word == 'INTERNAL' and '002_two.sql' in why
    write('002_two.sql', 'create table if not exists two (id int primary key); insert into two values (1);')
    assert p.say('migrate ' + folder('m')) == ('ok', '2')
    assert db.sql('select id, name from migration order by id') == [['1', '001_one.sql'], ['2', '002_two.sql'], ['3', '003_three.sql']]
    write('001_one.sql', 'create table if not exists uno (id int primary key);')
    word, why = p.say('migrate ' + folder('m'))
    assert word == 'CONFLICT' and '001_one.sql' in why
