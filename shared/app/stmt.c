/*
 * The statement table, expanded from stmt.def.
 */
#include "app/stmt.h"

const struct db_stmt stmt_table[STMT__MAX] = {
#define S(name, sql) [STMT_##name] = { #name, sql },
#include "app/stmt.def"
#undef S
};
