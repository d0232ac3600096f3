/*
 * Values of statements and results. Reading is forgiving: NULL is 0, "" or nothing.
 */
#include "data/db.h"

#include <assert.h>
#include <string.h>

struct db_val
db_str(const char *s)
{
	if (s == NULL)
		return DB_NULL;
	return (struct db_val){ .type = DB_TEXT_T, .ptr = s, .len = strlen(s) };
}

static const struct db_val *
at(const struct db_result *r, size_t row, size_t col)
{
	assert(row < r->rows && col < r->cols);
	return &r->val[row * r->cols + col];
}

int64_t
db_int(const struct db_result *r, size_t row, size_t col)
{
	return at(r, row, col)->num;
}

const char *
db_text(const struct db_result *r, size_t row, size_t col)
{
	const struct db_val *v = at(r, row, col);

	return v->ptr != NULL ? v->ptr : "";
}

const void *
db_blob(const struct db_result *r, size_t row, size_t col, size_t *len)
{
	const struct db_val *v = at(r, row, col);

	*len = v->len;
	return v->ptr != NULL ? v->ptr : "";
}

bool
db_is_null(const struct db_result *r, size_t row, size_t col)
{
	return at(r, row, col)->type == DB_NULL_T;
}
