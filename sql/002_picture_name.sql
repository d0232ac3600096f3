-- Watermarks name pictures by the name they were uploaded under: the oldest living one of an owner.
-- Not every server knows ADD INDEX IF NOT EXISTS, and a migration may run twice.
SET @sql = (SELECT IF(COUNT(*) = 0, 'ALTER TABLE picture ADD INDEX by_name (owner, name, id)', 'DO 0')
	FROM information_schema.statistics
	WHERE table_schema = DATABASE() AND table_name = 'picture' AND index_name = 'by_name');
PREPARE picture_name FROM @sql;
EXECUTE picture_name;
DEALLOCATE PREPARE picture_name;
