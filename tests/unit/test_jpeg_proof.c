/*
 * The proof of a JPEG without pixels says of no file what libjpeg would not say of it, sound or damaged: over pictures made here, each
 * damaged in many ways, and over those of the corpus where it lies beside the checkout ($TINTYPE_SHARED). TINTYPE_PROOF_TURNS: more damage.
 */
#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "jpeg_made.h"
#include "jpeg_proof.h"
#include "test.h"

#define WORK 4000000	/* pixels of damaged pictures for each sound one */
#define TURNS 400	/* at most so many */
#define CORPUS_BYTES (150 << 10)	/* larger ones are only read as they are */

static const struct limits limits = { .max_pixels = 100000000, .max_frame_pixels = 100000000, .max_side_px = 30000 };

static const struct made pictures[] = {
	{ 160, 96, 3, 2, 2, 0, 90, true, 20 },	{ 161, 97, 3, 2, 2, 0, 75, false, 10 },	{ 33, 17, 3, 1, 1, 0, 95, true, 60 },
	{ 200, 50, 3, 2, 1, 0, 85, false, 30 },	{ 50, 200, 3, 1, 2, 0, 85, true, 30 },	{ 77, 65, 1, 1, 1, 0, 80, false, 20 },
	{ 131, 61, 1, 2, 2, 0, 80, true, 20 },	{ 161, 97, 3, 2, 2, 3, 75, true, 10 },	{ 200, 50, 3, 2, 1, 1, 50, false, 99 },
	{ 640, 300, 3, 2, 2, 40, 92, true, 40 },	{ 1, 1, 3, 2, 2, 0, 90, false, 0 },	{ 8, 8, 3, 1, 1, 0, 100, true, 128 },
	{ 300, 200, 3, 4, 1, 0, 70, true, 30 },	{ 900, 700, 3, 2, 2, 0, 97, true, 90 },	{ 70, 40, 3, 1, 1, 9, 10, false, 40 },
	{ 1200, 900, 3, 1, 1, 150, 99, true, 99 },
};

static unsigned proved, sound, refused;

static struct verdict
compare(const uint8_t *data, size_t len)
{
	struct verdict fast, slow;

	if (!verdicts_agree(data, len, &limits, &fast, &slow))
		fail_msg("proof %d: %d \"%s\", libjpeg: %d \"%s\"", fast.proved, fast.e, fast.f.why, slow.e, slow.f.why);
	proved += fast.proved;
	sound += slow.e == ERR_OK;
	refused += slow.e != ERR_OK;
	return fast;
}

/* One way of damage, at a place of its own kind or anywhere; the new length. There is room for 16 bytes more. */
static size_t
damage(uint8_t *p, size_t len, uint32_t *seed, int how)
{
	static const uint8_t ends[] = { 0xd8, 0xd9, 0xda, 0xd0, 0xc4, 0xdb, 0xfe, 0x00, 0xff };
	size_t at = (size_t)any(seed, 256) << 16 | (size_t)any(seed, 65536), n = (size_t)any(seed, 9) + 1;

	at = len > 2 ? at % (len - 2) : 0;
	switch (how) {
	case 0:						/* cut off */
		return at;
	case 1:
		p[at] ^= (uint8_t)(1 << any(seed, 8));
		return len;
	case 2:
		p[at] = (uint8_t)any(seed, 256);
		return len;
	case 3:
		p[at] = 0xff;
		return len;
	case 4:						/* some bytes are gone */
		n = n < len - at ? n : len - at;
		memmove(p + at, p + at + n, len - at - n);
		return len - n;
	case 5:						/* or there twice */
		memmove(p + at + n, p + at, len - at);
		return len + n;
	case 6:						/* before the end or instead of it */
		p[len - 1] = ends[any(seed, NELEM(ends))];
		return len;
	case 7:
		memmove(p + len - 2 + n, p + len - 2, 2);
		memset(p + len - 2, any(seed, 3) ? 0xff : any(seed, 256), n);
		return len + n;
	case 8:						/* something behind it */
		memset(p + len, any(seed, 256), n);
		return len + n;
	case 9:						/* the end is missing, and a little more */
		return len > n ? len - n : 0;
	case 10:					/* a restart marker where none was, or where another was */
		for (size_t k = 0; k + 1 < len && any(seed, 4) != 0; k++)
			if (p[at + k < len - 1 ? at + k : k] == 0xff) {
				p[(at + k < len - 1 ? at + k : k) + 1] = (uint8_t)(0xd0 + any(seed, 8));
				return len;
			}
		p[at] = 0xff;
		p[at + 1] = (uint8_t)(0xd0 + any(seed, 8));
		return len;
	default:					/* in the headers */
		p[at % (len < 640 ? len : 640)] ^= (uint8_t)(1 << any(seed, 8));
		return len;
	}
}

enum { WAYS = 12, ROOM = 16 };

static void
damage_all(const uint8_t *data, size_t len, uint64_t pixels, uint32_t seed)
{
	const char *more = getenv("TINTYPE_PROOF_TURNS");
	int turns = pixels > WORK / TURNS ? (int)(WORK / pixels) : TURNS;

	turns = (turns < WAYS ? WAYS : turns) * (more != NULL ? (int)strtol(more, NULL, 10) : 1);
	for (int turn = 0; turn < turns; turn++) {
		uint8_t *bad = malloc(len + ROOM);
		size_t n = len;

		assert_non_null(bad);
		memcpy(bad, data, len);
		n = damage(bad, n, &seed, turn % WAYS);
		if (turn / WAYS % 3 == 2 && n > 2 && n <= len)
			n = damage(bad, n, &seed, any(&seed, WAYS));
		bad = realloc(bad, n ? n : 1);		/* exactly as large, for those who watch */
		compare(bad, n);
		free(bad);
	}
}

static void
made_and_damaged(void **state)
{
	unsigned before;

	(void)state;
	proved = sound = refused = 0;
	for (size_t i = 0; i < NELEM(pictures); i++) {
		unsigned long len = 0;
		unsigned char *data = compress(&pictures[i], &len);

		ROW("%ux%u, quality %d", pictures[i].w, pictures[i].h, pictures[i].quality);
		before = refused;
		assert_true(compare(data, len).proved);		/* or it would be of no use */
		damage_all(data, len, (uint64_t)pictures[i].w * pictures[i].h, (uint32_t)i + 1);
		assert_true(refused > before);
		free(data);
	}
	print_message("# %u sound, of which %u proved without pixels; %u refused\n", sound, proved, refused);
	assert_true(proved > 500 && refused > 1000);
}

static int files;

static int
each_file(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	void *data;
	int fd;

	(void)ftw;
	if (kind != FTW_F || strstr(path, ".jp") == NULL || st->st_size < 64 || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	data = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	assert_true(data != MAP_FAILED);
	ROW("%s", path);
	compare(data, (size_t)st->st_size);
	if (st->st_size < CORPUS_BYTES)
		damage_all(data, (size_t)st->st_size, WORK / WAYS, (uint32_t)++files);
	munmap(data, (size_t)st->st_size);
	return 0;
}

static void
corpus(void **state)
{
	const char *shared = getenv("TINTYPE_SHARED"), *source = getenv("TINTYPE_SOURCE");
	char path[4096];

	(void)state;
	proved = sound = refused = 0;
	if (shared != NULL)
		(void)snprintf(path, sizeof(path), "%s/corpus", shared);
	else
		(void)snprintf(path, sizeof(path), "%s/../shared/corpus", source != NULL ? source : ".");
	if (access(path, R_OK) != 0) {
		print_message("# no corpus beside the checkout, or at TINTYPE_SHARED\n");
		skip();
	}
	assert_int_equal(nftw(path, each_file, 16, FTW_PHYS), 0);
	print_message("# %u sound, of which %u proved without pixels; %u refused\n", sound, proved, refused);
	assert_true(proved > 0 && refused > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_and_damaged),
		cmocka_unit_test(corpus),
	};

	picture_budget((size_t)1 << 30);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
