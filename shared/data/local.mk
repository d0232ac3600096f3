# Bytes at rest: settings, database, memcached, object store.
noinst_LIBRARIES += libdata.a
libdata_a_CPPFLAGS = $(AM_CPPFLAGS) $(MYSQL_CFLAGS) $(MEMCACHED_CFLAGS) $(CURL_CFLAGS) \
	$(INIPARSER_CFLAGS)
libdata_a_SOURCES =
