/*
 * gd_plain TIMES SOURCE.jpg OUT.jpg WIDTH QUALITY: what nginx's image_filter does, for bench-image. Prints the
 * milliseconds of CPU time of one run.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <gd.h>

#include "base/num.h"

static double
cpu_ms(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
once(const char *source, const char *out, int w, int quality)
{
	FILE		*in = fopen(source, "rb"), *to = fopen(out, "wb");
	gdImagePtr	 a, b;
	int		 h;

	if (in == NULL || to == NULL)
		err(1, "%s", in == NULL ? source : out);
	if ((a = gdImageCreateFromJpeg(in)) == NULL)
		errx(1, "%s: no JPEG", source);
	h = (int)((double)gdImageSY(a) * w / gdImageSX(a) + 0.5);
	if ((b = gdImageCreateTrueColor(w, h)) == NULL)
		errx(1, "no memory");
	gdImageCopyResampled(b, a, 0, 0, 0, 0, w, h, gdImageSX(a), gdImageSY(a));
	gdImageJpeg(b, to, quality);
	gdImageDestroy(a);
	gdImageDestroy(b);
	fclose(in);
	fclose(to);
}

static int
number(const char *s)
{
	int64_t	 v;

	if (!num_parses(s, 1, 100000, &v))
		errx(2, "not a number: %s", s);
	return (int)v;
}

int
main(int argc, char **argv)
{
	double	 t0;
	int	 times;

	if (argc != 6)
		errx(2, "TIMES SOURCE OUT WIDTH QUALITY");
	times = number(argv[1]);
	once(argv[2], argv[3], number(argv[4]), number(argv[5]));
	t0 = cpu_ms();
	for (int i = 0; i < times; i++)
		once(argv[2], argv[3], number(argv[4]), number(argv[5]));
	printf("%.3f\n", (cpu_ms() - t0) / times);
	return 0;
}
