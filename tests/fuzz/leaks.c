/*
 * What the libraries forget, and LeakSanitizer is not to tell: x265 loses a kilobyte with each picture. The sandbox does
 * not live long enough to mind.
 */
const char	*__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libx265\n";
}
