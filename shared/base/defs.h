/*
 * Words of the house that C lacks.
 */
#ifndef BASE_DEFS_H
#define BASE_DEFS_H

#define MUST_USE	__attribute__((warn_unused_result))
#define PRINTF(f, a)	__attribute__((format(printf, f, a)))
#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

#endif
