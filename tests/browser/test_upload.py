"""Uploading as people do it: with and without JavaScript, by mouse, by keyboard, by paste."""
import base64

import pytest

import pictures as pic
from stack import until

pytestmark = pytest.mark.once


def rows(browser, kind):
    return browser.all('#queue .item.' + kind)


def wait_rows(browser, kind, n, timeout=20):
    assert until(lambda: len(rows(browser, kind)) == n, timeout), [r.text for r in browser.all('#queue .item')]


def shown(browser):
    """Do all pictures of the page have pixels?"""
    return until(lambda: all(i.get_property('naturalWidth') for i in browser.all('main img')), 10)


def test_plain_form_one_file(plain, files):
    plain.open('/')
    assert [b for b in plain.all('#upload button') if b.is_displayed()], 'no button without JavaScript'
    plain.one('#file').send_keys(files('one cat.jpg', pic.jpeg(640, 480, seed=61)))
    plain.shot('upload-plain')
    plain.press(plain.one('#upload button[type=submit]'))
    assert '/p/' in plain.d.current_url
    assert plain.one('h1').text == 'one cat.jpg'
    assert shown(plain)
    assert plain.one('figure img').get_property('naturalWidth') == 640
    assert not plain.complaints()


def test_plain_form_several_files(plain, files, web):
    plain.open('/upload')
    bad = files('words.jpg', b'these are words')
    plain.one('#file').send_keys('\n'.join([files('a.png', pic.png(90, 60)), bad, files('b.png', pic.png(60, 90))]))
    plain.press(plain.one('#upload button[type=submit]'))
    names = [e.text for e in plain.all('.item .name')]
    assert names == ['a.png', 'b.png']
    assert 'words.jpg' in plain.one('[role=alert]').text
    assert shown(plain)
    plain.shot('uploaded-plain')
    for link in plain.all('.item .keep a'):
        assert '/d/' in link.get_attribute('href')
    url = plain.all('.item .codes input')[0].get_attribute('value')
    assert web.get(url).status == 200
    plain.press(plain.all('.item .keep a')[0])
    plain.shot('delete')
    plain.press(plain.one('form button.bad'))
    assert web.get(url).status == 410


def test_plain_delete_by_owner(plain, files, web):
    plain.open('/')
    plain.one('#file').send_keys(files('mine.png', pic.png(80, 80)))
    plain.press(plain.one('#upload button[type=submit]'))
    page = plain.d.current_url
    plain.one('.danger summary').click()
    plain.press(plain.one('.danger button'))
    assert plain.one('h1').text == 'Deleted'
    plain.open(page)
    assert web.get(page).status == 410 and plain.one('.error h1')


def test_several_with_progress(browser, files, web):
    browser.open('/')
    assert not [b for b in browser.all('#upload button[type=submit]') if b.is_displayed()]
    browser.one('#file').send_keys('\n'.join(files('p%d.jpg' % i, pic.jpeg(800, 600, seed=70 + i)) for i in range(5)))
    wait_rows(browser, 'done', 5)
    browser.shot('upload-done')
    for r in rows(browser, 'done'):
        link = r.find_element('css selector', '.name a').get_attribute('href')
        assert web.get(link).status == 200
        assert [b.text for b in r.find_elements('css selector', 'button')] == ['Link', 'HTML', 'Markdown', 'BBCode']
        assert r.find_element('css selector', '.shot img').get_property('naturalWidth') == 800
    assert 'Uploaded' in browser.one('#status').get_property('textContent')
    assert not browser.complaints()


def test_bad_file_says_why_and_spoils_nothing(browser, files):
    browser.open('/')
    browser.one('#file').send_keys('\n'.join([files('bad.jpg', b'GIF87 not really'), files('good.png', pic.png(50, 50)),
                                             files('page.svg', b'<svg xmlns="http://www.w3.org/2000/svg"/>')]))
    wait_rows(browser, 'done', 1)
    wait_rows(browser, 'failed', 2)
    browser.shot('upload-failed')
    for r in rows(browser, 'failed'):
        assert 'Failed: ' in r.text and not r.find_elements('css selector', 'progress:not([hidden])')
        r.find_element('css selector', 'button:last-of-type').click()
    assert len(browser.all('#queue .item')) == 1


def test_too_large_is_not_sent(browser, files):
    browser.open('/')
    browser.js("document.getElementById('upload').dataset.maxBytes = '1000'")
    browser.one('#file').send_keys(files('large.jpg', pic.jpeg(400, 300, seed=62)))
    wait_rows(browser, 'failed', 1)
    assert 'larger' in rows(browser, 'failed')[0].text


def test_retry_after_a_lost_connection(browser, files):
    browser.open('/')
    browser.cdp('Network.enable')
    browser.cdp('Network.emulateNetworkConditions', offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    browser.one('#file').send_keys(files('later.png', pic.png(70, 70)))
    wait_rows(browser, 'failed', 1)
    assert 'connection' in rows(browser, 'failed')[0].text
    browser.cdp('Network.emulateNetworkConditions', offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    rows(browser, 'failed')[0].find_element('css selector', 'button').click()
    wait_rows(browser, 'done', 1)


def test_stop(browser, files):
    browser.open('/')
    browser.cdp('Network.enable')
    browser.cdp('Network.emulateNetworkConditions', offline=False, latency=0, downloadThroughput=-1, uploadThroughput=20000)
    browser.one('#file').send_keys(files('slow.png', pic.png_noise()))
    wait_rows(browser, 'sending', 1)
    rows(browser, 'sending')[0].find_element('css selector', 'button').click()
    wait_rows(browser, 'failed', 1)
    assert 'Stopped' in rows(browser, 'failed')[0].text


HAND_OVER = """
var bytes = Uint8Array.from(atob(arguments[0]), function (c) { return c.charCodeAt(0); });
var data = new DataTransfer();
data.items.add(new File([bytes], 'handed.png', { type: 'image/png' }));
var ev = arguments[1] === 'paste' ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(arguments[1], { dataTransfer: data, bubbles: true, cancelable: true });
(arguments[1] === 'paste' ? document.body : document.querySelector('footer')).dispatchEvent(ev);
return ev.defaultPrevented;
"""


def test_drop_and_paste(browser):
    browser.open('/')
    for n, how in enumerate(('drop', 'paste'), 1):
        data = base64.b64encode(pic.png(30 + n, 30)).decode()
        if how == 'drop':
            assert browser.js(HAND_OVER, data, 'dragover')
            assert 'over' in browser.one('#drop').get_attribute('class')
        assert browser.js(HAND_OVER, data, how)
        wait_rows(browser, 'done', n)
    assert 'over' not in browser.one('#drop').get_attribute('class')


def test_copy_buttons(browser, files):
    browser.cdp('Browser.grantPermissions', permissions=['clipboardReadWrite', 'clipboardSanitizedWrite'])
    browser.open('/')
    browser.one('#file').send_keys('\n'.join(files('c%d.png' % i, pic.png(40 + i, 40)) for i in range(2)))
    wait_rows(browser, 'done', 2)
    want = browser.one('#results > button').get_attribute('data-text')
    assert len(want.split('\n')) == 2
    browser.one('#results > button').click()
    assert until(lambda: browser.one('#results > button').text == 'Copied', 5)
    assert browser.d.execute_async_script('navigator.clipboard.readText().then(arguments[0])') == want
    browser.press(rows(browser, 'done')[0].find_element('css selector', '.name a'))
    for box in ('link', 'markdown'):
        b = browser.one('button[data-copy^=%s]' % box)
        b.click()
        assert until(lambda: b.text == 'Copied', 5)
        assert browser.d.execute_async_script('navigator.clipboard.readText().then(arguments[0])') == \
            browser.one('input[id^=%s]' % box).get_attribute('value')


def test_title_and_visibility(browser, files, web):
    browser.open('/')
    browser.one('.options summary').click()
    browser.one('#title').send_keys('A <b>fine</b> day')
    browser.one('#visibility option[value=unlisted]').click()
    browser.one('#file').send_keys(files('d.png', pic.png(44, 44)))
    wait_rows(browser, 'done', 1)
    browser.press(rows(browser, 'done')[0].find_element('css selector', '.name a'))
    assert browser.one('h1').text == 'A <b>fine</b> day'
    assert browser.one('meta[name=robots]').get_attribute('content') == 'noindex'


@pytest.mark.parametrize('name', ['"><img src=x onerror=document.title=1>.png', "';alert(1)--.png", '{{site.url}}{{{t}}}.png', '猫 \u202egnp.png'])
def test_names_are_only_text(browser, files, name):
    browser.open('/')
    browser.one('#file').send_keys(files(name, pic.png(33, 33)))
    wait_rows(browser, 'done', 1)
    a = rows(browser, 'done')[0].find_element('css selector', '.name a')
    assert name.split('.png')[0][:5] in a.text
    browser.press(a)
    assert browser.d.title != '1' and shown(browser)
    assert len(browser.all('main img')) == 1
    assert not browser.complaints()
