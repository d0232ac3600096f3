# Numbered migrations, only ever added:
#
# sqldir = $(pkgdatadir)/sql
# dist_sql_DATA =
# dist_sql_DATA += %D%/001_start.sql
