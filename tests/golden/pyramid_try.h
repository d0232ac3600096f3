/* A JPEG through its reduced copies and without them; asserts that nobody sees which. name: for the messages. fd stays the caller's. */
#ifndef PYRAMID_TRY_H
#define PYRAMID_TRY_H

void	 pyramid_try_file(const char *name, int fd);

#endif
