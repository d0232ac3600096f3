/*
 * What HEIC needs before files can no longer be opened.
 */
#ifndef IMAGE_CODEC_HEIC_H
#define IMAGE_CODEC_HEIC_H

/* The library looks for plugins once; here and now. */
void	 heic_warm(void);

#endif
