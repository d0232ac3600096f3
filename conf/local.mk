# Samples for the web servers and systemd; @NAMES@ in them are filled by quickstart or by hand.
confdir = $(pkgdatadir)/conf
dist_conf_DATA =
dist_conf_DATA += %D%/apache-htaccess.conf
dist_conf_DATA += %D%/apache.conf
dist_conf_DATA += %D%/htaccess
dist_conf_DATA += %D%/lighttpd.conf
dist_conf_DATA += %D%/lighttpd.lua
dist_conf_DATA += %D%/nginx-handover.conf
dist_conf_DATA += %D%/nginx.conf
dist_conf_DATA += %D%/tintype.ini

systemddir = $(confdir)/systemd
dist_systemd_DATA =
dist_systemd_DATA += %D%/systemd/tintype-jobs.service
dist_systemd_DATA += %D%/systemd/tintype@.service
dist_systemd_DATA += %D%/systemd/tintype@.socket

dist_pkglibexec_SCRIPTS = %D%/fcgi-pool
