/*
 * The upload form with comfort: pictures are dropped, pasted or chosen, and each goes up by itself, with a progress
 * bar, a way to stop it and a way to try again. The form works without any of this.
 */
'use strict';
(function () {
	var form = document.getElementById('upload');

	if (!form || !window.FormData || !window.XMLHttpRequest)
		return;

	var t = form.dataset, input = document.getElementById('file'), drop = document.getElementById('drop');
	var queue = document.getElementById('queue'), results = document.getElementById('results');
	var status = document.getElementById('status'), waiting = [], running = 0, count = 0, links = [];
	var AT_ONCE = 2, TRIES = 4, copyAll;

	function el(name, cls, text) {
		var e = document.createElement(name);

		if (cls)
			e.className = cls;
		if (text !== undefined)
			e.textContent = text;
		return e;
	}

	function say(text) {
		status.textContent = text;
	}

	function size(bytes) {
		return bytes < 1048576 ? Math.max(1, Math.round(bytes / 1024)) + ' KB' : (bytes / 1048576).toFixed(1) + ' MB';
	}

	function button(item, text, act) {
		var b = el('button', '', text);

		b.type = 'button';
		b.setAttribute('aria-label', text + ': ' + item.file.name);
		b.addEventListener('click', act);
		item.buttons.appendChild(b);
		return b;
	}

	function copyButton(item, text, value) {
		var b = button(item, text, function () {});

		b.dataset.text = value;
		b.dataset.done = t.tCopied;
	}

	/* A picture from the file itself; what the browser cannot show leaves the plate empty. */
	function addShot(item) {
		var url = URL.createObjectURL(item.file), img = new Image();

		img.alt = '';
		img.onload = function () {
			item.shot.appendChild(img);
			URL.revokeObjectURL(url);
		};
		img.onerror = function () {
			URL.revokeObjectURL(url);
		};
		img.src = url;
	}

	function makeRow(item) {
		var what = el('div', 'what'), head = el('p', 'name');

		item.row = el('li', 'item');
		item.shot = el('a', 'shot');
		item.name = el('span', '', item.file.name);
		item.state = el('p', 'state');
		item.bar = el('progress');
		item.bar.max = 100;
		item.bar.value = 0;
		item.bar.setAttribute('aria-label', t.tProgress + ' ' + item.file.name);
		item.buttons = el('p', 'buttons');
		head.appendChild(item.name);
		what.append(head, item.bar, item.state, item.buttons);
		item.row.append(item.shot, what);
		queue.appendChild(item.row);
		results.hidden = false;
	}

	function show(item, cls, text) {
		item.row.className = 'item ' + cls;
		item.state.textContent = text;
		item.bar.hidden = cls === 'done' || cls === 'failed';
		item.buttons.textContent = '';
	}

	function remove(item) {
		item.row.remove();
		results.hidden = !queue.children.length;
		input.focus();
	}

	function fail(item, why, again) {
		show(item, 'failed', t.tFailed + ': ' + why);
		if (again)
			button(item, t.tRetry, function () {
				item.tries = 0;
				add(item);
			});
		button(item, t.tRemove, function () { remove(item); });
		say(item.file.name + ': ' + t.tFailed + '. ' + why);
	}

	function offerAll() {
		if (links.length < 2)
			return;
		if (!copyAll) {
			copyAll = el('button', 'plain', t.tAll);
			copyAll.type = 'button';
			copyAll.dataset.done = t.tCopied;
			results.appendChild(copyAll);
		}
		copyAll.dataset.text = links.join('\n');
	}

	function done(item, picture) {
		var a = el('a', '', item.file.name), gone = el('a', '', t.tDelete);

		show(item, 'done', t.tDone + ' · ' + picture.width + ' × ' + picture.height + ' · ' + size(picture.bytes));
		a.href = item.shot.href = picture.page;
		item.shot.tabIndex = -1;
		item.shot.setAttribute('aria-hidden', 'true');
		item.name.replaceWith(a);
		copyButton(item, t.tLink, picture.url);
		copyButton(item, t.tHtml, picture.links.html);
		copyButton(item, t.tMarkdown, picture.links.markdown);
		copyButton(item, t.tBbcode, picture.links.bbcode);
		if (picture.delete_url) {
			gone.href = picture.delete_url;
			item.buttons.appendChild(gone);
		}
		links.push(picture.url);
		offerAll();
		say(item.file.name + ': ' + t.tDone);
	}

	/* What the server says went wrong: with this file, or with the request. */
	function reason(answer, http) {
		if (answer && answer.errors && answer.errors.length)
			return answer.errors[0].message;
		if (answer && answer.error)
			return (answer.error.cause || answer.error.message) + ' (' + answer.error.request_id + ')';
		return 'HTTP ' + http;
	}

	function answered(item, x) {
		var answer = null, wait = Number(x.getResponseHeader('Retry-After')) || 2;

		try {
			answer = JSON.parse(x.responseText);
		} catch (e) {
			/* An error page of the web server itself. */
		}
		if (answer && answer.images && answer.images.length)
			done(item, answer.images[0]);
		else if ((x.status === 503 || x.status === 502) && ++item.tries < TRIES)
			later(item, wait * item.tries);
		else
			fail(item, reason(answer, x.status), x.status >= 500 || x.status === 429 || x.status === 401);
	}

	function later(item, seconds) {
		var timer = setTimeout(function () { add(item); }, seconds * 1000);

		show(item, 'waiting', t.tBusy);
		button(item, t.tStop, function () {
			clearTimeout(timer);
			fail(item, t.tStopped, true);
		});
	}

	function send(item) {
		var x = new XMLHttpRequest(), data = new FormData(), shown = -1;

		function over() {
			running--;
			next();
		}
		data.append('title', document.getElementById('title').value);
		data.append('visibility', document.getElementById('visibility').value);
		data.append('file', item.file, item.file.name);
		x.open('POST', form.action);
		x.setRequestHeader('Accept', 'application/json');
		x.upload.onprogress = function (ev) {
			var percent = ev.lengthComputable ? Math.floor(ev.loaded / ev.total * 100) : 0;

			if (percent === shown)
				return;
			shown = item.bar.value = percent;
			item.state.textContent = percent < 100 ? t.tSending + ' · ' + percent + ' %' : t.tMaking;
		};
		x.onload = function () {
			answered(item, x);
			over();
		};
		x.onerror = function () {
			fail(item, t.tOffline, true);
			over();
		};
		x.onabort = function () {
			fail(item, t.tStopped, true);
			over();
		};
		running++;
		show(item, 'sending', t.tSending);
		button(item, t.tStop, function () { x.abort(); });
		x.send(data);
	}

	function next() {
		while (running < AT_ONCE && waiting.length)
			send(waiting.shift());
	}

	function add(item) {
		show(item, 'waiting', t.tWaiting + ' · ' + size(item.file.size));
		button(item, t.tRemove, function () {
			waiting.splice(waiting.indexOf(item), 1);
			remove(item);
		});
		item.bar.value = 0;
		waiting.push(item);
		next();
	}

	function take(files) {
		Array.prototype.forEach.call(files, function (file) {
			var item = { file: file, tries: 0 };

			/* What is pasted has no name of its own. */
			if (!file.name)
				item.file = new File([file], 'pasted-' + (++count) + '.png', { type: file.type });
			makeRow(item);
			addShot(item);
			if (file.size > Number(t.maxBytes))
				fail(item, t.tToobig, false);
			else
				add(item);
		});
	}

	input.addEventListener('change', function () {
		take(input.files);
		input.value = '';
	});

	form.addEventListener('submit', function (ev) {
		ev.preventDefault();
		if (input.files.length) {
			take(input.files);
			input.value = '';
		}
	});

	function hasFiles(ev) {
		return ev.dataTransfer && Array.prototype.indexOf.call(ev.dataTransfer.types, 'Files') >= 0;
	}

	document.addEventListener('dragover', function (ev) {
		if (!hasFiles(ev))
			return;
		ev.preventDefault();
		drop.classList.add('over');
	});
	document.addEventListener('dragleave', function (ev) {
		if (!ev.relatedTarget)
			drop.classList.remove('over');
	});
	document.addEventListener('drop', function (ev) {
		if (!hasFiles(ev))
			return;
		ev.preventDefault();
		drop.classList.remove('over');
		take(ev.dataTransfer.files);
	});

	document.addEventListener('paste', function (ev) {
		var files = ev.clipboardData ? ev.clipboardData.files : [];

		if (!files.length)
			return;
		ev.preventDefault();
		take(files);
	});

	window.addEventListener('beforeunload', function (ev) {
		if (!running && !waiting.length)
			return;
		ev.preventDefault();
		ev.returnValue = t.tUnfinished;
	});
}());
