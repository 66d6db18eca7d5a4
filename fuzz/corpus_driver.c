/*
 * Runs a fuzz target over files, so that the corpus is a regression test where there is no
 * libFuzzer:
 *
 *   fuzz_x FILE-OR-DIRECTORY...
 *
 * Each input is also run cut short at every length up to 256 bytes and at a few beyond: the parsers
 * under test must survive truncation anywhere.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of its own for every run, so that the sanitizers see a byte read too far. */
static int run(const char *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return 1;
    if (size > 0)
        memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    return 0;
}

static int run_cuts(const char *bytes, size_t size)
{
    int failed = run(bytes, size);
    for (size_t cut = 0; cut < size && !failed; cut += cut < 256 ? 1 : 1 + size / 16)
        failed = run(bytes, cut);
    return failed;
}

static int run_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    char *bytes = NULL;
    size_t size = 0, cap = 0, got;
    int failed = 1;
    if (!in) {
        perror(path);
        return 1;
    }
    do {
        if (size == cap) {
            char *moved = realloc(bytes, cap = cap ? cap * 2 : 4096);
            if (!moved)
                goto done;
            bytes = moved;
        }
        got = fread(bytes + size, 1, cap - size, in);
        size += got;
    } while (got > 0);
    failed = ferror(in) || run_cuts(bytes, size);
done:
    free(bytes);
    fclose(in);
    return failed;
}

static int run_path(const char *path, unsigned *count)
{
    struct stat info;
    struct dirent *entry;
    int failed = 0;
    DIR *dir;
    if (stat(path, &info) != 0) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(info.st_mode)) {
        ++*count;
        return run_file(path);
    }
    dir = opendir(path);
    if (!dir) {
        perror(path);
        return 1;
    }
    while (!failed && (entry = readdir(dir)) != NULL) {
        char below[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        failed = run_path(below, count);
    }
    closedir(dir);
    return failed;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++) {
        if (run_path(argv[i], &count))
            return 1;
    }
    printf("%u inputs\n", count);
    return count == 0; /* an empty corpus tests nothing */
}
