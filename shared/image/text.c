/*
 * Drawing text with FreeType from fonts that are mapped into memory once: after that no file is needed, so the
 * filter of the sandbox may close. No shaping: glyph by glyph with kerning, which is right for Latin and Chinese.
 */
#include "image/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "image/turn.h"

#define FONTS_MAX	16
#define GLYPHS_MAX	128
#define AREA_MAX	(16u << 20)	/* pixels of a text */

static struct font {
	char	 name[48];
	FT_Face	 face;
} fonts[FONTS_MAX];
static size_t nfonts;
static FT_Library library;

static bool
map_font(const char *path, const FT_Byte **data, size_t *len)
{
	int		 fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat	 st;
	void		*p = MAP_FAILED;

	if (fd != -1 && fstat(fd, &st) == 0 && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd != -1)
		close(fd);
	if (p == MAP_FAILED)
		return false;
	*data = p;
	*len = (size_t)st.st_size;
	return true;
}

static void
add_font(const char *pair)
{
	const char	*eq = strchr(pair, '=');
	struct font	*fo = &fonts[nfonts];
	const FT_Byte	*data;
	size_t		 len;

	if (eq == NULL || (size_t)(eq - pair) >= sizeof(fo->name) || nfonts == FONTS_MAX || !map_font(eq + 1, &data, &len))
		return;
	if (FT_New_Memory_Face(library, data, (FT_Long)len, 0, &fo->face) != 0)
		return;			/* stays mapped: once in a process, and address space only */
	memcpy(fo->name, pair, (size_t)(eq - pair));
	fo->name[eq - pair] = '\0';
	nfonts++;
}

void
text_warm(const char *const *list)
{
	if (library == NULL && FT_Init_FreeType(&library) != 0)
		return;
	for (; list != NULL && *list != NULL; list++)
		add_font(*list);
}

static FT_Face
face_of(const char *name)
{
	for (size_t i = 0; i < nfonts; i++)
		if (strcmp(fonts[i].name, name) == 0)
			return fonts[i].face;
	return nfonts > 0 ? fonts[0].face : NULL;
}

/* The next character of valid UTF-8; 0 at the end. */
static uint32_t
next_char(const char **s)
{
	const unsigned char	*p = (const unsigned char *)*s;
	unsigned		 more = p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
	uint32_t		 c = more == 0 ? p[0] : p[0] & (0x3fu >> more);

	if (p[0] == 0)
		return 0;
	for (unsigned i = 1; i <= more && (p[i] & 0xc0) == 0x80; i++)
		c = c << 6 | (p[i] & 0x3f);
	*s += 1 + more;
	return c;
}

struct line {
	FT_Face	 face;
	int	 width, ascent, height;
	int	 left;			/* ink left of the origin */
	struct { FT_UInt glyph; int x; }	 at[GLYPHS_MAX];
	size_t	 n;
};

/* Where each glyph goes, and how much room all need. */
static void
lay_out(struct line *l, const char *utf8)
{
	FT_UInt		 last = 0;
	int		 x = 0, right = 0;
	uint32_t	 c;

	while (l->n < GLYPHS_MAX && (c = next_char(&utf8)) != 0) {
		FT_UInt		 g = FT_Get_Char_Index(l->face, c);
		FT_Vector	 k = { 0, 0 };
		FT_GlyphSlot	 slot = l->face->glyph;

		if (FT_Load_Glyph(l->face, g, FT_LOAD_NO_BITMAP) != 0)
			continue;
		if (last != 0 && FT_Get_Kerning(l->face, last, g, FT_KERNING_DEFAULT, &k) == 0)
			x += (int)(k.x >> 6);
		l->at[l->n].glyph = g;
		l->at[l->n++].x = x;
		if (x + (int)(slot->metrics.horiBearingX >> 6) < -l->left)
			l->left = -(x + (int)(slot->metrics.horiBearingX >> 6));
		if (x + (int)((slot->metrics.horiBearingX + slot->metrics.width + 63) >> 6) > right)
			right = x + (int)((slot->metrics.horiBearingX + slot->metrics.width + 63) >> 6);
		x += (int)((slot->advance.x + 32) >> 6);
		last = g;
	}
	l->width = (x > right ? x : right) + l->left;
	l->ascent = (int)((l->face->size->metrics.ascender + 63) >> 6);
	l->height = l->ascent + (int)((-l->face->size->metrics.descender + 63) >> 6);
}

static void
draw_glyph(struct picture *p, const FT_Bitmap *bm, int x, int y)
{
	for (int j = 0; j < (int)bm->rows; j++)
		for (int i = 0; i < (int)bm->width; i++) {
			const unsigned char	*row = bm->buffer + j * bm->pitch;
			unsigned		 a = row[i];
			uint8_t			*to;

			if (a == 0 || x + i < 0 || y + j < 0 || x + i >= (int)p->w || y + j >= (int)p->h)
				continue;
			to = picture_row(p, (uint32_t)(y + j)) + (size_t)(x + i) * 4 + 3;
			if (a > *to)
				*to = (uint8_t)a;
		}
}

static void
draw_line(struct picture *p, const struct line *l, int dx, int dy)
{
	for (size_t i = 0; i < l->n; i++) {
		FT_GlyphSlot	 slot = l->face->glyph;

		if (FT_Load_Glyph(l->face, l->at[i].glyph, FT_LOAD_RENDER | FT_LOAD_NO_BITMAP) != 0 ||
		    slot->bitmap.pixel_mode != FT_PIXEL_MODE_GRAY)
			continue;
		draw_glyph(p, &slot->bitmap, l->left + l->at[i].x + slot->bitmap_left + dx, l->ascent - slot->bitmap_top + dy);
	}
}

/* The shadow lies under the text, right and down by a sixteenth of its size. */
static enum err
add_shadow(struct picture *p, const struct line *l, unsigned opacity, int off, struct fault *f)
{
	struct picture	 under = PICTURE_EMPTY;
	enum err	 e;

	if ((e = picture_new(&under, p->w, p->h, true, f)))
		return e;
	picture_fill(&under, 0, 0);
	draw_line(&under, l, off, off);
	for (uint8_t *q = under.px + 3, *end = under.px + picture_bytes(&under); q < end; q += 4)
		*q = (uint8_t)(*q * opacity / 100);
	picture_over(&under, p, 0, 0, 255);
	picture_adopt(p, &under);
	return ERR_OK;
}

enum err
text_draw(const char *utf8, const char *font, unsigned size_px, uint32_t rgb, unsigned shadow, unsigned degrees,
    struct picture *out, struct fault *f)
{
	struct line	 l = { .face = face_of(font) };
	int		 off = shadow ? (int)size_px / 16 + 1 : 0;
	struct picture	 p = PICTURE_EMPTY;
	enum err	 e;

	if (l.face == NULL)
		return fault_set(f, ERR_WATERMARK, "no font is installed");
	if (FT_Set_Pixel_Sizes(l.face, 0, size_px) != 0)
		return fault_set(f, ERR_WATERMARK, "the font has no size %u", size_px);
	lay_out(&l, utf8);
	if (l.width <= 0 || l.height <= 0)
		l.width = l.height = 1;
	if ((uint64_t)(l.width + off) * (uint64_t)(l.height + off) > AREA_MAX)
		return fault_set(f, ERR_WATERMARK, "the text is too large");
	if ((e = picture_new(&p, (uint32_t)(l.width + off), (uint32_t)(l.height + off), true, f)))
		return e;
	picture_fill(&p, rgb, 0);
	draw_line(&p, &l, 0, 0);
	if ((shadow && (e = add_shadow(&p, &l, shadow, off, f))) || (degrees && (e = picture_rotate(&p, degrees, f))))
		goto out;
	picture_adopt(out, &p);
out:
	picture_free(&p);
	return e;
}
