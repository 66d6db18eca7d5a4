/*
 * Parses the configurations on its standard input, one JSON document a line, and answers a line
 * for each: `ok DUMP`, or `CODE WHERE MESSAGE`. A dump must parse again to the same configuration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crmsync/config.h>

#define LINE_MAX_BYTES 1100000

static int stable(const crmsync_config *config)
{
    crmsync_config *again = NULL;
    crmsync_str dump = crmsync_config_dump(config);
    if (crmsync_config_parse(NULL, dump, &again, NULL) != CRMSYNC_OK)
        return 0;
    crmsync_str other = crmsync_config_dump(again);
    int same = dump.len == other.len && memcmp(dump.ptr, other.ptr, dump.len) == 0 &&
               crmsync_config_digest(config) == crmsync_config_digest(again);
    crmsync_config_free(again);
    return same;
}

static void answer(const char *json, size_t len)
{
    crmsync_config *config = NULL;
    crmsync_error *err = NULL;
    int32_t code = crmsync_config_parse(NULL, (crmsync_str){json, len}, &config, &err);
    if (code)
        printf("%s %s %s\n", crmsync_code_name(code), crmsync_error_where(err).ptr,
               crmsync_error_message(err).ptr);
    else if (!stable(config))
        printf("UNSTABLE %s\n", crmsync_config_dump(config).ptr);
    else
        printf("ok %s\n", crmsync_config_dump(config).ptr);
    crmsync_error_free(err);
    crmsync_config_free(config);
}

int main(void)
{
    char *line = malloc(LINE_MAX_BYTES);
    if (!line)
        return 1;
    while (fgets(line, LINE_MAX_BYTES, stdin)) {
        size_t len = strcspn(line, "\n");
        line[len] = '\0';
        answer(line, len);
    }
    free(line);
    return 0;
}
