/* Comfort that every page may use: buttons that copy, dates in the reader's own way, "choose all". Nothing needs it. */
'use strict';
(function () {
	var root = document.documentElement;

	root.classList.add('js');

	/* The old way works where pages come by plain http, too. */
	function copy(text, field) {
		if (navigator.clipboard && window.isSecureContext)
			return navigator.clipboard.writeText(text);
		return new Promise(function (done, failed) {
			var area = field || document.body.appendChild(document.createElement('textarea'));

			if (!field) {
				area.value = text;
				area.className = 'visually-hidden';
			}
			area.select();
			(document.execCommand('copy') ? done : failed)();
			if (!field)
				area.remove();
		});
	}

	/* The button says for a moment that it has done its work. */
	function copied(button) {
		var before = button.textContent;

		button.textContent = button.dataset.done;
		button.classList.add('was-copied');
		setTimeout(function () {
			button.textContent = before;
			button.classList.remove('was-copied');
		}, 1600);
	}

	document.addEventListener('click', function (ev) {
		var button = ev.target.closest('button[data-copy], button[data-text]'), field;

		if (!button || button.classList.contains('was-copied'))
			return;
		field = button.dataset.copy && document.getElementById(button.dataset.copy);
		copy(field ? field.value : button.dataset.text, field).then(function () {
			copied(button);
		}, function () {
			if (field)
				field.select();
		});
	});

	document.addEventListener('focusin', function (ev) {
		if (ev.target.matches('input[readonly]'))
			ev.target.select();
	});

	document.querySelectorAll('time[datetime]').forEach(function (t) {
		var d = new Date(t.dateTime);

		if (!isNaN(d))
			t.textContent = d.toLocaleString(root.lang, { dateStyle: 'medium', timeStyle: 'short' });
	});

	var all = document.getElementById('pick-all');

	if (all)
		all.addEventListener('click', function () {
			var boxes = document.querySelectorAll('#wall input[type=checkbox]');
			var some = Array.prototype.some.call(boxes, function (b) { return !b.checked; });

			boxes.forEach(function (b) { b.checked = some; });
		});
}());
