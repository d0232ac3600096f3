"""What the pages look like and how they can be used; screenshots are kept beside the test results."""
import pytest

import pictures as pic
from stack import until

pytestmark = pytest.mark.once

SCREENS = [('desk', 1280, 800), ('phone', 360, 740)]


def log_in(browser, stack):
    browser.open('/admin/login')
    browser.one('#name').send_keys('admin')
    browser.one('#password').send_keys(stack.admin_password())
    browser.press(browser.one('main form button'))
    assert browser.one('h1').text == 'Pictures', browser.one('main').text


@pytest.fixture
def pages(web):
    """(name, path) of pages that everybody sees."""
    i = web.put_picture(pic.jpeg(1200, 800, seed=64), 'A long name of a picture that somebody took on a sunny afternoon in the garden.jpg')
    return [('upload', '/'), ('picture', '/p/' + i['id']), ('report', '/p/%s/report' % i['id']), ('delete', web.path_of(i['delete_url'])),
            ('error', '/nothing/here'), ('login', '/admin/login')], i


@pytest.fixture
def admin_pages(pages):
    i = pages[1]
    return [('wall', '/admin/'), ('wall-empty', '/admin/?q=nothing-has-this-name'), ('detail', '/admin/picture/' + i['id']), ('health', '/admin/health')]


# Luminance and contrast as WCAG 2 has them, of every element with text of its own, over the nearest painted background.
CONTRAST = """
function lum(c) {
	var v = c.map(function (x) { x /= 255; return x <= 0.04045 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4); });
	return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
}
function rgb(s) { return s.match(/[\\d.]+/g).map(Number); }
function ground(e) {
	for (; e; e = e.parentElement) {
		var c = rgb(getComputedStyle(e).backgroundColor);
		if (c.length < 4 || c[3] > 0.99)
			return c;
	}
	return [255, 255, 255];
}
var bad = [];
document.querySelectorAll('body *').forEach(function (e) {
	var own = Array.prototype.some.call(e.childNodes, function (n) { return n.nodeType === 3 && n.data.trim(); });
	if (!own || !e.offsetParent || e.closest('.visually-hidden, .skip, option, script'))
		return;
	var a = lum(rgb(getComputedStyle(e).color)) + 0.05, b = lum(ground(e)) + 0.05, r = a > b ? a / b : b / a;
	if (r < 4.5)
		bad.push(e.tagName + '.' + e.className + ' ' + r.toFixed(2) + ' ' + e.textContent.trim().slice(0, 30));
});
return bad;
"""


def look(browser, name, path):
    """On each screen, by day and night: nothing sticks out, text can be read, all that is named loads."""
    browser.open(path)
    browser.complaints()
    for screen, w, h in SCREENS:
        for dark in (False, True):
            browser.screen(w, h, dark)
            browser.open(path)
            browser.shot('%s-%s-%s' % (name, screen, 'dark' if dark else 'light'))
            wide = browser.js('return document.documentElement.scrollWidth')
            assert wide <= w, '%s is %d wide on a screen of %d' % (name, wide, w)
            assert browser.js(CONTRAST) == [], (name, dark)
    said = [m for m in browser.complaints() if not (name == 'error' and '404' in m)]
    assert not said, said
    hosts = browser.js('return performance.getEntriesByType("resource").map(function (e) { return new URL(e.name).host; })')
    assert set(hosts) == {browser.js('return location.host')}
    assert until(lambda: browser.js('return Array.prototype.every.call(document.images, function (i) { return i.naturalWidth > 0 || i.loading === "lazy"; })'), 10)


def named(browser, name):
    """What can be operated says what it is."""
    for e in browser.all('a, button, input:not([type=hidden]), select, textarea, summary, progress'):
        if browser.visible(e):
            assert e.accessible_name.strip(), '%s: %s' % (name, e.get_attribute('outerHTML')[:200])
    assert len(browser.all('h1')) == 1 and browser.one('main') and browser.d.title.strip() and browser.one('html').get_attribute('lang')
    levels = [int(h.tag_name[1]) for h in browser.all('h1, h2, h3')]
    assert levels[0] == 1 and all(b <= a + 1 for a, b in zip(levels, levels[1:])), levels


def test_everybodys_pages(browser, pages):
    for name, path in pages[0]:
        look(browser, name, path)
        named(browser, name)


def test_admin_pages(browser, stack, admin_pages):
    if not stack.home:
        pytest.skip('needs the admin password')
    log_in(browser, stack)
    for name, path in admin_pages:
        look(browser, 'admin-' + name, path)
        named(browser, name)


def test_keyboard(browser, pages):
    """Tab reaches everything that can be operated, in order, beginning with the way past the top; what has the focus shows it."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
    for name, path in pages[0]:
        browser.screen(1280, 800)
        browser.open(path)
        seen = []
        for _ in range(60):
            ActionChains(browser.d).send_keys(Keys.TAB).perform()
            e = browser.d.switch_to.active_element
            if e.tag_name == 'body' or e in seen:
                break
            seen.append(e)
            outline = browser.js('var e = arguments[0], s = getComputedStyle(e), p = e.closest(".drop"); return s.outlineStyle !== "none" || !!p', e)
            assert outline, '%s: no sign of the focus on %s' % (name, e.get_attribute('outerHTML')[:120])
        assert 'skip' in seen[0].get_attribute('class')
        there = [e for e in browser.all('main a[href], main button, main input:not([type=hidden]), main select, main textarea, main summary') if browser.visible(e)]
        missed = [e.get_attribute('outerHTML')[:120] for e in there if e not in seen]
        assert not missed, (name, missed)


def test_language(browser):
    browser.open('/')
    english = browser.one('h1').text
    browser.press(browser.one('.langs a[lang=zh]'))
    assert browser.one('html').get_attribute('lang') == 'zh' and browser.one('h1').text != english
    browser.shot('upload-zh')
    browser.open('/admin/login')
    assert browser.one('html').get_attribute('lang') == 'zh', 'the choice is not kept'
    browser.press(browser.one('.langs a[lang=en]'))
    browser.open('/')
    assert browser.one('h1').text == english


def test_another_name_of_the_site(browser, web):
    """Links name the site as its settings do; somebody who came as localhost sees the pictures and can use the forms."""
    i = web.put_picture(pic.png(60, 60, seed=66), 'l.png')
    browser.open('http://localhost:%d/p/%s' % (web.port, i['id']))
    assert until(lambda: browser.one('figure img').get_property('naturalWidth') == 60, 10), browser.complaints()
    browser.open(i['delete_url'].replace(web.url, 'http://localhost:%d' % web.port))
    browser.press(browser.one('form button.bad'))
    assert browser.one('h1').text == 'Deleted' and not browser.complaints()


def test_report(plain, web):
    i = web.put_picture(pic.png(60, 60, seed=65), 'r.png')
    plain.open('/p/' + i['id'])
    plain.press(plain.one('a[href$="/report"]'))
    plain.one('#reason').send_keys('It is <mine>.')
    plain.press(plain.one('main button'))
    assert plain.one('h1').text == 'Thank you'


def test_admin_finds_and_deletes(plain, stack, web):
    """Without JavaScript: log in, search, choose two of three, be asked, delete; then the detail of one, and out."""
    if not stack.home:
        pytest.skip('needs the admin password')
    import os
    tag = 'wall' + os.urandom(4).hex()
    made = [web.put_picture(pic.png(90 + i, 90), '%s %d.png' % (tag, i)) for i in range(3)]
    plain.open('/admin/')
    assert '/admin/login' in plain.d.current_url
    log_in(plain, stack)
    plain.one('#q').send_keys(tag)
    plain.press(plain.one('.search button'))
    # Those of one second stand in any order.
    assert sorted(e.text for e in plain.all('.wall .caption')) == ['%s %d.png' % (tag, i) for i in (0, 1, 2)]
    for i in (0, 2):
        plain.one('#pick-' + made[i]['id']).click()
    plain.press(plain.one('#wall button.bad'))
    assert len(plain.all('.wall li')) == 2, plain.one('body').text
    assert [web.get(m['url']).status for m in made] == [200, 200, 200], 'deleted before it was asked'
    plain.shot('admin-delete')
    plain.press(plain.one('main button.bad'))
    assert '2' in plain.one('.note').text
    assert [web.get(m['url']).status for m in made] == [410, 200, 410]
    plain.press(plain.one('.wall li a'))
    assert tag in plain.one('h1').text
    plain.press(plain.one('.whoami button'))
    plain.open('/admin/')
    assert '/admin/login' in plain.d.current_url


def test_wrong_password(plain):
    plain.open('/admin/login')
    plain.one('#name').send_keys('admin')
    plain.one('#password').send_keys('not it')
    plain.press(plain.one('main form button'))
    assert 'not right' in plain.one('[role=alert]').text and plain.one('#name').get_attribute('value') == 'admin'
