# "make check": every test speaks TAP. Unit tests are programs of their own (cmocka), fuzz
# targets replay their corpus, lint reads the sources.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	TINTYPE_BUILD='$(abs_top_builddir)'; export TINTYPE_BUILD; \
	TINTYPE_SOURCE='$(abs_top_srcdir)'; export TINTYPE_SOURCE; \
	LC_ALL=C.UTF-8; export LC_ALL;
TESTS += $(check_PROGRAMS)

TESTS += %D%/lint/check-layers
EXTRA_DIST += %D%/lint/check-layers
TESTS += %D%/lint/check-htdocs
EXTRA_DIST += %D%/lint/check-htdocs

TESTS += %D%/arm/check-arm
EXTRA_DIST += %D%/arm/check-arm

# Unit tests, sorted. One that needs more than libbase.a gets its own _LDADD (and _CPPFLAGS):
#
# check_PROGRAMS += test_steps
# test_steps_SOURCES = %D%/unit/test_steps.c
# test_steps_LDADD = libplan.a libbase.a $(CMOCKA_LIBS) $(CRYPTO_LIBS)
UNIT_LIBS = libbase.a $(CMOCKA_LIBS) $(CRYPTO_LIBS)
LDADD = $(UNIT_LIBS)
EXTRA_DIST += %D%/unit/test.h

# The reference's examples need no cmocka, only the table beside the tree.
check_PROGRAMS += test_examples
test_examples_SOURCES = %D%/unit/spec_check.h %D%/unit/test_examples.c
test_examples_LDADD = $(PLAN_LIBS)
PLAN_LIBS = libplan.a libbase.a $(CRYPTO_LIBS) -lm

# What test_golden expects.
EXTRA_DIST += \
	%D%/golden/auto-orient-0.png \
	%D%/golden/auto-orient-1.png \
	%D%/golden/blur-alpha.png \
	%D%/golden/blur.png \
	%D%/golden/bright-down.png \
	%D%/golden/bright-up.png \
	%D%/golden/chain.png \
	%D%/golden/circle-jpg.png \
	%D%/golden/circle.png \
	%D%/golden/contrast-down.png \
	%D%/golden/contrast-up.png \
	%D%/golden/crop-center.png \
	%D%/golden/crop-se.png \
	%D%/golden/crop.png \
	%D%/golden/format-jpg.png \
	%D%/golden/format-webp.png \
	%D%/golden/gif-frames.png \
	%D%/golden/gif-to-webp.png \
	%D%/golden/indexcrop-x.png \
	%D%/golden/indexcrop-y.png \
	%D%/golden/interlace.png \
	%D%/golden/quality.png \
	%D%/golden/resize-alpha.png \
	%D%/golden/resize-enlarge.png \
	%D%/golden/resize-fill.png \
	%D%/golden/resize-fixed.png \
	%D%/golden/resize-jpg.png \
	%D%/golden/resize-l.png \
	%D%/golden/resize-lfit.png \
	%D%/golden/resize-mfit.png \
	%D%/golden/resize-p.png \
	%D%/golden/resize-pad.png \
	%D%/golden/resize-s.png \
	%D%/golden/rotate-30-jpg.png \
	%D%/golden/rotate-30.png \
	%D%/golden/rotate-90.png \
	%D%/golden/rounded-corners.png \
	%D%/golden/sharpen.png \
	%D%/golden/watermark-image.png \
	%D%/golden/watermark-part.png \
	%D%/golden/watermark-text.png \
	%D%/golden/watermark-tiles.png

if HAVE_CMOCKA
check_PROGRAMS += test_answer
test_answer_SOURCES = %D%/unit/fake_wire.c %D%/unit/fake_wire.h %D%/unit/test_answer.c
test_answer_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
test_answer_LDADD = $(WEB_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_arena
test_arena_SOURCES = %D%/unit/test_arena.c

check_PROGRAMS += test_buf
test_buf_SOURCES = %D%/unit/test_buf.c

check_PROGRAMS += test_cage
test_cage_SOURCES = %D%/fault/sandbox_here.h %D%/fault/test_cage.c
test_cage_LDADD = libapp.a libplan.a $(UNIT_LIBS)

check_PROGRAMS += test_clock
test_clock_SOURCES = %D%/unit/test_clock.c

check_PROGRAMS += test_conf
test_conf_SOURCES = %D%/unit/test_conf.c
test_conf_LDADD = libdata.a $(UNIT_LIBS) $(INIPARSER_LIBS)

check_PROGRAMS += test_digest
test_digest_SOURCES = %D%/unit/test_digest.c

check_PROGRAMS += test_enc
test_enc_SOURCES = %D%/unit/test_enc.c

check_PROGRAMS += test_err
test_err_SOURCES = %D%/unit/test_err.c

check_PROGRAMS += test_fdio
test_fdio_SOURCES = %D%/unit/test_fdio.c

check_PROGRAMS += test_form
test_form_SOURCES = %D%/unit/fake_wire.c %D%/unit/fake_wire.h %D%/unit/test_form.c
test_form_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
test_form_LDADD = $(WEB_LIBS) $(CMOCKA_LIBS)

# Expected pictures; TINTYPE_GOLDEN_WRITE=1 makes them anew.
check_PROGRAMS += test_golden
test_golden_SOURCES = %D%/golden/test_golden.c %D%/golden/look.c %D%/golden/look.h \
	%D%/golden/scene.c %D%/golden/scene.h
test_golden_CPPFLAGS = $(AM_CPPFLAGS) -DTINTYPE_PIXELS
test_golden_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_head
test_head_SOURCES = %D%/unit/fake_wire.c %D%/unit/fake_wire.h %D%/unit/test_head.c
test_head_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
test_head_LDADD = $(WEB_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_jpeg_proof
test_jpeg_proof_SOURCES = %D%/unit/jpeg_damage.h %D%/unit/jpeg_made.h %D%/unit/jpeg_proof.h %D%/unit/test_jpeg_proof.c
test_jpeg_proof_CPPFLAGS = $(AM_CPPFLAGS) $(JPEG_CFLAGS)
test_jpeg_proof_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_jpeg_proof_corpus
test_jpeg_proof_corpus_SOURCES = %D%/unit/jpeg_damage.h %D%/unit/jpeg_proof.h %D%/unit/test_jpeg_proof_corpus.c
test_jpeg_proof_corpus_CPPFLAGS = $(AM_CPPFLAGS) $(JPEG_CFLAGS)
test_jpeg_proof_corpus_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_jpeg_prove
test_jpeg_prove_SOURCES = %D%/unit/jpeg_damage.h %D%/unit/jpeg_made.h %D%/unit/jpeg_proof.h %D%/unit/test_jpeg_prove.c
test_jpeg_prove_CPPFLAGS = $(AM_CPPFLAGS) $(JPEG_CFLAGS)
test_jpeg_prove_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_jpeg_scan
test_jpeg_scan_SOURCES = %D%/unit/jpeg_made.h %D%/unit/test_jpeg_scan.c
test_jpeg_scan_CPPFLAGS = $(AM_CPPFLAGS) $(JPEG_CFLAGS)
test_jpeg_scan_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_log
test_log_SOURCES = %D%/unit/test_log.c

check_PROGRAMS += test_memory
test_memory_SOURCES = %D%/fault/sandbox_here.h %D%/fault/test_memory.c
test_memory_CPPFLAGS = $(AM_CPPFLAGS) $(JPEG_CFLAGS)
test_memory_LDADD = libapp.a $(UNIT_LIBS) $(JPEG_LIBS)

check_PROGRAMS += test_metric
test_metric_SOURCES = %D%/unit/test_metric.c

check_PROGRAMS += test_num
test_num_SOURCES = %D%/unit/test_num.c

check_PROGRAMS += test_picture_row
test_picture_row_SOURCES = %D%/unit/test_picture_row.c
test_picture_row_LDADD = libapp.a libdata.a libplan.a $(UNIT_LIBS) $(MYSQL_LIBS) $(JANSSON_LIBS)

check_PROGRAMS += test_pyramid
test_pyramid_SOURCES = %D%/golden/test_pyramid.c $(pyramid_try)
test_pyramid_CPPFLAGS = $(AM_CPPFLAGS) -DTINTYPE_PIXELS
test_pyramid_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)
pyramid_try = %D%/golden/look.c %D%/golden/look.h %D%/golden/pyramid_try.c %D%/golden/pyramid_try.h \
	%D%/golden/scene.c %D%/golden/scene.h

check_PROGRAMS += test_pyramid_photos
test_pyramid_photos_SOURCES = %D%/golden/test_pyramid_photos.c $(pyramid_try)
test_pyramid_photos_CPPFLAGS = $(test_pyramid_CPPFLAGS)
test_pyramid_photos_LDADD = $(test_pyramid_LDADD)

check_PROGRAMS += test_rnd
test_rnd_SOURCES = %D%/unit/test_rnd.c
check_PROGRAMS += test_exif
test_exif_SOURCES = %D%/unit/test_exif.c
test_exif_LDADD = $(PLAN_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_legacy
test_legacy_SOURCES = %D%/unit/test_legacy.c
test_legacy_LDADD = $(PLAN_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_strip
test_strip_SOURCES = %D%/unit/test_strip.c
test_strip_LDADD = $(PLAN_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_op_doc
test_op_doc_SOURCES = %D%/unit/test_op_doc.c
test_op_doc_LDADD = $(PLAN_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_pixels
test_pixels_SOURCES = %D%/unit/test_pixels.c %D%/fuzz/leaks.c %D%/golden/scene.c %D%/golden/scene.h
test_pixels_CPPFLAGS = $(AM_CPPFLAGS) -DTINTYPE_PIXELS
test_pixels_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_kernels
test_kernels_SOURCES = %D%/unit/test_kernels.c
test_kernels_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_palette
test_palette_SOURCES = %D%/unit/test_palette.c
test_palette_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_png
test_png_SOURCES = %D%/unit/test_png.c
test_png_CPPFLAGS = $(AM_CPPFLAGS) -DTINTYPE_PIXELS
test_png_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_resample
test_resample_SOURCES = %D%/unit/test_resample.c
test_resample_LDADD = $(PIXEL_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_sniff
test_sniff_SOURCES = %D%/unit/test_sniff.c
test_sniff_LDADD = $(PLAN_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_spec
test_spec_SOURCES = %D%/unit/spec_check.h %D%/unit/test_spec.c
test_spec_LDADD = $(PLAN_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_sandbox
test_sandbox_SOURCES = %D%/fault/test_sandbox.c
test_sandbox_LDADD = libapp.a $(UNIT_LIBS)
check_DATA += sandbox-test

check_PROGRAMS += test_slots
test_slots_SOURCES = %D%/unit/test_slots.c

check_PROGRAMS += test_sign
test_sign_SOURCES = %D%/unit/test_sign.c
test_sign_LDADD = libapp.a $(UNIT_LIBS)
check_PROGRAMS += test_sign_store
test_sign_store_SOURCES = %D%/unit/test_sign_store.c
test_sign_store_LDADD = libdata.a $(UNIT_LIBS)
check_PROGRAMS += test_spool
test_spool_SOURCES = %D%/unit/test_spool.c
test_spool_LDADD = libapp.a $(UNIT_LIBS)
check_PROGRAMS += test_csrf
test_csrf_SOURCES = %D%/unit/test_csrf.c
test_csrf_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
test_csrf_LDADD = libapp.a libbase.a $(CMOCKA_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += test_password
test_password_SOURCES = %D%/unit/test_password.c
test_password_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
test_password_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=crypt_rn
test_password_LDADD = libapp.a libbase.a $(CMOCKA_LIBS) $(CRYPT_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += test_ratelimit
test_ratelimit_SOURCES = %D%/unit/test_ratelimit.c
test_ratelimit_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
test_ratelimit_LDADD = libapp.a libbase.a $(CMOCKA_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += test_session
test_session_SOURCES = %D%/unit/test_session.c
test_session_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
test_session_LDADD = libapp.a libbase.a $(CMOCKA_LIBS) $(CRYPT_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += test_store
test_store_SOURCES = %D%/unit/test_store.c
test_store_LDADD = libdata.a $(UNIT_LIBS)

check_PROGRAMS += test_store_plant
test_store_plant_SOURCES = %D%/unit/test_store_plant.c
test_store_plant_LDADD = libdata.a $(UNIT_LIBS)

check_PROGRAMS += test_tmpl
test_tmpl_SOURCES = %D%/unit/test_tmpl.c
test_tmpl_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
test_tmpl_LDADD = $(WEB_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += test_variant
test_variant_SOURCES = %D%/fault/test_variant.c %D%/fault/variant_world.c %D%/fault/variant_world.h
test_variant_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(JANSSON_CFLAGS)
test_variant_LDADD = libapp.a libplan.a $(UNIT_LIBS) -lm

check_PROGRAMS += test_variant_crowd
test_variant_crowd_SOURCES = %D%/fault/test_variant_crowd.c %D%/fault/variant_world.c %D%/fault/variant_world.h
test_variant_crowd_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(JANSSON_CFLAGS)
test_variant_crowd_LDADD = libapp.a libplan.a $(UNIT_LIBS) -lm

check_PROGRAMS += test_variant_trim
test_variant_trim_SOURCES = %D%/fault/test_variant_trim.c %D%/fault/variant_world.c %D%/fault/variant_world.h
test_variant_trim_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(JANSSON_CFLAGS)
test_variant_trim_LDADD = libapp.a libplan.a $(UNIT_LIBS) -lm

endif

# Fuzz targets, sorted; TT_FUZZ is main.c (replays %D%/fuzz/corpus/<name>) or libFuzzer:
#
# check_PROGRAMS += fuzz_steps
# fuzz_steps_SOURCES = %D%/fuzz/fuzz_steps.c $(TT_FUZZ)
# fuzz_steps_LDADD = libplan.a libbase.a $(CRYPTO_LIBS)
# fuzz_steps_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
# EXTRA_DIST += %D%/fuzz/corpus/steps
if FUZZ
TT_FUZZ =
else
TT_FUZZ = %D%/fuzz/main.c
endif
EXTRA_DIST += %D%/fuzz/main.c %D%/fuzz/make-seeds

# The pure half of pictures; their seeds are made by make-seeds.
check_PROGRAMS += fuzz_exif
fuzz_exif_SOURCES = %D%/fuzz/fuzz_exif.c $(TT_FUZZ)
fuzz_exif_LDADD = $(PLAN_LIBS)
fuzz_exif_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/exif

check_PROGRAMS += fuzz_legacy
fuzz_legacy_SOURCES = %D%/fuzz/fuzz_legacy.c $(TT_FUZZ)
fuzz_legacy_LDADD = $(PLAN_LIBS)
fuzz_legacy_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/legacy

check_PROGRAMS += fuzz_sniff
fuzz_sniff_SOURCES = %D%/fuzz/fuzz_sniff.c $(TT_FUZZ)
fuzz_sniff_LDADD = $(PLAN_LIBS)
fuzz_sniff_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/sniff

check_PROGRAMS += fuzz_spec
fuzz_spec_SOURCES = %D%/unit/spec_check.h %D%/fuzz/fuzz_spec.c $(TT_FUZZ)
fuzz_spec_LDADD = $(PLAN_LIBS)
fuzz_spec_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/spec

check_PROGRAMS += fuzz_image
fuzz_image_SOURCES = %D%/fuzz/fuzz_image.c %D%/fuzz/leaks.c $(TT_FUZZ)
fuzz_image_LDADD = $(PIXEL_LIBS)
fuzz_image_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/image

check_PROGRAMS += fuzz_jpeg
fuzz_jpeg_SOURCES = %D%/unit/jpeg_proof.h %D%/fuzz/fuzz_jpeg.c $(TT_FUZZ)
fuzz_jpeg_LDADD = $(PIXEL_LIBS)
fuzz_jpeg_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/jpeg

check_PROGRAMS += fuzz_strip
fuzz_strip_SOURCES = %D%/fuzz/fuzz_strip.c $(TT_FUZZ)
fuzz_strip_LDADD = $(PLAN_LIBS)
fuzz_strip_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/strip

WEB_LIBS = libweb.a libbase.a $(FCGI_LIBS) $(JANSSON_LIBS) $(CRYPTO_LIBS)
check_PROGRAMS += fuzz_conf
fuzz_conf_SOURCES = %D%/fuzz/fuzz_conf.c $(TT_FUZZ)
fuzz_conf_LDADD = libdata.a libbase.a $(INIPARSER_LIBS) $(CRYPTO_LIBS)
fuzz_conf_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/conf

check_PROGRAMS += fuzz_cookie
fuzz_cookie_SOURCES = %D%/fuzz/fuzz_cookie.c $(TT_FUZZ)
fuzz_cookie_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
fuzz_cookie_LDADD = $(WEB_LIBS)
fuzz_cookie_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/cookie

check_PROGRAMS += fuzz_form
fuzz_form_SOURCES = %D%/fuzz/fuzz_form.c $(TT_FUZZ)
fuzz_form_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
fuzz_form_LDADD = $(WEB_LIBS)
fuzz_form_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/form

check_PROGRAMS += fuzz_headers
fuzz_headers_SOURCES = %D%/fuzz/fuzz_headers.c $(TT_FUZZ)
fuzz_headers_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
fuzz_headers_LDADD = $(WEB_LIBS)
fuzz_headers_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/headers

check_PROGRAMS += fuzz_multipart
fuzz_multipart_SOURCES = %D%/fuzz/fuzz_multipart.c $(TT_FUZZ)
fuzz_multipart_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
fuzz_multipart_LDADD = $(WEB_LIBS)
fuzz_multipart_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/multipart

check_PROGRAMS += fuzz_tmpl
fuzz_tmpl_SOURCES = %D%/fuzz/fuzz_tmpl.c $(TT_FUZZ)
fuzz_tmpl_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
fuzz_tmpl_LDADD = $(WEB_LIBS)
fuzz_tmpl_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
EXTRA_DIST += %D%/fuzz/corpus/tmpl

# Tests over HTTP: pytest against instances that ./quickstart starts (quickstart check http, fault).
EXTRA_DIST += \
	%D%/bench/bench_http.py \
	%D%/browser/conftest.py \
	%D%/browser/test_pages.py \
	%D%/browser/test_upload.py \
	%D%/conftest.py \
	%D%/fault/ali_oss.js \
	%D%/fault/liar.py \
	%D%/fault/test_admin_down.py \
	%D%/fault/test_cache_layer.py \
	%D%/fault/test_database.py \
	%D%/fault/test_db_layer.py \
	%D%/fault/test_decoder.py \
	%D%/fault/test_disk.py \
	%D%/fault/test_durable.py \
	%D%/fault/test_jobs.py \
	%D%/fault/test_memcached.py \
	%D%/fault/test_move.py \
	%D%/fault/test_mirror.py \
	%D%/fault/test_oss_server.py \
	%D%/fault/test_procs.py %D%/fault/test_receipts.py \
	%D%/fault/test_store_drivers.py \
	%D%/fault/test_scrub.py \
	%D%/fault/test_store_early.py %D%/fault/test_store_faults.py \
	%D%/fault/test_store_serve.py \
	%D%/fault/test_shared_blobs.py \
	%D%/fault/test_store_wrong.py \
	%D%/fault/test_upload_kill.py \
	%D%/http/test_access.py \
	%D%/http/test_admin.py \
	%D%/http/test_badinput.py \
	%D%/http/test_cache.py \
	%D%/http/test_colour.py \
	%D%/http/test_command.py \
	%D%/http/test_corpus.py \
	%D%/http/test_delete.py \
	%D%/http/test_deletion.py \
	%D%/http/test_health.py \
	%D%/http/test_keys.py \
	%D%/http/test_jobs_page.py \
	%D%/http/test_limits.py \
	%D%/http/test_marks.py \
	%D%/http/test_metadata.py \
	%D%/http/test_oss.py \
	%D%/http/test_oss_rules.py \
	%D%/http/test_pages.py \
	%D%/http/test_rebuild.py \
	%D%/http/test_private.py \
	%D%/http/test_subfolder.py \
	%D%/http/test_upload.py \
	%D%/http/test_variants.py \
	%D%/http/test_view.py \
	%D%/http/test_workers.py \
	%D%/lib/client.py \
	%D%/lib/oss_server.py \
	%D%/lib/oss_sign.py \
	%D%/lib/pictures.py \
	%D%/lib/procs.py \
	%D%/lib/reference.py \
	%D%/lib/rgw.py \
	%D%/lib/s3_client.py \
	%D%/lib/servers.py \
	%D%/lib/stack.py \
	%D%/lib/storm.py \
	%D%/lib/store_fixtures.py \
	%D%/lib/store_places.py \
	%D%/lib/swift_server.py \
	%D%/lib/tcp_proxy.py \
	%D%/pytest.ini

# "make bench": what the service costs beside a bare nginx and a do-nothing FastCGI program.
EXTRA_PROGRAMS += bench_null
bench_null_SOURCES = %D%/bench/null.c
bench_null_LDADD = $(FCGI_LIBS)
CLEANFILES += bench_null$(EXEEXT)

.PHONY: bench
bench: all bench_null$(EXEEXT)
	/usr/bin/python3 -B $(srcdir)/%D%/bench/bench_http.py $(abs_builddir)/bench_null$(EXEEXT)

# The wire, driven by a client in the place of a web server.
noinst_PROGRAMS += fcgi_echo
fcgi_echo_SOURCES = %D%/fcgi/echo.c
fcgi_echo_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
fcgi_echo_LDADD = $(WEB_LIBS)
TESTS += %D%/fcgi/check-fcgi
EXTRA_DIST += %D%/fcgi/check-fcgi %D%/lib/fcgi_client.py

# A picture through the engine, without a server; for benchmarks.
noinst_PROGRAMS += render gd_plain
render_SOURCES = %D%/bench/render.c
render_LDADD = $(PIXEL_LIBS)
gd_plain_SOURCES = %D%/bench/gd_plain.c
gd_plain_CPPFLAGS = $(AM_CPPFLAGS) $(GD_CFLAGS)
gd_plain_LDADD = libbase.a $(GD_LIBS) $(CRYPTO_LIBS)
EXTRA_DIST += %D%/bench/bench-image %D%/bench/bench-store %D%/bench/bench_cold.py %D%/bench/image_filter.py \
	%D%/bench/sharp.js %D%/bench/sharp_server.js %D%/bench/flush_rename.c

# CPU time of variants beside sharp, vips, GraphicsMagick and libgd, whichever are there.
bench-image: render gd_plain
	/usr/bin/python3 -B $(srcdir)/%D%/bench/bench-image $(builddir)
.PHONY: bench-image

# New variants over HTTP, beside a server around sharp and nginx with image_filter.
bench-http: all
	TINTYPE_BUILD=$(abs_builddir) /usr/bin/python3 -B $(srcdir)/%D%/bench/bench_cold.py
.PHONY: bench-http

flush_rename.so: %D%/bench/flush_rename.c
	$(AM_V_CCLD)$(CC) $(CFLAGS) -Wall -Wextra -shared -fPIC -o $@ $(srcdir)/%D%/bench/flush_rename.c
CLEANFILES += flush_rename.so

# What keeping pictures costs: uploads beside WebDAV, an S3 store's memory, first bytes and room.
bench-store: all flush_rename.so
	TINTYPE_BUILD=$(abs_builddir) /usr/bin/python3 -B $(srcdir)/%D%/bench/bench-store
.PHONY: bench-store

# What quickstart's groups choose from.
.PHONY: list-tests
list-tests:
	@echo $(TESTS)

# The data layer by hand; tests/lib/servers.py builds it when it is wanted.
EXTRA_PROGRAMS += data-probe
data_probe_SOURCES = %D%/fault/probe.c
data_probe_LDADD = libdata.a libbase.a $(MYSQL_LIBS) $(MEMCACHED_LIBS) $(INIPARSER_LIBS) $(CRYPTO_LIBS)
CLEANFILES += data-probe$(EXEEXT)

# The same for the object store.
EXTRA_PROGRAMS += store-probe
store_probe_SOURCES = %D%/fault/store_probe.c
store_probe_LDADD = libdata.a libbase.a $(INIPARSER_LIBS) $(CRYPTO_LIBS)
CLEANFILES += store-probe$(EXEEXT)
