/* soql_tree.h: a parsed SOQL statement; shared by the soql_*.c files only. */
#ifndef ORGSIM_SOQL_TREE_H
#define ORGSIM_SOQL_TREE_H

#include "soql.h"

enum { SOQL_HOPS = 5 };

typedef enum soql_token_kind {
    SOQL_END,
    SOQL_NAME,
    SOQL_STRING,
    SOQL_LITERAL,
    SOQL_PUNCT,
    SOQL_BAD
} soql_token_kind;

typedef struct soql_token {
    soql_token_kind kind;
    size_t at, len;
    char *text; /* decoded string literal, or the token as written */
} soql_token;

typedef enum soql_literal_kind {
    SOQL_L_STRING,
    SOQL_L_NUMBER,
    SOQL_L_BOOL,
    SOQL_L_NULL,
    SOQL_L_DATE,     /* when, until: days */
    SOQL_L_DATETIME, /* when, until: milliseconds */
    SOQL_L_NAMED     /* TODAY, LAST_N_DAYS:7; days */
} soql_literal_kind;

typedef struct soql_literal {
    soql_literal_kind kind;
    char *text;
    double number;
    int64_t when, until;
} soql_literal;

typedef enum soql_op {
    SOQL_EQ, SOQL_NE, SOQL_LT, SOQL_LE, SOQL_GT, SOQL_GE, SOQL_LIKE, SOQL_IN, SOQL_NOT_IN,
    SOQL_INCLUDES, SOQL_EXCLUDES
} soql_op;

/* CALENDAR_YEAR and its like. */
typedef struct soql_date_part soql_date_part;

/* Account.Name: hops over references, then the field. */
typedef struct soql_path {
    char *text;
    const soql_date_part *part; /* of the date; NULL = the value itself */
    size_t at;
    const orgsim_field *hops[SOQL_HOPS];
    int hop_count;
    const orgsim_field *field; /* of the last object; with `late` one of the possible ones */
    const char *late;          /* what follows a polymorphic reference, found at run time */
    const char *late_name;     /* canonical relationship of that reference */
    bool is_type;              /* Who.Type */
} soql_path;

typedef enum soql_node_kind { SOQL_AND, SOQL_OR, SOQL_NOT, SOQL_COMPARE } soql_node_kind;

typedef struct soql_node {
    soql_node_kind kind;
    struct soql_node *left, *right;
    char *function; /* HAVING SUM(Amount) */
    soql_path path;
    soql_op op;
    soql_literal *literals;
    size_t literal_count, literal_cap;
    orgsim_soql *sub; /* IN (SELECT ...) */
    char **keys;      /* comparable texts of the literals, sorted */
    size_t key_count;
    bool has_null;
} soql_node;

typedef struct soql_item {
    char *function; /* "COUNT"; NULL for a plain field */
    soql_path path; /* empty text for COUNT() */
    char *alias;
    orgsim_soql *children; /* (SELECT ... FROM Contacts) */
} soql_item;

typedef struct soql_order {
    soql_path path;
    char *function; /* ORDER BY COUNT(Id) */
    bool descending, nulls_last;
} soql_order;

struct orgsim_soql {
    orgsim *org;
    char *text;
    bool see_all;
    void **owned; /* everything the tree points to */
    size_t owned_count, owned_cap;
    char *from;
    size_t from_at;
    char *from_alias;
    orgsim_object *object;
    char *relationship;              /* of a child query */
    const orgsim_field *child_field; /* that leads to the parent */
    soql_item *items;
    size_t item_count, item_cap;
    soql_node *where;
    soql_path *groups;
    size_t group_count, group_cap;
    soql_node *having;
    soql_order *orders;
    size_t order_count, order_cap;
    int64_t limit, offset; /* -1 = none */
    orgsim_soql *parent;
};

void *soql_keep(orgsim_soql *soql, void *ptr); /* freed with the statement */
char *soql_keep_text(orgsim_soql *soql, const char *text, size_t len);

/* ---- soql_lex.c: *at moves on ---- */
soql_token soql_next(orgsim_soql *soql, size_t *at);
/* ---- soql_parse.c ---- */
int soql_parse(orgsim_soql *soql, size_t at, size_t *end, orgsim_problem *problem);
int soql_parse_where(orgsim_soql *soql, const char *text, orgsim_problem *problem);
/* Refuses at a place of the text, with the caret that Salesforce draws. */
int soql_refuse(const orgsim_soql *soql, size_t at, const char *code, orgsim_problem *problem,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
/* ---- soql_dates.c ---- */
/* Days from which and before which a named literal is; false when it is none. */
bool soql_named_days(const orgsim *org, const char *text, int64_t *from, int64_t *until);
const soql_date_part *soql_date_part_named(const char *name); /* NULL = none */
bool soql_date_part_fits(const soql_date_part *part, orgsim_type type);
orgsim_value soql_date_part_of(const soql_date_part *part, orgsim_value value);
orgsim_type soql_path_type(const soql_path *path);
/* ---- soql_bind.c ---- */
int soql_bind(orgsim_soql *soql, orgsim_problem *problem);
int soql_bind_path(orgsim_soql *soql, soql_path *path, orgsim_problem *problem);
bool soql_visible(const orgsim_soql *soql, const orgsim_field *field);
/* ---- soql_items.c: what is selected, grouped and ordered ---- */
int soql_bind_items(orgsim_soql *soql, orgsim_problem *problem);
int soql_bind_orders(orgsim_soql *soql, orgsim_problem *problem);
/* Whether the function exists and knows what to make of the field. */
int soql_check_aggregate(const orgsim_soql *soql, const char *function, const soql_path *path,
                         orgsim_problem *problem);
bool soql_counts(const char *function); /* its answer is a whole number */
int soql_not_usable(const orgsim_soql *soql, const soql_path *path, const char *use,
                    orgsim_problem *problem);
/* Whether it selects plain fields, as inner statements do. */
bool soql_only_fields(const orgsim_soql *soql);
/* ---- soql_children.c ---- */
int soql_bind_children(orgsim_soql *parent, orgsim_soql *child, orgsim_problem *problem);
void soql_write_children(orgsim *org, const orgsim_soql *child, const orgsim_row *parent,
                         const char *version, orgsim_buf *out);
/* ---- soql_run.c ---- */
/* Orders the rows and cuts them by OFFSET and LIMIT. */
void soql_arrange(orgsim *org, const orgsim_soql *soql, orgsim_rows *rows);
/* ---- soql_eval.c ---- */
orgsim_value soql_path_value(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                             const soql_path *path);
bool soql_matches(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                  const soql_node *node);
/* As values of that field are compared: without regard to case, but for some; to be freed. */
char *soql_folded(const orgsim_field *field, const char *text);
bool soql_value_matches(const soql_node *node, orgsim_value value);
int soql_compare_values(orgsim_value a, orgsim_value b); /* null sorts first */

#endif
