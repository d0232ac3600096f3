/*
 * Keys in memcached: which picture one leads to, or that it is none. What keeps them right: a reader only ever adds (never replaces), and who
 * sets a key says so, for longer than any reader can hold what it was. Private to app/picture*.c, and who runs
 * such a transaction.
 */
#ifndef APP_PICTURE_KEY_CACHE_H
#define APP_PICTURE_KEY_CACHE_H

#include "app/picture.h"

enum picture_key_cached {
	KEY_UNKNOWN,		/* ask the database */
	KEY_OF_NONE,
	KEY_OF_PICTURE		/* id is its */
};
enum picture_key_cached picture_key_recall(struct app *app, const uint8_t sha[SHA256_BYTES], char id[ID_SIZE]);

/* After a read that began at read_ms. id NULL: of no picture. */
void	 picture_key_remember(struct app *app, const uint8_t sha[SHA256_BYTES], const char *id, int64_t read_ms);

/*
 * After the transaction that set the key, or may have, and before anybody is told of it: for a while the database alone knows. Where memcached does
 * not take that, this node believes nothing that it got before now (as in picture_cache.h), and others find the new picture within seconds; so do
 * all when the program ends in between.
 */
void	 picture_key_unsettle(struct app *app, const char *text);

#endif
