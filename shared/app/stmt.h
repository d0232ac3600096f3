/*
 * Every SQL statement we own, by name (stmt.def). db_open gets the table.
 */
#ifndef APP_STMT_H
#define APP_STMT_H

#include "data/db.h"

enum stmt {
#define S(name, sql) STMT_##name,
#include "app/stmt.def"
#undef S
	STMT__MAX
};

extern const struct db_stmt stmt_table[STMT__MAX];

#endif
