/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `inspect` of a container is written from; shared by container_inspect.c and inspect_*.c. */
#include "engine/lookup.h"
#include "formats/exit_record.h"
#include "store/image.h"

struct inspection {
    struct engine *engine;
    struct container_record record;
    struct container_state state; /* empty unless it runs */
    struct image image;           /* empty when it cannot be read any more */
    struct exit_record exited;
    bool has_exit, running;
    enum container_status status;
};

/* Adds an empty object; lent, NULL: no memory. */
struct json_object *inspect_put_object(struct json_object *parent, const char *key);
/* An array also when it is empty, as docker writes it. */
int inspect_put_array(struct json_object *object, const char *key, const struct strings *list) must_check;

/* "Path", "Args" and "Config". */
int inspect_config(const struct inspection *in, struct json_object *document) must_check;
/* "HostConfig". */
int inspect_host_config(const struct inspection *in, struct json_object *document) must_check;
/* "NetworkSettings". */
int inspect_network(const struct inspection *in, struct json_object *document) must_check;
