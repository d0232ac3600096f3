"""Chromium, driven by chromedriver: a fresh profile for each browser, nothing from outside."""
import base64
import os
import shutil

import pytest

from stack import until

selenium = pytest.importorskip('selenium', reason='python3-selenium is not installed')

from selenium.common import exceptions                          # noqa: E402
from selenium import webdriver                                  # noqa: E402
from selenium.webdriver.chrome.options import Options           # noqa: E402
from selenium.webdriver.chrome.service import Service           # noqa: E402

FLAGS = ('--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage --hide-scrollbars '
         '--disable-background-networking --disable-component-update --disable-sync --lang=en').split()


def gone(element):
    try:
        element.is_enabled()
    except exceptions.WebDriverException:
        return True
    return False


class Browser:
    """A driver and what the tests want of it."""

    def __init__(self, site, scripts=True, artefacts=None):
        o = Options()
        for f in FLAGS:
            o.add_argument(f)
        o.binary_location = shutil.which('chromium')
        o.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
        prefs = {'intl.accept_languages': 'en'}
        if not scripts:
            prefs['profile.managed_default_content_settings.javascript'] = 2
        o.add_experimental_option('prefs', prefs)
        self.d = webdriver.Chrome(service=Service(shutil.which('chromedriver')), options=o)
        self.d.implicitly_wait(0)
        self.site = site
        self.artefacts = artefacts

    def open(self, path):
        self.d.get(path if path.startswith('http') else self.site + path)

    def all(self, css):
        return self.d.find_elements('css selector', css)

    def one(self, css):
        found = self.all(css)
        assert len(found) == 1, '%d elements %s in %s' % (len(found), css, self.d.current_url)
        return found[0]

    def press(self, e):
        """Click what leads to another page, and wait until that is there: without scripts the driver does not."""
        old = self.one('html')
        e.click()
        assert until(lambda: gone(old), 20), 'no other page came'
        assert until(lambda: self.js('return document.readyState') == 'complete', 20)

    def js(self, script, *args):
        return self.d.execute_script(script, *args)

    def visible(self, e):
        """Also knows of what a closed <details> hides."""
        return self.js('return arguments[0].checkVisibility({visibilityProperty: true})', e)

    def cdp(self, command, **args):
        return self.d.execute_cdp_cmd(command, args)

    def screen(self, width, height, dark=False):
        self.cdp('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.cdp('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}])

    def shot(self, name):
        """Kept as an artefact where the runner says so, never in the tree."""
        if self.artefacts:
            os.makedirs(self.artefacts, exist_ok=True)
            with open(os.path.join(self.artefacts, name + '.png'), 'wb') as f:
                f.write(base64.b64decode(self.cdp('Page.captureScreenshot', captureBeyondViewport=True)['data']))

    def complaints(self):
        """What the browser says went wrong since the last call: policy violations, script errors, files that are not there."""
        return [e['message'] for e in self.d.get_log('browser') if e['level'] in ('SEVERE', 'WARNING')]


@pytest.fixture
def new_browser(stack):
    if not shutil.which('chromium') or not shutil.which('chromedriver'):
        pytest.skip('chromium or chromium-driver is not installed')
    made = []
    artefacts = os.environ.get('TINTYPE_ARTEFACTS')

    def make(**how):
        made.append(Browser(stack.client.url, artefacts=artefacts and os.path.join(artefacts, 'screenshots'), **how))
        return made[-1]

    yield make
    for b in made:
        b.d.quit()


@pytest.fixture
def browser(new_browser):
    return new_browser()


@pytest.fixture
def plain(new_browser):
    """Without JavaScript."""
    return new_browser(scripts=False)


@pytest.fixture
def files(tmp_path):
    """files('cat.jpg', bytes): the path of such a file."""
    def make(name, data):
        p = tmp_path / name
        p.write_bytes(data)
        return str(p)
    return make
