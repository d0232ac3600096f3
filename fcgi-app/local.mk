# The programs. Workers and the command link everything but pixels (WORKER_LIBS); the
# sandbox links pixels and nothing else (PIXEL_LIBS). One block for each program:
#
# The same with view and admin; bin_PROGRAMS += tintype for the command.

pkglibexec_PROGRAMS += admin
admin_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
admin_LDADD = $(WORKER_LIBS)
admin_SOURCES =
admin_SOURCES += %D%/admin.c %D%/admin.h
admin_SOURCES += %D%/admin_answer.c
admin_SOURCES += %D%/admin_counters.c
admin_SOURCES += %D%/admin_delete.c
admin_SOURCES += %D%/admin_deletions.c
admin_SOURCES += %D%/admin_health.c %D%/admin_jobs.c
admin_SOURCES += %D%/admin_login.c
admin_SOURCES += %D%/admin_picture.c
admin_SOURCES += %D%/admin_wall.c
admin_SOURCES += %D%/admin_workers.c
man_MANS += %D%/admin.8
EXTRA_DIST += %D%/admin.8

pkglibexec_PROGRAMS += sandbox
sandbox_files =
sandbox_files += %D%/sandbox.c %D%/sandbox.h
sandbox_files += %D%/sandbox_filter.c
sandbox_files += %D%/sandbox_thread.c
sandbox_CPPFLAGS = $(AM_CPPFLAGS) -DTINTYPE_PIXELS $(SECCOMP_CFLAGS)
sandbox_LDADD = $(PIXEL_LIBS)
sandbox_SOURCES = $(sandbox_files)

# The same child without any codec, that misbehaves when asked to: for tests/fault, never installed.
EXTRA_PROGRAMS += sandbox-test
CLEANFILES += sandbox-test$(EXEEXT)
sandbox_test_CPPFLAGS = $(AM_CPPFLAGS) -DTINTYPE_SANDBOX_TEST $(SECCOMP_CFLAGS)
sandbox_test_LDADD = libbase.a $(SECCOMP_LIBS) $(CRYPTO_LIBS)
sandbox_test_SOURCES = $(sandbox_files)
sandbox_test_SOURCES += %D%/sandbox_none.c
sandbox_test_SOURCES += %D%/sandbox_test.c

pkglibexec_PROGRAMS += upload
upload_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
upload_LDADD = $(WORKER_LIBS)
upload_SOURCES =
upload_SOURCES += %D%/upload.c %D%/upload.h
upload_SOURCES += %D%/upload_delete.c
upload_SOURCES += %D%/upload_page.c
upload_SOURCES += %D%/upload_post.c

pkglibexec_PROGRAMS += view
view_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
view_LDADD = $(WORKER_LIBS)
view_SOURCES =
view_SOURCES += %D%/view.c %D%/view.h
view_SOURCES += %D%/view_etag.c
view_SOURCES += %D%/view_health.c
view_SOURCES += %D%/view_image.c
view_SOURCES += %D%/view_oembed.c
view_SOURCES += %D%/view_page.c
view_SOURCES += %D%/view_remote.c
view_SOURCES += %D%/view_saveas.c
man_MANS += %D%/upload.8 %D%/view.8
EXTRA_DIST += %D%/upload.8 %D%/view.8

# The command.
bin_PROGRAMS += tintype
tintype_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tintype_LDADD = $(WORKER_LIBS)
tintype_SOURCES =
tintype_SOURCES += %D%/cli_progress.c
tintype_SOURCES += %D%/cmd_backup.c
tintype_SOURCES += %D%/cmd_config.c
tintype_SOURCES += %D%/cmd_doctor.c
tintype_SOURCES += %D%/cmd_import.c
tintype_SOURCES += %D%/cmd_init_db.c
tintype_SOURCES += %D%/cmd_jobs.c
tintype_SOURCES += %D%/cmd_migrate.c
tintype_SOURCES += %D%/cmd_ops.c
tintype_SOURCES += %D%/cmd_rebuild.c
tintype_SOURCES += %D%/cmd_scrub.c
tintype_SOURCES += %D%/cmd_sign.c
tintype_SOURCES += %D%/cmd_style.c
tintype_SOURCES += %D%/cmd_user.c
tintype_SOURCES += %D%/tintype.c %D%/tintype.h
man_MANS += %D%/tintype.8
nodist_man_MANS = %D%/tintype.ini.5 %D%/tintype-steps.7
EXTRA_DIST += %D%/tintype.8 %D%/tintype.ini.5.in
CLEANFILES += %D%/tintype.ini.5 %D%/tintype-steps.7

# The manual of the settings has its list from the program that knows them.
%D%/tintype.ini.5: %D%/tintype.ini.5.in tintype$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) %D% && { sed '/^@OPTIONS@/,$$d' $(srcdir)/%D%/tintype.ini.5.in && \
	    ./tintype$(EXEEXT) config man && sed '1,/^@OPTIONS@/d' $(srcdir)/%D%/tintype.ini.5.in; } >$@.new && \
	    mv $@.new $@

# The manual of the operations is all from their table.
%D%/tintype-steps.7: tintype$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) %D% && ./tintype$(EXEEXT) ops man >$@.new && mv $@.new $@
