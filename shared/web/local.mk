# HTTP: the wire, bodies, headers, templates.
noinst_LIBRARIES += libweb.a
libweb_a_CPPFLAGS = $(AM_CPPFLAGS) $(FCGI_CFLAGS) $(JANSSON_CFLAGS)
libweb_a_SOURCES =
