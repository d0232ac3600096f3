/*
 * Runs a fuzz target over its corpus, without a fuzzer: the inputs that once were
 * interesting must stay harmless. A target fuzz_X replays tests/fuzz/corpus/X, or the
 * files named on the command line. Speaks TAP.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay(const char *path)
{
	FILE *in = fopen(path, "rb");
	uint8_t *data;
	long size;

	if (in == NULL || fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0) {
		printf("Bail out! cannot read %s\n", path);
		exit(1);
	}
	rewind(in);
	/* Exactly as large as the input, so that ASan sees a read of one byte more. */
	data = malloc(size > 0 ? (size_t)size : 1);
	if (data == NULL || fread(data, 1, (size_t)size, in) != (size_t)size) {
		printf("Bail out! cannot read %s\n", path);
		exit(1);
	}
	fclose(in);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
	return 1;
}

static int
replay_folder(const char *folder)
{
	struct dirent **list;
	char path[4096 + 256];
	int n = scandir(folder, &list, NULL, alphasort), count = 0;

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		if (list[i]->d_name[0] != '.')
			count += replay(path);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return count;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/'), *source = getenv("TINTYPE_SOURCE");
	char folder[4096];
	int count = 0;

	name = name != NULL ? name + 1 : argv[0];
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	printf("1..1\n");
	fflush(stdout);
	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	if (argc == 1) {
		snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", source != NULL ? source : ".", name);
		count = replay_folder(folder);
	}
	printf("%sok 1 - %s: %d inputs\n", count > 0 ? "" : "not ", name, count);
	return count == 0;
}
