# The lowest layer: libc and libcrypto only.
noinst_LIBRARIES += libbase.a
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
libbase_a_SOURCES =
libbase_a_SOURCES += %D%/arena.c %D%/arena.h
libbase_a_SOURCES += %D%/buf.c %D%/buf.h
libbase_a_SOURCES += %D%/clock.c %D%/clock.h
libbase_a_SOURCES += %D%/defs.h
libbase_a_SOURCES += %D%/digest.c %D%/digest.h
libbase_a_SOURCES += %D%/enc.c %D%/enc.h
libbase_a_SOURCES += %D%/err.c %D%/err.def %D%/err.h
libbase_a_SOURCES += %D%/fdio.c %D%/fdio_dir.c %D%/fdio_pass.c %D%/fdio.h
libbase_a_SOURCES += %D%/limits.h
libbase_a_SOURCES += %D%/log.c %D%/log.h
libbase_a_SOURCES += %D%/metric.c %D%/metric.def %D%/metric.h
libbase_a_SOURCES += %D%/num.c %D%/num.h
libbase_a_SOURCES += %D%/rnd.c %D%/rnd.h
libbase_a_SOURCES += %D%/slots.c %D%/slots.h
