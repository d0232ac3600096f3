/*
 * Values in words, as info shows them: texts as they are, numbers with blanks between, fractions as
 * they are stored.
 */
#include <string.h>

#include "base/arena.h"
#include "base/enc.h"
#include "image/exif_tags.h"

#define NUMBERS_MAX	16	/* longer lists are data, not words */
#define TEXT_MAX	512

/* The few values that are shown translated. */
static const struct word {
	enum exif_ifd	 ifd;
	uint16_t	 tag;
	char		 value;
	const char	*word;
} words[] = {
	{ EXIF_IFD_GPS, 1, 'N', "North" }, { EXIF_IFD_GPS, 1, 'S', "South" },
	{ EXIF_IFD_GPS, 3, 'E', "East" }, { EXIF_IFD_GPS, 3, 'W', "West" },
};

static const char *
word_find(const struct exif_entry *e)
{
	size_t i;

	for (i = 0; i < NELEM(words); i++)
		if (e->ifd == words[i].ifd && e->tag == words[i].tag &&
		    (char)e->value[0] == words[i].value)
			return words[i].word;
	return NULL;
}

static enum err
print_text(const struct exif_entry *e, struct buf *out)
{
	struct arena *a = arena_new();
	size_t len = strnlen((const char *)e->value, e->value_len);
	enum err r;

	while (len > 0 && e->value[len - 1] == ' ')
		len--;
	r = buf_adds(out, utf8_clean(a, (const char *)e->value, len, TEXT_MAX));
	arena_free(a);
	return r;
}

/* Latitude and longitude: "31deg 14' 5.2\"", with what is 0 left out. */
static enum err
print_degrees(const struct exif_entry *e, struct buf *out)
{
	static const char *const unit[] = { "deg ", "' ", "\"" };
	int64_t num, den;
	uint32_t i;
	enum err r;

	for (i = 0; i < 3 && i < e->count; i++) {
		exif_rational(e, i, &num, &den);
		if ((i > 0 && num == 0) || den == 0)
			continue;
		if (num % den == 0)
			r = buf_printf(out, "%lld%s", (long long)(num / den), unit[i]);
		else
			r = buf_printf(out, "%.6g%s", (double)num / (double)den, unit[i]);
		if (r)
			return r;
	}
	return ERR_OK;
}

static enum err
print_numbers(const struct exif_entry *e, struct buf *out)
{
	bool ratio = e->type == EXIF_RATIONAL || e->type == EXIF_SRATIONAL;
	int64_t num, den;
	enum err r = ERR_OK;
	uint32_t i;

	for (i = 0; i < e->count && r == ERR_OK; i++) {
		if (ratio) {
			exif_rational(e, i, &num, &den);
			r = buf_printf(
			    out, "%s%lld/%lld", i > 0 ? " " : "", (long long)num, (long long)den);
		} else {
			r = buf_printf(out, "%s%lld", i > 0 ? " " : "", (long long)exif_num(e, i));
		}
	}
	return r;
}

enum err
exif_print(const struct exif_entry *e, struct buf *out)
{
	const char *word = word_find(e);

	if (word != NULL)
		return buf_adds(out, word);
	if (e->type == EXIF_ASCII)
		return print_text(e, out);
	if (e->type == EXIF_FLOAT || e->type == EXIF_DOUBLE || e->count > NUMBERS_MAX)
		return ERR_NOTFOUND;
	if (e->ifd == EXIF_IFD_GPS && (e->tag == 2 || e->tag == 4) && e->type == EXIF_RATIONAL)
		return print_degrees(e, out);
	return print_numbers(e, out);
}
