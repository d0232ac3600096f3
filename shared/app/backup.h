/*
 * What the store does not hold, as lines of JSON: accounts, styles, settings, audit, files that were refused, receipts of deletes, keys. Not
 * sessions, jobs, counters and nodes, which end by themselves, and not pictures: those come back from their sidecars (app/rebuild.h).
 */
#ifndef APP_BACKUP_H
#define APP_BACKUP_H

#include <stdint.h>
#include <stdio.h>

#include "data/db.h"

/* Everything as it was at one moment. *rows counts. The caller sees to it that out reaches the disk. */
enum err backup_write(struct db *db, FILE *out, int64_t *rows, struct fault *f) MUST_USE;

/*
 * All of a backup in one transaction, or nothing. ERR_CONFLICT: the database has accounts or pictures already; ERR_BADREQ: not a whole backup,
 * or of a newer version.
 */
enum err backup_read(struct db *db, FILE *in, int64_t *rows, struct fault *f) MUST_USE;

#endif
