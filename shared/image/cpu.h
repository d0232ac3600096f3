/*
 * Which of our kernels this processor can run. Names: "scalar" (always), "sse4.1", "avx2", "neon".
 */
#ifndef IMAGE_CPU_H
#define IMAGE_CPU_H

#include <stdbool.h>

bool	 cpu_can(const char *kernel);

#endif
