# What the web server gives out as it is (static/) and what the programs read (templates/, lang/).
htdocs_staticdir = $(pkgdatadir)/htdocs/static
dist_htdocs_static_DATA = \
	%D%/static/page.js \
	%D%/static/robots.txt \
	%D%/static/tintype.css \
	%D%/static/tintype.svg \
	%D%/static/upload.js

htdocs_langdir = $(pkgdatadir)/htdocs/lang
dist_htdocs_lang_DATA = \
	%D%/lang/en.json \
	%D%/lang/zh.json

htdocs_templatesdir = $(pkgdatadir)/htdocs/templates
dist_htdocs_templates_DATA = \
	%D%/templates/admin_delete.html \
	%D%/templates/admin_deletion.html \
	%D%/templates/admin_deletions.html \
	%D%/templates/admin_health.html %D%/templates/admin_jobs.html \
	%D%/templates/admin_login.html \
	%D%/templates/admin_picture.html \
	%D%/templates/admin_wall.html \
	%D%/templates/codes.html \
	%D%/templates/delete.html \
	%D%/templates/deleted.html \
	%D%/templates/deletion.html \
	%D%/templates/error.html \
	%D%/templates/foot.html \
	%D%/templates/head.html \
	%D%/templates/picture.html \
	%D%/templates/receipt.html \
	%D%/templates/report.html \
	%D%/templates/reported.html \
	%D%/templates/top.html \
	%D%/templates/upload.html \
	%D%/templates/uploaded.html
