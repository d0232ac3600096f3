/*
 * A FastCGI program that does nothing: the yardstick for what the transport itself costs. It answers
 * every request with an X-Accel-Redirect to the file that its environment names, as view does.
 */
#include <fcgiapp.h>
#include <stdlib.h>

int
main(void)
{
	const char *to = getenv("NULL_FILE");
	FCGX_Request r;

	if (FCGX_Init() != 0 || FCGX_InitRequest(&r, 0, 0) != 0)
		return EXIT_FAILURE;
	while (FCGX_Accept_r(&r) == 0) {
		if (to != NULL)
			FCGX_FPrintF(r.out, "Content-Type: image/jpeg\r\nX-Accel-Redirect: %s\r\n\r\n", to);
		else
			FCGX_FPrintF(r.out, "Content-Type: text/plain\r\n\r\nok\n");
		FCGX_Finish_r(&r);
	}
	return EXIT_SUCCESS;
}
