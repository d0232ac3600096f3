# Bytes at rest: settings, database, memcached, object store.
noinst_LIBRARIES += libdata.a
libdata_a_CPPFLAGS = $(AM_CPPFLAGS) $(MYSQL_CFLAGS) $(MEMCACHED_CFLAGS) $(CURL_CFLAGS) \
	$(INIPARSER_CFLAGS)
libdata_a_SOURCES =
libdata_a_SOURCES += %D%/cache.c %D%/cache.h
libdata_a_SOURCES += %D%/conf.c %D%/conf_mirror.c %D%/conf_print.c %D%/conf_table.c %D%/conf.h
libdata_a_SOURCES += %D%/conf_scan.c %D%/conf_scan.h
libdata_a_SOURCES += %D%/db.c %D%/db_migrate.c %D%/db_stmt.c %D%/db_tx.c %D%/db_val.c
libdata_a_SOURCES += %D%/db.h %D%/db_int.h
libdata_a_SOURCES += %D%/fetch.c %D%/fetch.h
libdata_a_SOURCES += %D%/media_type.c %D%/media_type.h
libdata_a_SOURCES += %D%/remote.c %D%/remote.h %D%/remote_batch.c %D%/remote_list.c %D%/remote_parts.c %D%/remote_tier.c
libdata_a_SOURCES += %D%/sign.h %D%/sign_oss.c %D%/sign_s3.c %D%/sign_text.c %D%/sign_text.h
libdata_a_SOURCES += %D%/store.c %D%/store_driver.h %D%/store_int.h %D%/store_local.c %D%/store_place.c %D%/store_place.h %D%/store_plant.c %D%/store_plant.h %D%/store_read.c %D%/store_remote.c %D%/store_walk.c %D%/store_walk.h %D%/store.h
