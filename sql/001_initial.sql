-- The tables of a new site. Times are seconds since 1970 (UTC), hashes are raw SHA-256, ids are made by us.
-- Every statement may be run again: a migration that was cut short is simply repeated.
-- No foreign keys, so that tables can be sharded; a primary key everywhere, for Galera and group replication.

-- A picture. Ids begin with the time, so newest first is ORDER BY id DESC and pages go on with id < last.
CREATE TABLE IF NOT EXISTS picture (
	id		CHAR(14) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	blob_sha	BINARY(32) NOT NULL,
	owner		BIGINT NOT NULL DEFAULT 0,		-- account.id, 0: none
	uploader	BINARY(16) NULL,			-- hash of an anonymous uploader's cookie
	name		VARCHAR(255) NOT NULL DEFAULT '',	-- file name as uploaded, cleaned
	title		VARCHAR(400) NOT NULL DEFAULT '',
	visibility	TINYINT NOT NULL DEFAULT 0,		-- 0 public, 1 unlisted, 2 private
	format		TINYINT NOT NULL,			-- enum fmt
	width_px	INT UNSIGNED NOT NULL,			-- as coded, before orientation
	height_px	INT UNSIGNED NOT NULL,
	frames		INT UNSIGNED NOT NULL DEFAULT 1,
	orientation	TINYINT NOT NULL DEFAULT 1,		-- EXIF, 1 to 8
	alpha		TINYINT NOT NULL DEFAULT 0,
	bytes		BIGINT NOT NULL,
	quality		TINYINT NOT NULL DEFAULT 0,		-- estimate of a JPEG, 0: none
	created_s	BIGINT NOT NULL,
	taken_s		BIGINT NOT NULL DEFAULT 0,		-- when the camera says, 0: unknown
	deleted_s	BIGINT NULL,				-- a tombstone: answers 410
	delete_reason	VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	purged_s	BIGINT NULL,				-- when the bytes were gone everywhere
	version		INT NOT NULL DEFAULT 1,			-- goes up with every change
	address		VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	views		BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (id),
	KEY by_live (deleted_s, id),
	KEY by_purge (purged_s, deleted_s),			-- deletes that are not finished
	KEY by_visibility (visibility, deleted_s, id),
	KEY by_owner (owner, deleted_s, id),
	KEY by_uploader (uploader, id),
	KEY by_blob (blob_sha)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- The bytes that pictures share. refs counts living pictures; at 0 the bytes may go.
CREATE TABLE IF NOT EXISTS stored_blob (
	sha		BINARY(32) NOT NULL,
	bytes		BIGINT NOT NULL,
	format		TINYINT NOT NULL,
	refs		INT NOT NULL DEFAULT 0,
	created_s	BIGINT NOT NULL,
	PRIMARY KEY (sha),
	KEY by_refs (refs, created_s)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS account (
	id		BIGINT NOT NULL AUTO_INCREMENT,
	name		VARCHAR(64) NOT NULL,
	password	VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,	-- crypt(3)
	role		TINYINT NOT NULL DEFAULT 0,		-- 0 user, 1 admin
	mail		VARCHAR(255) NOT NULL DEFAULT '',
	created_s	BIGINT NOT NULL,
	disabled_s	BIGINT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY by_name (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Who is logged in. The cookie holds a token, the table only its hash.
CREATE TABLE IF NOT EXISTS session (
	token_hash	BINARY(32) NOT NULL,
	account		BIGINT NOT NULL,
	created_s	BIGINT NOT NULL,
	seen_s		BIGINT NOT NULL,
	address		VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	agent		VARCHAR(255) NOT NULL DEFAULT '',
	csrf		VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	PRIMARY KEY (token_hash),
	KEY by_account (account),
	KEY by_seen (seen_s)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Named lists of steps.
CREATE TABLE IF NOT EXISTS style (
	name		VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	content		VARCHAR(1024) NOT NULL,
	created_s	BIGINT NOT NULL,
	PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Background work. pending_key makes one pending or running job of a kind and key: ended jobs have NULL there,
-- which a unique key allows any number of times.
CREATE TABLE IF NOT EXISTS job (
	id		BIGINT NOT NULL AUTO_INCREMENT,
	kind		VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	key_text	VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
	payload		TEXT NOT NULL,				-- JSON
	state		TINYINT NOT NULL DEFAULT 0,		-- 0 pending, 1 running, 2 done, 3 dead
	run_after_s	BIGINT NOT NULL,
	tries		INT NOT NULL DEFAULT 0,
	last_error	VARCHAR(500) NOT NULL DEFAULT '',
	locked_by	VARCHAR(100) NOT NULL DEFAULT '',
	locked_until_s	BIGINT NOT NULL DEFAULT 0,
	created_s	BIGINT NOT NULL,
	done_s		BIGINT NULL,
	pending_key	VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
	PRIMARY KEY (id),
	UNIQUE KEY one_pending (kind, pending_key),
	KEY by_due (state, run_after_s, id),
	KEY by_lock (state, locked_until_s),
	KEY by_done (state, done_s)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- When a periodic job last began, so that many runners on many nodes share it.
CREATE TABLE IF NOT EXISTS period (
	name		VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	next_s		BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who did what.
CREATE TABLE IF NOT EXISTS audit (
	id		BIGINT NOT NULL AUTO_INCREMENT,
	at_s		BIGINT NOT NULL,
	account		BIGINT NOT NULL DEFAULT 0,
	address		VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	action		VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	subject		VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
	detail		VARCHAR(1000) NOT NULL DEFAULT '',
	PRIMARY KEY (id),
	KEY by_time (at_s),
	KEY by_subject (subject)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Files that crashed a decoder: refused at once when they come again.
CREATE TABLE IF NOT EXISTS bad_blob (
	sha		BINARY(32) NOT NULL,
	reason		VARCHAR(255) NOT NULL DEFAULT '',
	at_s		BIGINT NOT NULL,
	PRIMARY KEY (sha)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Settings that are changed while the site runs.
CREATE TABLE IF NOT EXISTS setting (
	name		VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	content		TEXT NOT NULL,
	changed_s	BIGINT NOT NULL,
	PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Counts in a window of time, for rate limits when memcached cannot count.
CREATE TABLE IF NOT EXISTS counter (
	name		VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	window_s	BIGINT NOT NULL,			-- begin of the window
	n		BIGINT NOT NULL DEFAULT 0,
	expires_s	BIGINT NOT NULL,
	PRIMARY KEY (name, window_s),
	KEY by_expiry (expires_s)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
