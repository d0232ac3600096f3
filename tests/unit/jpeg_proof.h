/*
 * The verdict on a JPEG at upload, by the proof that makes no pixels and by libjpeg's decoding of all of it: for the test and the
 * fuzz target that compare them.
 */
#ifndef TESTS_UNIT_JPEG_PROOF_H
#define TESTS_UNIT_JPEG_PROOF_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "image/codec_jpeg.h"
#include "image/jpeg_prove.h"

struct verdict {
	enum err	 e;
	bool		 proved;	/* without a look at a pixel */
	struct fault	 f;
};

static inline enum err
verdict_rows(struct decoder *d, struct fault *f)
{
	uint8_t		*row = malloc((size_t)d->cols * 4);
	enum err	 e = row != NULL ? ERR_OK : ERR_NOMEM;

	for (uint32_t i = 0; i < d->rows && e == ERR_OK; i++)
		e = d->codec->row(d, row, f);
	free(row);
	return e != ERR_OK ? e : d->codec->finish(d, f);
}

static inline void
verdict_of(const uint8_t *data, size_t len, const struct limits *lim, bool by_proof, struct verdict *v)
{
	static const struct want want = { .strict = true };
	struct decoder	 d = { .codec = NULL };

	*v = (struct verdict){ .f = FAULT_NONE };
	if ((v->e = decoder_open(&d, FMT_JPEG, data, len, lim, &v->f)) == ERR_OK && (v->e = d.codec->start(&d, &want, &v->f)) == ERR_OK) {
		v->proved = by_proof && d.codec->prove(&d);
		if (!v->proved)
			v->e = verdict_rows(&d, &v->f);
	}
	decoder_close(&d);
}

/* Are both the same, to the word? *proved: and the fast way was gone. */
static inline bool
verdicts_agree(const uint8_t *data, size_t len, const struct limits *lim, struct verdict *fast, struct verdict *slow)
{
	verdict_of(data, len, lim, true, fast);
	verdict_of(data, len, lim, false, slow);
	return fast->e == slow->e && strcmp(fast->f.why, slow->f.why) == 0;
}

/* A scan to its end by the decoder, and by the proof that reads at several places, in windows and parts of such sizes. */
static inline bool
scan_is_whole(const struct scan_spec *spec)
{
	struct jpeg_scan	*s = jpeg_scan_new(spec);
	bool			 whole = false;

	if (s != NULL) {
		while (jpeg_scan_next(s))
			;
		whole = jpeg_scan_complete(s);
	}
	jpeg_scan_free(s);
	return whole;
}

static inline bool
scan_is_proved(const struct scan_spec *spec, size_t window, size_t part, bool otherwise)
{
	struct jpeg_proof	*p = jpeg_proof_new(spec, window, part);
	bool			 whole = otherwise;

	if (p != NULL) {
		while (jpeg_proof_next(p))
			;
		whole = jpeg_proof_complete(p);
	}
	jpeg_proof_free(p);
	return whole;
}

/* Do they agree, in windows of all sizes? *whole: what they say. */
static inline bool
scan_proofs_agree(const uint8_t *data, size_t len, const struct limits *lim, bool *whole)
{
	static const struct { size_t window, part; }	 sizes[] = {
		{ 64, 1 }, { 129, 20 }, { 600, 30 }, { 1500, 1 }, { 5000, 1000 }, { PROOF_WINDOW, 100 }, { PROOF_WINDOW, PROOF_PART },
	};
	struct decoder	 d = { .codec = NULL };
	struct scan_spec spec;
	bool		 fine = true;

	*whole = false;
	if (decoder_open(&d, FMT_JPEG, data, len, lim, NULL) == ERR_OK && jpeg_scan_spec(&d, &spec)) {
		*whole = scan_is_whole(&spec);
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && fine; i++)
			fine = scan_is_proved(&spec, sizes[i].window, sizes[i].part, *whole) == *whole;
	}
	decoder_close(&d);
	return fine;
}

#endif
