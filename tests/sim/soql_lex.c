/* soql_lex.c: tokens of SOQL. */
#include "soql_tree.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static int hex_value(const char *text)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return -1;
        char digit[2] = {text[i], '\0'};
        value = value * 16 + (int)strtol(digit, NULL, 16);
    }
    return value;
}

static void put_utf8(orgsim_buf *out, int code)
{
    char bytes[3];
    if (code < 0x80) {
        bytes[0] = (char)code;
        orgsim_buf_put(out, bytes, 1);
    } else if (code < 0x800) {
        bytes[0] = (char)(0xC0 | (code >> 6));
        bytes[1] = (char)(0x80 | (code & 0x3F));
        orgsim_buf_put(out, bytes, 2);
    } else {
        bytes[0] = (char)(0xE0 | (code >> 12));
        bytes[1] = (char)(0x80 | ((code >> 6) & 0x3F));
        bytes[2] = (char)(0x80 | (code & 0x3F));
        orgsim_buf_put(out, bytes, 3);
    }
}

/* One escape after the backslash; how many characters it has, 0 = not allowed. */
static size_t unescape(orgsim_buf *out, const char *text)
{
    static const char letters[] = "nrtbfNRTBF\"'";
    static const char bytes[] = "\n\r\t\b\f\n\r\t\b\f\"'";
    const char *found = *text ? strchr(letters, *text) : NULL;
    if (*text == '\\') { /* stays escaped, or LIKE could not tell it from one of its own */
        orgsim_buf_put(out, "\\\\", 2);
        return 1;
    }
    if (found) {
        orgsim_buf_put(out, &bytes[found - letters], 1);
        return 1;
    }
    if (*text == '_' || *text == '%') { /* only LIKE gives it a meaning */
        orgsim_buf_put(out, "\\", 1);
        orgsim_buf_put(out, text, 1);
        return 1;
    }
    if (*text == 'u' && hex_value(text + 1) > 0) {
        put_utf8(out, hex_value(text + 1));
        return 5;
    }
    return 0;
}

static void lex_string(orgsim_soql *soql, const char *text, size_t *at, soql_token *token)
{
    orgsim_buf out = {NULL, 0, 0};
    size_t i = *at + 1;
    orgsim_buf_put(&out, "", 0);
    while (text[i] && text[i] != '\'') {
        if (text[i] == '\\') {
            size_t used = unescape(&out, text + i + 1);
            if (!used)
                break;
            i += used + 1;
        } else {
            orgsim_buf_put(&out, text + i, 1);
            i++;
        }
    }
    token->kind = text[i] == '\'' ? SOQL_STRING : SOQL_BAD;
    token->at = text[i] == '\'' ? *at : i;
    token->text = soql_keep(soql, orgsim_buf_take(&out));
    *at = text[i] ? i + 1 : i;
}

static size_t punct_length(const char *text)
{
    static const char *const two[] = {"!=", "<>", "<=", ">="};
    for (size_t i = 0; i < 4; i++) {
        if (strncmp(text, two[i], 2) == 0)
            return 2;
    }
    return strchr("(),=<>", *text) ? 1 : 0;
}

soql_token soql_next(orgsim_soql *soql, size_t *at)
{
    const char *text = soql->text;
    soql_token token = {SOQL_END, 0, 0, NULL};
    while (isspace((unsigned char)text[*at]))
        (*at)++;
    size_t start = *at, end = start;
    token.at = start;
    char c = text[start];
    if (!c) {
        token.text = soql_keep_text(soql, "<EOF>", 5);
        return token;
    }
    if (c == '\'') {
        lex_string(soql, text, at, &token);
        token.len = *at - start;
        return token;
    }
    if (isalpha((unsigned char)c) || c == '_') {
        token.kind = SOQL_NAME;
        while (name_char(text[end]))
            end++;
        if (text[end] == ':') { /* LAST_N_DAYS:7 */
            end++;
            while (isdigit((unsigned char)text[end]))
                end++;
        }
    } else if (isdigit((unsigned char)c) || ((c == '-' || c == '+' || c == '.') &&
                                              isdigit((unsigned char)text[start + 1]))) {
        token.kind = SOQL_LITERAL;
        end++;
        while (isalnum((unsigned char)text[end]) || (text[end] && strchr(".:+-", text[end])))
            end++;
    } else {
        size_t len = punct_length(text + start);
        token.kind = len ? SOQL_PUNCT : SOQL_BAD;
        end = start + (len ? len : 1);
    }
    token.len = end - start;
    token.text = soql_keep_text(soql, text + start, token.len);
    *at = end;
    return token;
}
