# Our domain: pictures, users, sessions, jobs, and the loop that answers requests.
noinst_LIBRARIES += libapp.a
libapp_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPT_CFLAGS)
libapp_a_SOURCES =
