/*
 * Two forms of one page. What is said of an operation stands in its own file; here are only the
 * words around, and the list of what we chose where OSS does not say.
 */
#include "image/op_doc.h"

#include <string.h>

#include "image/op.h"

static const char intro[] = "Steps say what to make of a picture. They are given as the query "
			    "x-oss-process=image/STEPS, as a part of the path, "
			    "/i/ID/STEPS.EXT, or under the name of a style. A step is the name of "
			    "an operation and its arguments, "
			    "resize,w_100,h_50; steps are joined by slashes and run from left to "
			    "right, but for auto-orient, which acts first, and for format, "
			    "quality and interlace, which have no place. An argument is a key, an "
			    "underscore and a value, in any order; of a key given twice the "
			    "last one counts, unknown keys and empty arguments are ignored. "
			    "Operations with one value take it without a key: rotate,90. "
			    "Commands, image/STEPS or style/NAME, may be joined by a bar, at most "
			    "5; a style must be the first. Numbers are decimal, colours six "
			    "hex digits, texts base64url.";

static const char *const choices[] = {
	"Which way up: a picture is turned upright by its EXIF orientation before the first step "
	    "unless auto-orient,0 is given. All "
	    "coordinates are those of the picture as it is shown.",
	"The sides of at most 4096 pixels hold for auto-orient only when it is written and the "
	    "picture has to be turned.",
	"Nothing to do: steps that change neither pixels nor encoding are answered with the stored "
	    "bytes.",
	"resize with limit_1: when the mode would have to make any side longer the picture keeps "
	    "its size. For fill and pad that is the scale of "
	    "the picture, not the canvas.",
	"resize,p: both sides are rounded from those of the source.",
	"resize,m_fill and m_pad: an odd remainder is cut off or added on the right and at the "
	    "bottom.",
	"GIF is never enlarged, not by p or limit_0 either. Operations that an animation does not "
	    "survive leave its first frame.",
	"crop: a size larger than the picture is that of the picture; halves are taken of each "
	    "side alone, rounding down.",
	"indexcrop: the last slice may be thinner. With a slice cut an animation becomes static.",
	"circle: the side is 2r+1 or the shorter side, whichever is less.",
	"rotate: the canvas is the smallest whole box around the turned picture.",
	"rounded-corners of a GIF is a static picture.",
	"quality without a key is Q. Operations without their value are refused as "
	    "MissingArgument.",
	"format: jpeg is the same as jpg; gif-always and auto are ours.",
	"Alone: info or average-hue with other operations is refused as InvalidArgument, without "
	    "an EC; so are a colour and an opacity out of "
	    "range.",
	"average-hue answers JSON.",
	"A slash at the end, or two in a row, is an empty operation and refused.",
	"watermark: voffset counts downwards; a mark larger than the picture is cut off; tiles "
	    "start in the top left corner; P fits the mark into "
	    "the box in either direction; the picture of a mark is turned upright first, and of an animation it "
	    "is the first frame; it may have any format that is read; control characters in a text are refused.",
	"The picture of a watermark is named by its id, or by the name it was uploaded under: then it is the oldest "
	    "living one of that name of the same owner. When there is none the answer is 400 BadRequest, 0040-00000025.",
	"heic: most browsers do not show it, so steps that do not name it make a JPEG or PNG of a HEIC. Where libheif came "
	    "without the encoder x265, format,heic is refused as InvalidArgument, 0040-00000206.",
	"The old grammar: 1o, which turned after resizing, is the same as 2o.",
	"An error that has no number in the reference has no EC element and no x-oss-ec header; there is "
	    "no RecommendDoc.",
	"A request has at most 1023 bytes of steps and 24 operations.",
	"There is no limit of 20 MB for a source but the site's own limit of uploads.",
};

/* How an argument's values look. */
static void
print_range(const struct arg_row *a, FILE *to)
{
	size_t i;

	switch (a->type) {
	case ARG_NUM:
		fprintf(to, "%lld to ", (long long)a->min);
		if (a->max == INT32_MAX)
			fputs("the side", to);
		else
			fprintf(to, "%lld", (long long)a->max);
		break;
	case ARG_WORD:
		for (i = 0; a->words[i] != NULL; i++)
			fprintf(to, "%s%s", i > 0 ? ", " : "", a->words[i]);
		break;
	case ARG_COLOR:
		fputs("RRGGBB", to);
		break;
	case ARG_TEXT:
		fputs("base64url", to);
		break;
	case ARG_NONE:
		break;
	}
}

/* Is there a default to tell? A number of 0 below the range means "not given". */
static bool
has_default(const struct arg_row *a)
{
	return !a->required && (a->type == ARG_WORD || a->type == ARG_COLOR ||
				   (a->type == ARG_NUM && a->dflt >= a->min && a->key[0] != '\0'));
}

static void
print_default(const struct arg_row *a, FILE *to)
{
	if (a->required)
		fputs("; needed", to);
	else if (has_default(a) && a->type == ARG_WORD)
		fprintf(to, "; default %s", a->words[a->dflt]);
	else if (has_default(a) && a->type == ARG_COLOR)
		fprintf(to, "; default %06llX", (unsigned long long)a->dflt);
	else if (has_default(a))
		fprintf(to, "; default %lld", (long long)a->dflt);
}

/* Text for troff: a backslash is written out, no line begins with a dot or a quote. */
static void
put_roff(const char *s, FILE *to)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", to);
	for (; *s != '\0'; s++) {
		if (*s == '\\')
			fputs("\\e", to);
		else if (*s == '-')
			fputs("\\-", to);
		else
			fputc(*s, to);
	}
	fputc('\n', to);
}

static void
man_args(const struct op *op, FILE *to)
{
	const struct arg_row *a;

	if (op->args[0].type == ARG_NONE)
		return;
	fputs(".Bl -tag -width Ds\n", to);
	for (a = op->args; a < op->args + OP_ARGS_MAX && a->type != ARG_NONE; a++) {
		if (a->key[0] != '\0')
			fprintf(to, ".It Cm %s_ Ns Ar value\n", a->key);
		else
			fputs(".It Ar value\n", to);
		fputs("(", to);
		print_range(a, to);
		print_default(a, to);
		fputs(")\n", to);
		put_roff(a->doc, to);
	}
	fputs(".El\n", to);
}

void
ops_print_man(FILE *to)
{
	const struct op *const *o;
	enum fmt f;
	size_t i;

	fputs(".\\\" Made by tintype ops man.\n.Dd November 20, 2026\n.Dt TINTYPE-STEPS "
	      "7\n.Os\n.Sh NAME\n.Nm tintype-steps\n"
	      ".Nd what can be made of a picture\n.Sh DESCRIPTION\n",
	    to);
	put_roff(intro, to);
	fputs(".Sh OPERATIONS\n", to);
	for (o = op_table; *o != NULL; o++) {
		fprintf(to, ".Ss %s\n", (*o)->name);
		put_roff((*o)->doc, to);
		man_args(*o, to);
	}
	fputs(".Sh FORMATS\n.Bl -column format mime/typexxxx side alpha frames\n.It format Ta type "
	      "Ta side Ta transparency Ta frames\n",
	    to);
	for (f = FMT_NONE + 1; f < FMT__MAX; f++)
		fprintf(to, ".It %s Ta %s Ta %u Ta %s Ta %s\n", fmt_table[f].name,
		    fmt_table[f].mime, fmt_table[f].out_side_px, fmt_table[f].alpha ? "yes" : "no",
		    fmt_table[f].anim ? "yes" : "no");
	fputs(".El\n.Sh CHOICES\nWhere the service whose URLs these are does not say, this is what "
	      "happens here.\n.Bl -bullet\n",
	    to);
	for (i = 0; i < NELEM(choices); i++) {
		fputs(".It\n", to);
		put_roff(choices[i], to);
	}
	fputs(".El\n.Sh SEE ALSO\n.Xr tintype 8 ,\n.Xr tintype.ini 5\n", to);
}

void
ops_print_markdown(FILE *to)
{
	const struct op *const *o;
	const struct arg_row *a;
	size_t i;

	fprintf(to, "# Steps\n\n%s\n", intro);
	for (o = op_table; *o != NULL; o++) {
		fprintf(to, "\n## %s\n\n%s\n", (*o)->name, (*o)->doc);
		if ((*o)->args[0].type != ARG_NONE)
			fputs("\n| argument | value | meaning |\n|---|---|---|\n", to);
		for (a = (*o)->args; a < (*o)->args + OP_ARGS_MAX && a->type != ARG_NONE; a++) {
			fprintf(to, "| `%s%s` | ", a->key[0] != '\0' ? a->key : (*o)->name,
			    a->key[0] != '\0' ? "_" : ",");
			print_range(a, to);
			print_default(a, to);
			fprintf(to, " | %s |\n", a->doc);
		}
	}
	fputs("\n## Choices\n\nWhere the service whose URLs these are does not say, this is what "
	      "happens here.\n\n",
	    to);
	for (i = 0; i < NELEM(choices); i++)
		fprintf(to, "- %s\n", choices[i]);
}

void
ops_print_dict(FILE *to)
{
	const struct op *const *o;
	const struct arg_row *a;
	size_t i;

	for (o = op_table; *o != NULL; o++) {
		fprintf(to, "\"/%s,\"\n", (*o)->name);
		for (a = (*o)->args; a < (*o)->args + OP_ARGS_MAX && a->type != ARG_NONE; a++) {
			if (a->key[0] != '\0')
				fprintf(to, "\",%s_\"\n", a->key);
			for (i = 0; a->type == ARG_WORD && a->words[i] != NULL; i++)
				fprintf(to, "\"%s\"\n", a->words[i]);
		}
	}
	fputs("\"image\"\n\"|image/\"\n\"style/\"\n\"|sys/saveas,o_\"\n", to);
}
