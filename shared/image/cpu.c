/*
 * What the processor says of itself.
 */
#include "image/cpu.h"

#include <string.h>

bool
cpu_can(const char *kernel)
{
#if defined(__x86_64__)
	if (strcmp(kernel, "avx2") == 0)
		return __builtin_cpu_supports("avx2");
	if (strcmp(kernel, "sse4.1") == 0)
		return __builtin_cpu_supports("sse4.1");
#elif defined(__aarch64__)
	if (strcmp(kernel, "neon") == 0)
		return true;
#endif
	return strcmp(kernel, "scalar") == 0;
}
