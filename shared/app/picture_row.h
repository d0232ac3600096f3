/*
 * A picture's row between its three forms: struct, database columns, bytes in memcached. Private to app/picture*.c.
 */
#ifndef APP_PICTURE_ROW_H
#define APP_PICTURE_ROW_H

#include "app/picture.h"
#include "base/buf.h"
#include "data/db.h"

#define PICTURE_NCOLS 19

/* From row i of a result with PICTURE_COLS; strings are borrowed from the result. */
void	 picture_from_db(const struct db_result *res, size_t i, struct picture_row *out);

/* The values for PICTURE_INSERT, borrowing from p. */
void	 picture_to_db(const struct picture_row *p, struct db_val v[PICTURE_NCOLS]);

/* Bytes for the cache, and back (strings in the arena). false: of another version or damaged. */
enum err picture_pack(const struct picture_row *p, int64_t now_ms, struct buf *out) MUST_USE;
bool	 picture_unpack(struct arena *a, const void *data, size_t len, struct picture_row *out, int64_t *packed_ms) MUST_USE;

#endif
