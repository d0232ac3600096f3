/*
 * A picture, its cache and a real sandbox, for the tests of variants: without a database, and with one file for a store.
 */
#ifndef FAULT_VARIANT_WORLD_H
#define FAULT_VARIANT_WORLD_H

#include <stdbool.h>

#include "app/app.h"
#include "app/picture_name.h"
#include "app/variant.h"
#include "base/clock.h"
#include "base/rnd.h"

#define MB (1LL << 20)

enum { W = 800, H = 600, BIG_W = 4000, BIG_H = 3000, CREATED_S = 1700000000 };

extern const char *dir;			/* of the test */
extern char source[4096], cache[4096];	/* the stored original; cache.dir */
extern struct conf conf;
extern struct app app;
extern struct arena *mem;		/* of one test */

extern struct picture_row pic;
extern enum err fresh_says;		/* what the database answers when asked again */
extern int jobs_added;

/* The stored original anew; nothing that can be decoded. */
void	 make_source(int w, int h);
void	 spoil_source(void);

/* Of this process. */
void	 open_sandbox(void);

/* steps as a visitor writes them behind ?x-oss-process=image/ */
enum err get(const char *steps, enum fmt fmt, enum variant_url url, struct variant *v, struct fault *f);

/* Where it was found; a failure fails the test. */
const char *tier(const char *steps, enum variant_url url);

/* Is that below cache.dir? How many files are? The folder there of pic: 'v' or 'x'. */
bool	 there(const char *fmt, ...) PRINTF(1, 2);
int	 count(const char *path);
const char *picture_dir(char letter);

/* Fixtures of cmocka. */
int	 setup(void **state);
int	 teardown(void **state);
int	 each_setup(void **state);
int	 each_teardown(void **state);

#define T(name) cmocka_unit_test_setup_teardown(name, each_setup, each_teardown)

#endif
