# Numbered migrations, only ever added; DB_SCHEMA in shared/data/db.h is the newest number.
sqldir = $(pkgdatadir)/sql
dist_sql_DATA =
dist_sql_DATA += %D%/001_initial.sql
dist_sql_DATA += %D%/002_picture_name.sql
dist_sql_DATA += %D%/003_deletion.sql
