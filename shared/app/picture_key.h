/*
 * Keys of pictures' own: /k/photos/2024/cat.jpg instead of /i/ID. A key is UTF-8 of 1 to 1023 bytes, segments between single slashes, none of
 * them "." or ".."; it is a name in the index and never a path of a file. It stays with its picture after the picture's end (410) until another
 * picture takes it over.
 */
#ifndef APP_PICTURE_KEY_H
#define APP_PICTURE_KEY_H

#include "app/picture.h"

#define PICTURE_KEY_BYTES 1023

struct picture_key {
	const char	*text;
	int64_t		 source_bytes;	/* of the file it was imported from; -1: not imported */
	const uint8_t	*source_sha;	/* ... and its hash, or NULL */
	int64_t		 owner;		/* who sets it: it must be free, or of a picture of this account, or of one that ended. -1: of anybody's */
};

/* ERR_BADREQ says what is wrong with a key. */
enum err picture_key_check(const char *text, struct fault *f) MUST_USE;

/*
 * Within the transaction that inserts picture id: the key is its from now on. was: the picture that had it, or "". ERR_CONFLICT: another
 * owner's living picture has it. After the transaction: picture_key_unsettle.
 */
enum err picture_key_set(struct db *db, struct arena *a, const struct picture_key *k, const char *id, char was[ID_SIZE],
    struct fault *f) MUST_USE;

/*
 * The picture of an address behind /k/. *rest: what of the address is no key but follows one, from its separator (! @ / - _) on, as in
 * "photos/cat.jpg!thumb"; "" when all of it is the key, which goes first; else the longest key wins. ERR_NOTFOUND.
 */
enum err picture_key_find(struct app *app, struct arena *a, const char *address, char id[ID_SIZE], const char **rest, struct fault *f) MUST_USE;

/* What is known of a key, as an import left it. *id "": nothing; source_bytes -1: not imported. sha: SHA256_BYTES. */
struct picture_key_known {
	char		 id[ID_SIZE];
	bool		 alive;
	int64_t		 owner;
	int64_t		 created_s;	/* when it got this picture */
	int64_t		 source_bytes;
	uint8_t		 source_sha[SHA256_BYTES];
};
enum err picture_key_known(struct app *app, struct arena *a, const char *text, struct picture_key_known *out, struct fault *f) MUST_USE;

#endif
