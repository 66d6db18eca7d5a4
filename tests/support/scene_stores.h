/* The stores that a scene can lie in. */
#ifndef TESTS_SCENE_STORES_H
#define TESTS_SCENE_STORES_H

#include <stdbool.h>

#include <crmsync/records.h>
#include <crmsync/state.h>

typedef struct store_kind {
    const char *name;
    bool shared;  /* all processes use one object */
    bool in_file; /* `open` gets the name of a file of the scene's own */
    const crmsync_state_ops *(*state_ops)(void);
    const crmsync_record_ops *(*record_ops)(void);
    int32_t (*open)(const char *path, void **out, crmsync_error **err);
    void (*close)(void *store);
    void (*empty)(void); /* takes away what an earlier scene left; NULL = nothing can be there */
    int32_t (*put)(void *store, crmsync_str workspace, const crmsync_rows *rows,
                   crmsync_error **err);
    int32_t (*get)(void *store, crmsync_str workspace, crmsync_str kind, crmsync_rows **out,
                   crmsync_error **err);
    int32_t (*remove)(void *store, crmsync_str workspace, crmsync_str kind, crmsync_str id,
                      crmsync_error **err);
} store_kind;

const store_kind *scene_stores(bool durable);

#endif
