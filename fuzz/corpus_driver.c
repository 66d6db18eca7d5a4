/*
 * Runs a fuzz target over files, so that the corpus is a regression test where there is no
 * libFuzzer:
 *
 *   fuzz_x [--rounds N | --seconds N] [--seed N] FILE-OR-DIRECTORY...
 *
 * Each input is also run cut short at every length up to 256 bytes and at a few beyond: the parsers
 * under test must survive truncation anywhere. With --rounds, inputs are then changed at random so
 * many times, with --seconds for so long; equal seeds give equal changes.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

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

/* ---- mutations ---- */

typedef struct input {
    char *bytes;
    size_t size;
} input;

static input *inputs;
static size_t input_count;
static uint64_t random_state = 1;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static size_t below(size_t n)
{
    return n ? (size_t)(random_next() % n) : 0;
}

static int keep_input(char *bytes, size_t size)
{
    input *moved = realloc(inputs, (input_count + 1) * sizeof *inputs);
    if (!moved)
        return 1;
    inputs = moved;
    inputs[input_count++] = (input){bytes, size};
    return 0;
}

/* A byte, a run of bytes taken away or doubled, a piece of another input, a sign of a grammar. */
static void change(char *bytes, size_t *size, size_t room)
{
    static const char signs[] = "\"'\\{}[](),:;#/%_&=+-.0129eEnN\n\r\t \x1d\x1e\x7f\xc3\xe2\xf0\xff";
    const input *other = &inputs[below(input_count)];
    size_t at = below(*size + 1), len = below(16);
    switch (below(5)) {
    case 0:
        if (at < *size)
            bytes[at] = (char)random_next();
        break;
    case 1:
        if (at < *size)
            bytes[at] = signs[below(sizeof signs - 1)];
        break;
    case 2: /* less */
        len = at + len > *size ? *size - at : len;
        memmove(bytes + at, bytes + at + len, *size - at - len);
        *size -= len;
        break;
    case 3: /* again */
        len = at + len > *size ? *size - at : len;
        if (*size + len <= room) {
            memmove(bytes + at + len, bytes + at, *size - at);
            *size += len;
        }
        break;
    default: { /* of another */
        size_t from = below(other->size);
        len = from + len > other->size ? other->size - from : len;
        if (*size + len <= room && len) {
            memmove(bytes + at + len, bytes + at, *size - at);
            memcpy(bytes + at, other->bytes + from, len);
            *size += len;
        }
        break;
    }
    }
}

static int run_changed(void)
{
    const input *from = &inputs[below(input_count)];
    size_t room = from->size + 256, size = from->size;
    char *bytes = malloc(room);
    int failed = 1;
    if (bytes) {
        if (size)
            memcpy(bytes, from->bytes, size);
        for (size_t i = 1 + below(8); i > 0; i--)
            change(bytes, &size, room);
        failed = run(bytes, size);
    }
    free(bytes);
    return failed;
}

static uint64_t mutate(uint64_t rounds, long seconds)
{
    time_t end = time(NULL) + seconds;
    uint64_t done = 0;
    while (input_count && (seconds ? time(NULL) < end : done < rounds)) {
        if (run_changed())
            break;
        done++;
    }
    return done;
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
    failed = ferror(in) || run_cuts(bytes, size) || keep_input(bytes, size);
done:
    if (failed)
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
    uint64_t rounds = 0, done;
    long seconds = 0;
    for (int i = 1; i < argc; i++) {
        if (i + 1 < argc && strcmp(argv[i], "--rounds") == 0)
            rounds = strtoull(argv[++i], NULL, 10);
        else if (i + 1 < argc && strcmp(argv[i], "--seconds") == 0)
            seconds = strtol(argv[++i], NULL, 10);
        else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
            random_state = strtoull(argv[++i], NULL, 10) | 1;
        else if (run_path(argv[i], &count))
            return 1;
    }
    time_t begun = time(NULL);
    done = mutate(rounds, seconds);
    printf("%u inputs, %llu mutations in %ld s\n", count, (unsigned long long)done,
           (long)(time(NULL) - begun));
    for (size_t i = 0; i < input_count; i++)
        free(inputs[i].bytes);
    free(inputs);
    return count == 0 || (!seconds && done < rounds); /* an empty corpus tests nothing */
}
