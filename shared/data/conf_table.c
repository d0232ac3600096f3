/*
 * The option table: every setting, its range, its default and its manual, once. The reader, the
 * example file, the manual page and the tests walk it; a new option is a field in struct conf
 * and a row here.
 */
#include "data/conf.h"

#include <stddef.h>

#include "base/defs.h"
#include "base/limits.h"

#define OPT(section, option) \
	.name = #section "." #option, .off = offsetof(struct conf, section##_##option)
#define KB (INT64_C(1) << 10)
#define MB (INT64_C(1) << 20)
#define GB (INT64_C(1) << 30)
#define TB (INT64_C(1) << 40)
#define YEAR_S (366 * 86400)

/* The names OSS knows, and the free font that is closest to each. */
#define DEBIAN_FONTS \
	"wqy-zenhei=/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc," \
	"wqy-microhei=/usr/share/fonts/truetype/wqy/wqy-microhei.ttc," \
	"fangzhengheiti=/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc," \
	"fangzhengshusong=/usr/share/fonts/truetype/arphic/uming.ttc," \
	"fangzhengfangsong=/usr/share/fonts/truetype/arphic/uming.ttc," \
	"fangzhengkaiti=/usr/share/fonts/truetype/arphic/ukai.ttc," \
	"droidsansfallback=/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf"

static const char *const upload_words[] = { "anyone", "users", NULL };
static const char *const access_words[] = { "open", "styles", "signed", NULL };
const char *const conf_store_names[] = {
	[STORE_LOCAL] = "local", [STORE_S3] = "s3", [STORE_OSS] = "oss",
	[STORE_LOCAL_B] = "local_b", [STORE_S3_B] = "s3_b", [STORE_OSS_B] = "oss_b", NULL
};
static const char *const mirror_words[] = { "sync", "async", NULL };
static const char *const serve_words[] = { "tier", "redirect", "x-accel", NULL };
static const char *const signature_words[] = { "v4", "v1", NULL };
static const char *const metadata_words[] = { "private", "all", "none", NULL };
static const char *const sendfile_words[] = {
	"stream", "x-accel-redirect", "x-sendfile", NULL
};
static const char *const level_words[] = { "debug", "info", "warn", "error", NULL };

/* An option of a bucket. */
#define IN(section, option) \
	.name = #section "." #option, .off = offsetof(struct conf, section.option)
#define KEY_ROWS(s) \
	{ IN(s, bucket), .type = CONF_TEXT, .max = 63, .dflt = "", \
	    .doc = "The bucket. It must exist, and nobody but this site should write to it." }, \
	{ IN(s, access_key), .type = CONF_TEXT, .max = 200, .dflt = "", \
	    .doc = "Name of the access key." }, \
	{ IN(s, secret_key), .type = CONF_TEXT, .max = 200, .dflt = "", .secret = true, \
	    .doc = "Its secret." }, \
	{ IN(s, token), .type = CONF_TEXT, .max = 900, .dflt = "", .secret = true, \
	    .doc = "Session token of temporary keys." }, \
	{ IN(s, ca_file), .type = CONF_TEXT, .max = 1000, .dflt = "", \
	    .doc = "Certificates to trust instead of the system's." }, \
	{ IN(s, path_style), .type = CONF_BOOL, .dflt = "no", \
	    .doc = "Put the bucket into the path instead of the host's name." }, \
	{ IN(s, storage_class), .type = CONF_TEXT, .max = 50, .dflt = "", \
	    .doc = "Storage class of new objects, as STANDARD_IA or IA. Empty: the bucket's." }, \
	{ IN(s, encryption), .type = CONF_TEXT, .max = 50, .dflt = "", \
	    .doc = "Encryption at rest that is asked for, as AES256, aws:kms or KMS. Empty: the bucket's." }, \
	{ IN(s, encryption_key), .type = CONF_TEXT, .max = 300, .dflt = "", \
	    .doc = "Name of the key of the service's key management for that. Empty: the service's own." }
#define S3_ROWS(s, which) \
	{ IN(s, endpoint), .type = CONF_TEXT, .max = 300, .dflt = "", \
	    .doc = which "Address of the S3 service, as https://s3.eu-central-1.amazonaws.com or http://127.0.0.1:9000." }, \
	{ IN(s, region), .type = CONF_TEXT, .max = 100, .dflt = "us-east-1", \
	    .doc = "Region that requests are signed for, as eu-central-1." }, \
	KEY_ROWS(s)
#define OSS_ROWS(s, which) \
	{ IN(s, endpoint), .type = CONF_TEXT, .max = 300, .dflt = "", \
	    .doc = which "Address of the Alibaba OSS service, as https://oss-cn-hangzhou.aliyuncs.com." }, \
	{ IN(s, region), .type = CONF_TEXT, .max = 100, .dflt = "", \
	    .doc = "Region that requests are signed for, as cn-hangzhou." }, \
	KEY_ROWS(s), \
	{ OPT(s, signature), .type = CONF_WORD, .words = signature_words, .dflt = "v4", \
	    .doc = "Version of the signature; v1 for services that know no other." }

const struct conf_row conf_table[] = {
	{ OPT(site, name), .type = CONF_TEXT, .min = 1, .max = 100, .dflt = "Tintype",
	    .doc = "Name of the site, shown on its pages." },
	{ OPT(site, base_url), .type = CONF_TEXT, .max = 500, .dflt = "",
	    .doc = "Address of the site as visitors see it, without a slash at the end: "
	    "https://img.example.org or https://example.org/img. Every link is made of "
	    "it. When empty, links follow the request, which is accepted only on "
	    "loopback addresses." },
	{ OPT(site, secret), .type = CONF_TEXT, .min = 32, .max = 500, .dflt = "", .secret = true,
	    .doc = "At least 32 random characters, the same on all nodes. Signs delete links, "
	    "cookies and cached rows. Must be set; 'openssl rand -hex 32' makes a good "
	    "one. Changing it logs everybody out and ends all delete links." },
	{ OPT(site, upload), .type = CONF_WORD, .words = upload_words, .dflt = "anyone",
	    .doc = "Who may upload: anyone, or only users with an account." },
	{ OPT(site, language), .type = CONF_TEXT, .min = 2, .max = 35, .dflt = "auto",
	    .doc = "Language of the pages: auto (what the browser asks for), en or zh." },
	{ OPT(site, report_mail), .type = CONF_TEXT, .max = 200, .dflt = "",
	    .doc = "Mail address shown to people who want to report a picture." },
	{ OPT(site, trusted_proxies), .type = CONF_NUM, .max = 10, .dflt = "0",
	    .doc = "How many reverse proxies stand in front of the web server: so many entries "
	    "of X-Forwarded-For, counted from the right, are believed. 0: none, the "
	    "address of the connection counts." },

	{ OPT(access, policy), .type = CONF_WORD, .words = access_words, .dflt = "open",
	    .doc = "Which variants of public pictures a visitor may ask for. open: any. styles: only "
	    "named styles and the steps of access.steps; the original and everything else need a "
	    "signed address. signed: every picture needs one. The pages of the site sign the "
	    "addresses they show." },
	{ OPT(access, steps), .type = CONF_TEXT, .max = 900, .dflt = "",
	    .doc = "With access.policy = styles: lists of steps that are free as well, separated by "
	    "spaces, as in \"resize,w_300 resize,m_fill,w_100,h_100/format,webp\"." },
	{ OPT(access, keys), .type = CONF_TEXT, .max = 900, .dflt = "", .secret = true,
	    .doc = "Keys of signed addresses: name:secret, separated by commas. The first signs, all "
	    "are good; so a new key goes to the front and the old one stays until the addresses it "
	    "signed have ended. Secrets of at least 16 characters." },

	{ OPT(database, socket), .type = CONF_TEXT, .max = 107, .dflt = "/run/mysqld/mysqld.sock",
	    .doc = "Unix socket of MySQL or MariaDB; used when database.host is empty." },
	{ OPT(database, host), .type = CONF_TEXT, .max = 255, .dflt = "",
	    .doc = "Host of the database server, reached by TCP. Empty: the socket is used." },
	{ OPT(database, port), .type = CONF_NUM, .min = 1, .max = 65535, .dflt = "3306",
	    .doc = "TCP port of the database." },
	{ OPT(database, user), .type = CONF_TEXT, .min = 1, .max = 80, .dflt = "tintype",
	    .doc = "Database user." },
	{ OPT(database, password), .type = CONF_TEXT, .max = 200, .dflt = "", .secret = true,
	    .doc = "Password of the database user. Empty: the server trusts the socket's user "
	    "(unix_socket)." },
	{ OPT(database, name), .type = CONF_TEXT, .min = 1, .max = 64, .dflt = "tintype",
	    .doc = "Name of the database." },
	{ OPT(database, timeout_s), .type = CONF_NUM, .min = 1, .max = 60, .dflt = "5",
	    .doc = "Seconds to wait for a connection, and for each answer." },

	{ OPT(memcached, servers), .type = CONF_TEXT, .max = 900, .dflt = "",
	    .doc = "memcached servers, separated by commas: /path/of/socket, host or "
	    "host:port. The same list in the same spelling on all nodes. Empty: no "
	    "cache of rows." },
	{ OPT(memcached, prefix), .type = CONF_TEXT, .max = 32, .dflt = "tintype:",
	    .doc = "What all our keys begin with, for servers that are shared: letters, "
	    "digits, and _ - . : only." },
	{ OPT(memcached, timeout_ms), .type = CONF_NUM, .min = 1, .max = 10000, .dflt = "50",
	    .doc = "Milliseconds to wait for a server before the database is asked instead. A "
	    "server that failed is left alone for a while." },
	{ OPT(memcached, ttl_s), .type = CONF_NUM, .min = 1, .max = 30 * 86400, .dflt = "600",
	    .doc = "Seconds a cached row lives." },

	{ OPT(store, primary), .type = CONF_WORD, .words = conf_store_names, .dflt = "local",
	    .doc = "Where originals are kept: local is the folder local.root, s3 and oss are "
	    "buckets of S3 and of Alibaba OSS. Each has a section of its name; local_b, s3_b and "
	    "oss_b are a second one of each kind. What is read from buckets is kept in the cache." },
	{ OPT(store, mirror), .type = CONF_TEXT, .max = 100, .dflt = "",
	    .doc = "Where copies of all originals are kept, by the same names, separated by commas: "
	    "with primary = s3, mirror = local keeps a copy in the folder local.root; with primary "
	    "= local, mirror = local_b, s3 keeps one on another disk and one in a bucket. What the "
	    "primary lost or cannot give is read from there, and the primary repaired." },
	{ OPT(store, mirror_mode), .type = CONF_WORD, .words = mirror_words, .dflt = "async",
	    .doc = "sync: copies are written before an upload is answered; one that fails is queued "
	    "and the upload is good all the same, as the primary has it. async: copies are "
	    "queued with the picture and written by 'tintype jobs'." },
	{ OPT(store, serve), .type = CONF_WORD, .words = serve_words, .dflt = "tier",
	    .doc = "How originals of a remote primary reach the visitor. tier: read once into the cache, "
	    "checked, and sent from there. redirect: a public picture's visitor is sent on to the store. "
	    "x-accel: nginx fetches it from the store for the visitor, which needs server.sendfile = "
	    "x-accel-redirect and nginx-remote.conf. The last two spare the disk, but nobody checks the "
	    "bytes and no mirror stands in." },
	{ OPT(store, serve_url), .type = CONF_TEXT, .max = 500, .dflt = "",
	    .doc = "With store.serve = redirect: the address that stands for the bucket, as "
	    "https://cdn.example.org; the object's key follows. Empty: signed addresses of the store." },
	{ OPT(store, serve_s), .type = CONF_NUM, .min = 10, .max = 604800, .dflt = "600",
	    .doc = "Seconds a signed address is good. Redirects may be kept for half of that." },
	{ OPT(store, connect_ms), .type = CONF_NUM, .min = 50, .max = 60000, .dflt = "3000",
	    .doc = "Milliseconds to wait for a connection to a remote store." },
	{ OPT(store, timeout_ms), .type = CONF_NUM, .min = 100, .max = 600000, .dflt = "15000",
	    .doc = "Milliseconds without progress after which a remote store is given up." },
	{ OPT(store, total_ms), .type = CONF_NUM, .min = 1000, .max = 86400000, .dflt = "600000",
	    .doc = "Milliseconds one request to a remote store may take in all. Large objects travel in "
	    "parts of 8M, each a request of its own." },

	{ OPT(local, root), .type = CONF_TEXT, .min = 1, .max = 1000,
	    .dflt = "/var/lib/tintype/store",
	    .doc = "Folder of the originals. The web server must be able to read it when "
	    "server.sendfile is not stream. Back it up." },
	{ OPT(local_b, root), .type = CONF_TEXT, .max = 1000, .dflt = "",
	    .doc = "Another such folder, best on another disk." },

	S3_ROWS(s3, ""),
	S3_ROWS(s3_b, "A second bucket. "),
	OSS_ROWS(oss, ""),
	OSS_ROWS(oss_b, "A second bucket. "),

	{ OPT(cache, dir), .type = CONF_TEXT, .min = 1, .max = 1000, .dflt = "/var/cache/tintype",
	    .doc = "Folder of variants, reduced copies and locks. May be emptied at any time." },
	{ OPT(cache, max_bytes), .type = CONF_BYTES, .min = MB, .max = 1024 * TB, .dflt = "2G",
	    .doc = "Size of the cache that 'tintype jobs' keeps, oldest use first out." },
	{ OPT(cache, max_per_picture), .type = CONF_NUM, .min = 1, .max = 100000, .dflt = "200",
	    .doc = "Variants of one picture that are kept at one time." },
	{ OPT(cache, browser_s), .type = CONF_NUM, .max = YEAR_S, .dflt = "31536000",
	    .doc = "Seconds browsers and edges may keep a public picture (max-age)." },

	{ OPT(limits, body_bytes), .type = CONF_BYTES, .min = KB, .max = TB, .dflt = "64M",
	    .doc = "Largest body of one request. The web server has a limit of its own." },
	{ OPT(limits, file_bytes), .type = CONF_BYTES, .min = KB, .max = TB, .dflt = "32M",
	    .doc = "Largest picture file." },
	{ OPT(limits, files), .type = CONF_NUM, .min = 1, .max = LIMIT_PARTS, .dflt = "20",
	    .doc = "Pictures in one request." },
	{ OPT(limits, pixels), .type = CONF_NUM, .min = 1, .max = GB - 1, .dflt = "100000000",
	    .doc = "Largest picture in pixels (width x height of one frame)." },
	{ OPT(limits, frame_pixels), .type = CONF_NUM, .min = 1, .max = 16 * GB,
	    .dflt = "300000000",
	    .doc = "Largest animation: frames x width x height." },
	{ OPT(limits, side_px), .type = CONF_NUM, .min = 1, .max = LIMIT_SIDE_PX, .dflt = "30000",
	    .doc = "Longest side of a picture." },
	{ OPT(limits, uploads_per_hour), .type = CONF_NUM, .max = 1000000, .dflt = "0",
	    .doc = "Pictures one address may upload in an hour. 0: no limit." },

	{ OPT(formats, jpeg), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Take JPEG at upload?" },
	{ OPT(formats, png), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Take PNG at upload?" },
	{ OPT(formats, gif), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Take GIF at upload?" },
	{ OPT(formats, webp), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Take WebP at upload?" },
	{ OPT(formats, avif), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Take AVIF at upload?" },
	{ OPT(formats, bmp), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Take BMP at upload?" },
	{ OPT(formats, tiff), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Take TIFF at upload?" },
	{ OPT(formats, heic), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Take HEIC at upload?" },

	{ OPT(image, metadata), .type = CONF_WORD, .words = metadata_words, .dflt = "private",
	    .doc = "What is removed from a picture before it is stored. private: location, "
	    "serial numbers, names of owners, maker notes, embedded previews; date, "
	    "camera, exposure, copyright, orientation and colour profile stay. all: "
	    "everything but orientation and colour profile. none: nothing." },
	{ OPT(image, quality), .type = CONF_NUM, .min = 1, .max = 100, .dflt = "80",
	    .doc = "Quality of a JPEG, WebP, AVIF or HEIC that is made from a picture which has no "
	    "quality of its own." },
	{ OPT(image, pyramid), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Make reduced copies, from which small variants come many times faster? "
	    "They lie in the cache. Those of a picture with a side of 1920 pixels or more are made "
	    "at upload, of a smaller one when one is first needed." },
	{ OPT(image, fonts), .type = CONF_TEXT, .max = 900, .dflt = DEBIAN_FONTS,
	    .doc = "Fonts for text on pictures: name=/path/of/file, separated by commas. The "
	    "default gives OSS's seven names to free fonts where Debian puts them; one that "
	    "is not installed is replaced by the first that is." },

	{ OPT(sandbox, path), .type = CONF_TEXT, .max = 1000, .dflt = "",
	    .doc = "Program that decodes pictures. Empty: the installed one." },
	{ OPT(sandbox, jobs), .type = CONF_NUM, .min = 1, .max = 1000000, .dflt = "500",
	    .doc = "A child is replaced after so many jobs." },
	{ OPT(sandbox, idle_s), .type = CONF_NUM, .min = 1, .max = 86400, .dflt = "60",
	    .doc = "A child ends after so many seconds without work." },
	{ OPT(sandbox, memory_bytes), .type = CONF_BYTES, .min = 32 * MB, .max = 64 * GB,
	    .dflt = "512M",
	    .doc = "Memory of one child. A picture that needs more is refused." },
	{ OPT(sandbox, total_bytes), .type = CONF_BYTES, .min = 32 * MB, .max = TB, .dflt = "1G",
	    .doc = "Memory of all children of this machine at work; who finds it taken waits." },
	{ OPT(sandbox, timeout_ms), .type = CONF_NUM, .min = 100, .max = 600000, .dflt = "30000",
	    .doc = "Milliseconds one job may take; then the child is killed and the picture "
	    "refused." },
	{ OPT(sandbox, wait_ms), .type = CONF_NUM, .max = 60000, .dflt = "5000",
	    .doc = "Milliseconds to wait for memory to come free; then the answer is 503." },

	{ OPT(server, sendfile), .type = CONF_WORD, .words = sendfile_words, .dflt = "stream",
	    .doc = "How files reach the visitor: stream (through the program), "
	    "x-accel-redirect (nginx) or x-sendfile (lighttpd, Apache with "
	    "mod_xsendfile)." },
	{ OPT(server, spool_dir), .type = CONF_TEXT, .min = 1, .max = 1000,
	    .dflt = "/var/lib/tintype/spool",
	    .doc = "Folder for uploads on their way, but for small ones and those to a store of files." },
	{ OPT(server, state_dir), .type = CONF_TEXT, .min = 1, .max = 1000, .dflt = "/run/tintype",
	    .doc = "Folder for counters and locks; best in memory." },
	{ OPT(server, htdocs), .type = CONF_TEXT, .max = 1000, .dflt = "",
	    .doc = "Folder of templates and static files. Empty: the installed one." },
	{ OPT(server, max_requests), .type = CONF_NUM, .max = 1000000000, .dflt = "10000",
	    .doc = "A worker ends after so many requests and is started anew. 0: never." },
	{ OPT(server, log), .type = CONF_TEXT, .max = 1000, .dflt = "",
	    .doc = "Log file, one JSON object a line. Empty: standard error." },
	{ OPT(server, log_level), .type = CONF_WORD, .words = level_words, .dflt = "info",
	    .doc = "Least level that is logged." },
	{ OPT(server, min_free_bytes), .type = CONF_BYTES, .max = 1024 * TB, .dflt = "64M",
	    .doc = "With less room on the disks of store and spool, uploads are refused and "
	    "/readyz says no." },

	{ OPT(scrub, every_days), .type = CONF_NUM, .max = 3650, .dflt = "0",
	    .doc = "'tintype jobs' compares index and store, on all mirrors, when so many days have "
	    "gone since it last did. What it finds is logged. 0: never; see 'tintype scrub'." },
	{ OPT(scrub, rate_bytes), .type = CONF_BYTES, .min = KB, .max = TB, .dflt = "10M",
	    .doc = "Bytes a second that it reads at most." },
	{ OPT(scrub, verify), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Read all bytes and compare their hashes?" },
	{ OPT(scrub, repair), .type = CONF_BOOL, .dflt = "yes",
	    .doc = "Repair what a good copy exists of, and counts? Bytes that belong to nobody are "
	    "never removed by it." },

	{ OPT(session, idle_s), .type = CONF_NUM, .min = 60, .max = YEAR_S, .dflt = "14400",
	    .doc = "A session ends after so many seconds without a request." },
	{ OPT(session, max_s), .type = CONF_NUM, .min = 60, .max = YEAR_S, .dflt = "604800",
	    .doc = "A session ends after so many seconds in any case." },
	{ OPT(session, login_tries), .type = CONF_NUM, .min = 1, .max = 1000, .dflt = "10",
	    .doc = "Failed log-ins from an address in 15 minutes; more are refused. An account, "
	    "from all addresses together, has five times as many." },
	{ .name = NULL }
};
