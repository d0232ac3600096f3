# What the web server gives out as it is (static/) and what the programs read (templates/).
# One dist_..._DATA list for each folder:
#
# htdocs_staticdir = $(pkgdatadir)/htdocs/static
# dist_htdocs_static_DATA = %D%/static/style.css
# templatesdir = $(pkgdatadir)/htdocs/templates
# dist_templates_DATA = %D%/templates/page.html
