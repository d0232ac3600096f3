/*
 * The manual of the operations, made from their table. Pure.
 */
#ifndef IMAGE_OP_DOC_H
#define IMAGE_OP_DOC_H

#include <stdio.h>

/* The whole page tintype-steps(7), in mdoc. */
void	 ops_print_man(FILE *to);

/* The same as Markdown. */
void	 ops_print_markdown(FILE *to);

/* Words and punctuation of the grammar, one "word" a line: a dictionary for the fuzzer. */
void	 ops_print_dict(FILE *to);

#endif
