-- Deletes with a receipt, the nodes that have a part in them, and pictures by keys of their own.

-- A machine with a cache of its own, known by the job runner that looks after it.
CREATE TABLE IF NOT EXISTS node (
	name		VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	first_s		BIGINT NOT NULL,
	seen_s		BIGINT NOT NULL,
	PRIMARY KEY (name),
	KEY by_seen (seen_s)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The receipt of a delete; its id is the picture's.
CREATE TABLE IF NOT EXISTS deletion (
	id		CHAR(14) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	why		VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	asked_s		BIGINT NOT NULL,
	done_s		BIGINT NULL,				-- gone from every layer
	PRIMARY KEY (id),
	KEY by_open (done_s, asked_s),
	KEY by_time (asked_s)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One line of a receipt: a layer at a place, which is a node, a store, or '' for the site as a whole.
CREATE TABLE IF NOT EXISTS deletion_layer (
	id		CHAR(14) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	layer		VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	place		VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	on_node		TINYINT NOT NULL DEFAULT 0,		-- place is a node: that node's own work
	done_s		BIGINT NULL,
	tries		INT NOT NULL DEFAULT 0,
	note		VARCHAR(250) NOT NULL DEFAULT '',
	PRIMARY KEY (id, layer, place),
	KEY by_place (place, done_s)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Pictures by keys of their own (/k/photos/2024/cat.jpg). The key itself is too long for an index.
CREATE TABLE IF NOT EXISTS picture_key (
	key_sha		BINARY(32) NOT NULL,
	key_text	VARBINARY(1023) NOT NULL,
	id		CHAR(14) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	created_s	BIGINT NOT NULL,
	source_bytes	BIGINT NOT NULL DEFAULT -1,		-- of the file as it was imported, ...
	source_sha	BINARY(32) NULL,			-- ... and its hash
	PRIMARY KEY (key_sha),
	UNIQUE KEY by_id (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
