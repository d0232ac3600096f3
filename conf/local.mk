# Samples for the web servers and systemd; @NAMES@ in them are filled by quickstart or by hand.
confdir = $(pkgdatadir)/conf
dist_conf_DATA =
dist_conf_DATA += %D%/apache-htaccess.conf
dist_conf_DATA += %D%/apache.conf
dist_conf_DATA += %D%/htaccess
dist_conf_DATA += %D%/lighttpd.conf
dist_conf_DATA += %D%/lighttpd.lua
dist_conf_DATA += %D%/nginx-handover.conf
dist_conf_DATA += %D%/nginx-remote.conf
dist_conf_DATA += %D%/nginx-upstream.conf
dist_conf_DATA += %D%/nginx.conf
dist_conf_DATA += %D%/tintype.ini

# The units name where things were installed; link or copy them into /etc/systemd/system.
systemddir = $(confdir)/systemd
dist_systemd_DATA = %D%/systemd/tintype@.socket
systemd_DATA = %D%/systemd/tintype-jobs.service %D%/systemd/tintype@.service
EXTRA_DIST += %D%/systemd/tintype-jobs.service.in %D%/systemd/tintype@.service.in
CLEANFILES += $(systemd_DATA)

$(systemd_DATA): %D%/local.mk Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's|@ETC@|$(sysconfdir)/tintype|g; s|@BIN@|$(bindir)|g' \
	    -e 's|@LIBEXEC@|$(pkglibexecdir)|g' $(srcdir)/$@.in >$@.new && mv $@.new $@
%D%/systemd/tintype-jobs.service: %D%/systemd/tintype-jobs.service.in
%D%/systemd/tintype@.service: %D%/systemd/tintype@.service.in

dist_pkglibexec_SCRIPTS = %D%/fcgi-pool
