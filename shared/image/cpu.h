/*
 * Which of our kernels this processor can run. A set of them is a table of structs that begin with their name, best first: "avx2",
 * "sse4.1", "neon", and at last "scalar", which every processor can.
 */
#ifndef IMAGE_CPU_H
#define IMAGE_CPU_H

#include <stdbool.h>
#include <stddef.h>

/* The first of them that runs here. */
const void	*cpu_best(const void *const kernels[]);

/* The one of this name, for the tests; NULL when there is none or it cannot run here. */
const void	*cpu_named(const void *const kernels[], size_t n, const char *name);

#endif
