# The programs. Workers and the command link everything but pixels (WORKER_LIBS); the
# sandbox links pixels and nothing else (PIXEL_LIBS). One block for each program:
#
# pkglibexec_PROGRAMS += upload
# upload_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
# upload_LDADD = $(WORKER_LIBS)
# upload_SOURCES =
# upload_SOURCES += %D%/upload.c
#
# The same with view and admin; bin_PROGRAMS += tintype for the command; and
#
# pkglibexec_PROGRAMS += sandbox
# sandbox_CPPFLAGS = $(AM_CPPFLAGS) -DTINTYPE_PIXELS $(SECCOMP_CFLAGS)
# sandbox_LDADD = $(PIXEL_LIBS)
# sandbox_SOURCES =
# sandbox_SOURCES += %D%/sandbox.c
