/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* containers-registries.conf(5), version 2, of what it says about places: [[registry]] with its mirrors, and
 * a table [proxy] of our own. Names are completed as docker does it: unqualified-search-registries,
 * short-name-mode and [aliases] are read past. */
#include "base/arena.h"
#include "base/failure.h"
#include "base/report.h"
#include "formats/reference.h"

#include <stddef.h>

#define REGISTRIES_CONFIG_SIZE_MAX (1u << 20)

enum mirror_use { MIRROR_FOR_ALL, MIRROR_FOR_DIGESTS, MIRROR_FOR_TAGS };

struct registry_mirror {
    const char *location; /* HOST[:PORT][/PATH], as for a rule */
    bool insecure;
    enum mirror_use use;
};

struct registry_rule {
    const char *file; /* who says it, for messages */
    unsigned line;
    const char *prefix;   /* "docker.io", "localhost:5000/team", "*.example.com" */
    const char *location; /* what stands for the prefix; NULL: the prefix itself */
    bool insecure;        /* without TLS, or with a certificate that nobody vouches for */
    bool blocked;
    bool digests_only; /* mirror-by-digest-only */
    struct registry_mirror *mirrors;
    size_t mirror_count;
};

struct registries_config {
    struct arena arena; /* all of it */
    struct registry_rule *rules;
    size_t count, capacity;
    const char *http_proxy, *https_proxy, *no_proxy; /* [proxy] http, https, no; NULL: not said */
};

#define autoregistries __attribute__((cleanup(registries_config_free)))

/* Adds what one file says; a [[registry]] of a prefix that is there already replaces it. Findings
 * "FILE:LINE:1" with rules "registries/..", unknown keys too. `data` has a NUL behind it. -EINVAL, -ENOMEM.
 */
int registries_config_read(const char *file, const char *data, struct report *report,
                           struct registries_config *config) must_check;
void registries_config_free(struct registries_config *config);
/* The rule of the longest prefix that fits the name, lent; NULL: none. */
const struct registry_rule *registries_config_find(const struct registries_config *config,
                                                   const struct reference *reference);

/* Where to ask for an image. */
struct registry_endpoint {
    char *host;   /* HOST[:PORT] to connect to */
    char *domain; /* as in references, for credentials and certificates: docker.io's host is another one */
    char *repository; /* "library/nginx" */
    bool insecure;
    bool is_mirror;
};

struct registry_endpoints {
    struct registry_endpoint *items;
    size_t count;
};

#define autoendpoints __attribute__((cleanup(registry_endpoints_free)))

/* The places in the order in which they are asked: mirrors, then the registry itself. Loopback addresses
 * count as insecure, as docker has it. `push`: no mirrors. -EACCES: blocked; -EINVAL: what a rule makes of
 * the name is none. */
int registries_config_resolve(const struct registries_config *config, const struct reference *reference,
                              bool push, struct registry_endpoints *ret_endpoints,
                              struct failure *failure) must_check;
void registry_endpoints_free(struct registry_endpoints *endpoints);
/* localhost, 127.0.0.0/8 and [::1], with or without a port. */
bool registry_is_loopback(const char *domain);
/* The host that serves a domain of references: the same, but for docker.io. */
const char *registry_host_of(const char *domain);
