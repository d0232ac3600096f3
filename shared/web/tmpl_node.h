/*
 * A template in the form that is rendered. Only tmpl*.c and its tests include this.
 */
#ifndef WEB_TMPL_NODE_H
#define WEB_TMPL_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum node_kind { NODE_TEXT, NODE_VALUE, NODE_RAW, NODE_SECTION, NODE_INVERTED, NODE_PARTIAL, NODE_END };

struct node {
	enum node_kind	 kind;
	const char	*text;		/* literal text, or the name; in the page's text */
	size_t		 len;
	size_t		 end;		/* sections: the first node behind them */
	const char	*indent;	/* partials that stand alone on their line: the blanks before them */
	size_t		 indent_len;
};

/* A page owns its text; the nodes point into it. The same partial with another indent is another page. */
struct page {
	struct page	*next;
	char		*name, *indent, *text;
	struct node	*node;
	size_t		 n;
};

/* Parse text with indent put before each of its lines. Errors (ERR_INTERNAL: templates are ours) name template and line. */
enum err	 page_parse(const char *name, const char *text, size_t len, const char *indent, size_t indent_len,
		    struct page **out, struct fault *f) MUST_USE;
void		 page_free(struct page *pg);

#endif
