/*
 * What the processor says of itself.
 */
#include "image/cpu.h"

#include <string.h>

static const char *
name_of(const void *kernel)
{
	return *(const char *const *)kernel;
}

static bool
can(const void *kernel)
{
	const char *name = name_of(kernel);

#if defined(__x86_64__)
	if (strcmp(name, "avx2") == 0)
		return __builtin_cpu_supports("avx2");
	if (strcmp(name, "sse4.1") == 0)
		return __builtin_cpu_supports("sse4.1");
#elif defined(__aarch64__)
	if (strcmp(name, "neon") == 0)
		return true;
#endif
	return strcmp(name, "scalar") == 0;
}

const void *
cpu_best(const void *const kernels[])
{
	while (!can(*kernels))
		kernels++;
	return *kernels;
}

const void *
cpu_named(const void *const kernels[], size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name_of(kernels[i]), name) == 0 && can(kernels[i]))
			return kernels[i];
	return NULL;
}
