/*
 * No XML parser: the notice is the first rdf:li inside of dc:rights, in each packet that any
 * program writes.
 */
#include "image/strip_copyright.h"

#include "base/defs.h"
#include "base/enc.h"
#include "image/bytes.h"

#define IPTC_RESOURCE	0x0404
#define IPTC_COPYRIGHT	116

/* Where s occurs in [p, end), or NULL. */
static const uint8_t *
find(const uint8_t *p, const uint8_t *end, const char *s)
{
	return memmem(p, (size_t)(end - p), s, strlen(s));
}

/* One character of XML text: the named entities, the rest as it is. Returns the bytes used. */
static size_t
unescape(const uint8_t *p, size_t len, char *c)
{
	static const struct { const char *name; char c; } names[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' },
		{ "&apos;", '\'' },
	};
	size_t i;

	for (i = 0; i < NELEM(names); i++) {
		if (starts(p, len, names[i].name, strlen(names[i].name))) {
			*c = names[i].c;
			return strlen(names[i].name);
		}
	}
	*c = (char)*p;
	return 1;
}

static void
set_text(const uint8_t *p, size_t len, bool xml, char out[EXIF_COPYRIGHT_BYTES])
{
	char text[EXIF_COPYRIGHT_BYTES];
	size_t n = 0, used;

	while (len > 0 && n < sizeof(text) - 1) {
		used = 1;
		if (xml)
			used = unescape(p, len, &text[n]);
		else
			text[n] = (char)*p;
		if ((unsigned char)text[n] >= ' ' && text[n] != 0x7f)
			n++;
		p += used;
		len -= used;
	}
	while (n > 0 && (text[n - 1] == ' ' || (len > 0 && !utf8_valid(text, n))))
		n--;
	text[n] = '\0';
	if (n > 0 && utf8_valid(text, n))
		memcpy(out, text, n + 1);
}

void
copyright_xmp(const uint8_t *p, size_t len, char out[EXIF_COPYRIGHT_BYTES])
{
	const uint8_t *end = p + len, *close, *li, *text;

	if (out[0] != '\0')
		return;
	p = find(p, end, "<dc:rights");
	close = p != NULL ? find(p, end, "</dc:rights") : NULL;
	if (close == NULL)
		return;
	li = find(p, close, "<rdf:li");
	text = li != NULL ? find(li, close, ">") : find(p, close, ">");
	if (text == NULL)
		return;
	text++;
	end = li != NULL ? find(text, close, "</rdf:li") : close;
	if (end != NULL)
		set_text(text, (size_t)(end - text), true, out);
}

void
copyright_iptc(const uint8_t *p, size_t len, char out[EXIF_COPYRIGHT_BYTES])
{
	size_t n;

	if (out[0] != '\0')
		return;
	for (; len >= 5 && p[0] == 0x1c; p += 5 + n, len -= 5 + n) {
		n = be16(p + 3);
		if (n > 0x7fff || n > len - 5)
			return;
		if (p[1] == 2 && p[2] == IPTC_COPYRIGHT) {
			set_text(p + 5, n, false, out);
			return;
		}
	}
}

void
copyright_photoshop(const uint8_t *p, size_t len, char out[EXIF_COPYRIGHT_BYTES])
{
	size_t head, n;
	uint32_t id;

	while (len >= 12 && memcmp(p, "8BIM", 4) == 0) {
		id = be16(p + 4);
		head = 6 + ((1u + p[6] + 1) & ~1u) + 4;		/* a name, padded to even */
		if (head > len)
			return;
		n = be32(p + head - 4);
		if (n > len - head)
			return;
		if (id == IPTC_RESOURCE)
			copyright_iptc(p + head, n, out);
		n += n & 1;
		if (n > len - head)
			return;
		p += head + n;
		len -= head + n;
	}
}
