/*
 * The settings: one table of options (conf_table in conf.c) that the reader, the defaults, the example file,
 * the manual page and the tests walk. An unknown name or a value out of range stops the program with a clear line.
 */
#ifndef DATA_CONF_H
#define DATA_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* Word options are the index of the word in the row's list. */
enum conf_sendfile { SENDFILE_NONE, SENDFILE_ACCEL, SENDFILE_X };	/* stream | X-Accel-Redirect | X-Sendfile */
/* Places for objects, by the section of the settings: a second one of each kind, so that a mirror or a move can be of the primary's kind. */
enum conf_store { STORE_LOCAL, STORE_S3, STORE_OSS, STORE_LOCAL_B, STORE_S3_B, STORE_OSS_B, CONF_STORE__MAX };
enum conf_serve { SERVE_TIER, SERVE_REDIRECT, SERVE_ACCEL };
enum conf_mirror { MIRROR_SYNC, MIRROR_ASYNC };
enum conf_access { ACCESS_OPEN, ACCESS_STYLES, ACCESS_SIGNED };
enum conf_upload { UPLOAD_ANYONE, UPLOAD_USERS };

/* A bucket of S3 or OSS: the sections [s3], [s3_b], [oss], [oss_b]. */
struct conf_bucket {
	char	*endpoint, *region, *bucket, *access_key, *secret_key, *token, *ca_file, *storage_class, *encryption, *encryption_key;
	int64_t	 path_style;
};

/* All strings live as long as the conf and are never NULL ("" when not set). Field = section_option, in a bucket section.option. */
struct conf {
	/* [site] */
	char	*site_name;		/* shown on pages */
	char	*site_base_url;		/* "https://img.example.org" or with a path; "": taken from the request on loopback only, else refused by check */
	char	*site_secret;		/* at least 32 characters; signs delete links, cookies, cache rows */
	int64_t	 site_upload;		/* enum conf_upload: who may upload */
	char	*site_language;		/* "auto", "en", "zh" */
	char	*site_report_mail;	/* shown on the report page, may be "" */
	int64_t	 site_trusted_proxies;	/* how many X-Forwarded-For hops to believe; 0: none */
	/* [access] */
	int64_t	 access_policy;		/* enum conf_access */
	char	*access_steps;		/* free lists of steps, separated by spaces */
	char	*access_keys;		/* app/sign.h */
	/* [database] */
	char	*database_socket;
	char	*database_host;
	int64_t	 database_port;
	char	*database_user;
	char	*database_password;
	char	*database_name;
	int64_t	 database_timeout_s;
	/* [memcached] */
	char	*memcached_servers;	/* libmemcached style list "/run/mc.sock" or "host:port,host:port"; "": none */
	char	*memcached_prefix;
	int64_t	 memcached_timeout_ms;
	int64_t	 memcached_ttl_s;
	/* [store] */
	int64_t	 store_primary;		/* enum conf_store */
	char	*store_mirror;		/* names of enum conf_store; read by conf_mirrors */
	int64_t	 store_mirror_mode;	/* enum conf_mirror */
	int64_t	 store_serve;		/* enum conf_serve: how an original of a remote primary reaches a visitor */
	char	*store_serve_url;	/* where redirects lead instead of signed addresses: "https://cdn.example.org" */
	int64_t	 store_serve_s;		/* signed addresses are good so long */
	int64_t	 store_connect_ms, store_timeout_ms, store_total_ms;
	/* [local] [local_b] */
	char	*local_root, *local_b_root;	/* originals */
	struct conf_bucket s3, s3_b, oss, oss_b;
	int64_t	 oss_signature, oss_b_signature;	/* v4 | v1 */
	/* [cache] */
	char	*cache_dir;		/* variants, pyramid, locks; may vanish at any time */
	int64_t	 cache_max_bytes;	/* variants and pyramid together */
	int64_t	 cache_max_per_picture;	/* variants of one picture kept at one time */
	int64_t	 cache_browser_s;	/* max-age of public pictures */
	/* [limits] */
	int64_t	 limits_body_bytes;	/* one request */
	int64_t	 limits_file_bytes;	/* one picture */
	int64_t	 limits_files;		/* per request */
	int64_t	 limits_pixels;		/* one frame */
	int64_t	 limits_frame_pixels;	/* frames x pixels */
	int64_t	 limits_side_px;
	int64_t	 limits_uploads_per_hour;	/* and address; 0: no limit */
	/* [formats] taken at upload */
	int64_t	 formats_jpeg, formats_png, formats_gif, formats_webp, formats_avif, formats_bmp, formats_tiff, formats_heic;
	/* [image] */
	int64_t	 image_metadata;	/* private | all | none: enum metadata_policy of image/job.h */
	int64_t	 image_quality;		/* of a result whose source has none */
	int64_t	 image_pyramid;		/* make reduced copies? */
	char	*image_fonts;		/* "wqy-zenhei=/path,..." */
	/* [sandbox] */
	char	*sandbox_path;		/* the program; "": beside the installed programs */
	int64_t	 sandbox_jobs;		/* recycle after so many */
	int64_t	 sandbox_idle_s;
	int64_t	 sandbox_memory_bytes;	/* of one child */
	int64_t	 sandbox_total_bytes;	/* of all children of the node: admission */
	int64_t	 sandbox_timeout_ms;	/* wall clock of one job */
	int64_t	 sandbox_wait_ms;	/* for a slot, then 503 */
	/* [server] */
	int64_t	 server_sendfile;	/* enum conf_sendfile */
	char	*server_spool_dir;	/* uploads on their way; same file system as local.root is best */
	char	*server_state_dir;	/* metrics, locks */
	char	*server_htdocs;		/* templates, languages, static files */
	int64_t	 server_max_requests;	/* a worker ends after so many; 0: never */
	char	*server_log;		/* file; "": standard error */
	int64_t	 server_log_level;	/* enum log_level */
	int64_t	 server_min_free_bytes;	/* less free on store or spool: not ready, uploads refused */
	/* [scrub] by the jobs */
	int64_t	 scrub_every_days;	/* 0: never */
	int64_t	 scrub_rate_bytes;	/* a second */
	int64_t	 scrub_verify, scrub_repair;
	/* [session] */
	int64_t	 session_idle_s;
	int64_t	 session_max_s;
	int64_t	 session_login_tries;	/* per address and account in 15 minutes */
};

enum conf_type { CONF_TEXT, CONF_NUM, CONF_BYTES, CONF_BOOL, CONF_WORD };

struct conf_row {
	const char	*name;		/* "limits.body_bytes" */
	enum conf_type	 type;
	size_t		 off;		/* offsetof(struct conf, ..) */
	int64_t		 min, max;	/* NUM, BYTES */
	const char	*const *words;	/* WORD */
	const char	*dflt;
	bool		 secret;	/* config print shows *** */
	const char	*doc;
};
extern const struct conf_row conf_table[];	/* ends with name NULL */

/* Read path (NULL: $TINTYPE_CONF, else SYSCONFDIR/tintype.ini), defaults for the rest. ERR_BADREQ with file, name and reason. Caller frees with conf_free. */
enum err conf_read(const char *path, struct conf **out, struct fault *f) MUST_USE;
void	 conf_free(struct conf *c);

/* Names of enum conf_store, as in store.primary; ends with NULL. */
extern const char *const conf_store_names[];

/* By name; ERR_BADREQ when it is none of them. */
enum err conf_store_find(const char *s, size_t len, enum conf_store *out, struct fault *f) MUST_USE;

/* store.mirror as a list. ERR_BADREQ for a name that is none, is the primary's, or comes twice. */
enum err conf_mirrors(const struct conf *c, enum conf_store out[CONF_STORE__MAX], size_t *n, struct fault *f) MUST_USE;

/* An example file with every option, its doc and default, commented out. */
void	 conf_print_example(FILE *to);
/* The values in force; secrets hidden. */
void	 conf_print(const struct conf *c, FILE *to);
/* The option part of tintype.ini(5), in mdoc or man. */
void	 conf_print_man(FILE *to);

#endif
