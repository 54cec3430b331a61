/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* /etc/unroot.conf: see unroot-init.conf(5). A word before a lone "=" is a key; [name] begins a service. */
#include "init/probe.h"
#include "init/signals.h"
#include "init/walker.h"

#define SERVICES_MAX 32
#define LISTENS_MAX 16
#define OWNS_MAX 16
#define OWN_PATHS_MAX 16
#define SERVICE_ENVIRONMENT_MAX 32
#define SERVICE_NAME_MAX 32

struct own_rule {
    const char *paths[OWN_PATHS_MAX];
    size_t path_count;
    const char *from, *to; /* from=a,b to=USER; NULL: not given */
    enum walk_when when;
};

struct listen_rule {
    const char *text; /* as it was written; LISTEN_FDNAMES */
    char host[46];    /* "" for every address */
    uint16_t port;    /* 0: a path */
    const char *path; /* unix:/path */
    bool datagram;    /* udp: */
    unsigned service; /* index of the one that gets it */
    bool has_service; /* false: the main service's */
};

enum restart_when { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS };
enum once_kind { ONCE_NO, ONCE_MUST_SUCCEED, ONCE_MAY_FAIL };

struct service {
    const char *name;
    char **run; /* NULL-terminated, at least one word */
    const char *user, *folder;
    const char *environment[SERVICE_ENVIRONMENT_MAX];
    size_t environment_count;
    uint32_t needs; /* bit per service */
    bool main;
    enum once_kind once;
    struct probe ready, health;
    int64_t ready_timeout_ms, health_interval_ms;
    unsigned health_tries;
    int stop_signal;
    int64_t stop_timeout_ms, stop_drain_ms;
    enum restart_when restart;
    bool restart_given;
    int64_t restart_min_ms, restart_max_ms, give_up_ms;
    unsigned give_up_count; /* 0: never */
    const char *log_folder; /* NULL: standard output */
    unsigned log_files;
    uint64_t log_size;
};

struct config {
    const char *user;
    struct own_rule owns[OWNS_MAX];
    size_t own_count;
    struct listen_rule listens[LISTENS_MAX];
    size_t listen_count;
    struct service services[SERVICES_MAX];
    size_t service_count;
    struct config_memory *memory; /* what the pointers lead to */
};

/* Parses and checks; `name` begins the messages ("/etc/unroot.conf:3: ..."). With 0 all pointers are valid
 * until config_free(), needs are resolved and free of circles, exactly one or no service is main, and every
 * value is in its range. `ret_config` must be all zero before; it is large, and what is not
 * used of it is never touched. */
int config_parse(const char *name, const char *text, size_t size, struct config *ret_config,
                 struct failure *f) must_check;
void config_free(struct config *c);

/* Index of a service, or -1. */
int config_find_service(const struct config *c, const char *name);
/* The same configuration in one form: parsing what this prints gives the same again. The text is at most
 * `size` bytes; false when it did not fit. */
bool config_render(const struct config *c, char *ret_text, size_t size);
