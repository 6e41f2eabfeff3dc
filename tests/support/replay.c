/* Replays a corpus through a fuzz target with any compiler: arguments are files or folders. */
#include <dirent.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long n_inputs;

static int
by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void
replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data;
    struct stat st;
    size_t n;

    if (f == NULL || fstat(fileno(f), &st) != 0) {
        printf("not ok - cannot read %s\n", path);
        exit(1);
    }
    /* exact size: one byte too many is seen by the sanitizer */
    data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
    n = data != NULL ? fread(data, 1, (size_t)st.st_size, f) : 0;
    (void)fclose(f);
    (void)LLVMFuzzerTestOneInput(data, n);
    free(data);
    n_inputs++;
}

static void
replay(const char *path)
{
    struct dirent **names = NULL;
    struct stat st;
    int n;

    if (stat(path, &st) != 0)
        return;
    if (!S_ISDIR(st.st_mode)) {
        replay_file(path);
        return;
    }
    n = scandir(path, &names, NULL, by_name);
    for (int i = 0; i < n; i++) {
        char child[4096];

        if (names[i]->d_name[0] != '.') {
            (void)snprintf(child, sizeof child, "%s/%s", path, names[i]->d_name);
            replay(child);
        }
        free(names[i]);
    }
    free(names);
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    if (n_inputs == 0) {
        printf("not ok 1 - the corpus is empty\n1..1\n");
        return 1;
    }
    printf("ok 1 - %lu inputs replayed\n1..1\n", n_inputs);
    return 0;
}
