/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/registries_config.h"

#include "base/strings.h"

#include <errno.h>
#include <string.h>

/* What docker calls docker.io answers at another name (moby registry.DefaultV2Registry). */
#define DEFAULT_DOMAIN "docker.io"
#define DEFAULT_HOST "registry-1.docker.io"

const char *registry_host_of(const char *domain)
{
    return streq(domain, DEFAULT_DOMAIN) ? DEFAULT_HOST : domain;
}

static bool is_end_of_name(char c)
{
    return c == '\0' || c == '/';
}

bool registry_is_loopback(const char *domain)
{
    const char *after = string_after(domain, "localhost");
    if (!after)
        after = string_after(domain, "[::1]");
    if (after)
        return *after == '\0' || *after == ':';
    after = string_after(domain, "127.");
    return after && strspn(after, "0123456789.") == strcspn(after, ":") && *after != '\0';
}

/* How much of "HOST/PATH" the prefix stands for, 0: it does not fit. A host alone also fits the host with a
 * port only when the prefix names the port. */
static size_t prefix_match(const char *prefix, const char *name)
{
    const char *tail = string_after(prefix, "*");
    if (tail) {
        size_t host = strcspn(name, "/:"), length = strlen(tail), whole = strcspn(name, "/");
        size_t end = strchr(tail, ':') ? whole : host;
        return end > length && strncmp(name + end - length, tail, length) == 0 ? end : 0;
    }
    const char *after = string_after(name, prefix);
    return after && is_end_of_name(*after) ? strlen(prefix) : 0;
}

static const struct registry_rule *find_rule(const struct registries_config *config, const char *name,
                                             size_t *ret_length)
{
    const struct registry_rule *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < config->count; i++) {
        size_t length = config->rules[i].prefix ? strlen(config->rules[i].prefix) : 0;
        size_t matched = length > longest ? prefix_match(config->rules[i].prefix, name) : 0;
        if (matched == 0)
            continue;
        best = &config->rules[i];
        longest = length;
        *ret_length = matched;
    }
    return best;
}

const struct registry_rule *registries_config_find(const struct registries_config *config,
                                                   const struct reference *reference)
{
    size_t length;
    autofree char *name = reference_write_name(reference);
    return name ? find_rule(config, name, &length) : NULL;
}

/* `location` (or, NULL, what it would replace) and the rest of the name; adds the endpoint. */
static int add_endpoint(struct registry_endpoints *e, const char *location, const char *name, size_t matched)
{
    autofree char *whole = NULL;
    int r = location ? asprintf(&whole, "%s%s", location, name + matched) : asprintf(&whole, "%s", name);
    if (r < 0) {
        whole = NULL;
        return -ENOMEM;
    }
    const char *slash = strchr(whole, '/');
    if (!slash || slash == whole || !slash[1])
        return -EINVAL;
    struct registry_endpoint *grown = reallocarray(e->items, e->count + 1, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    e->items = grown;
    struct registry_endpoint *new = &grown[e->count++];
    *new = (struct registry_endpoint){.domain = strndup(whole, (size_t)(slash - whole)),
                                      .repository = strdup(slash + 1)};
    if (new->domain)
        new->host = strdup(registry_host_of(new->domain));
    if (!new->host || !new->repository)
        return -ENOMEM;
    new->insecure = registry_is_loopback(new->domain);
    return 0;
}

static bool mirror_serves(const struct registry_rule *rule, const struct registry_mirror *mirror,
                          const struct reference *reference)
{
    bool by_digest = reference->digest.hex[0] != '\0';
    if (rule->digests_only || mirror->use == MIRROR_FOR_DIGESTS)
        return by_digest;
    return mirror->use != MIRROR_FOR_TAGS || !by_digest;
}

static int add_endpoints(const struct registry_rule *rule, const char *name, size_t matched,
                         const struct reference *mirrored, struct registry_endpoints *e)
{
    int r = 0;
    for (size_t i = 0; mirrored && rule && i < rule->mirror_count && r == 0; i++) {
        const struct registry_mirror *mirror = &rule->mirrors[i];
        if (!mirror_serves(rule, mirror, mirrored))
            continue;
        r = add_endpoint(e, mirror->location, name, matched);
        if (r == 0) {
            e->items[e->count - 1].insecure |= mirror->insecure;
            e->items[e->count - 1].is_mirror = true;
        }
    }
    if (r == 0)
        r = add_endpoint(e, rule ? rule->location : NULL, name, matched);
    if (r == 0 && rule)
        e->items[e->count - 1].insecure |= rule->insecure;
    return r;
}

int registries_config_resolve(const struct registries_config *config, const struct reference *reference,
                              bool push, struct registry_endpoints *ret_endpoints, struct failure *failure)
{
    autoendpoints struct registry_endpoints endpoints = {0};
    autofree char *name = reference_write_name(reference);
    size_t matched = 0;
    if (!name)
        return fail(failure, -ENOMEM, "resolving a reference");
    const struct registry_rule *rule = find_rule(config, name, &matched);
    if (rule && rule->blocked)
        return refuse(failure, -EACCES, "registry %s is blocked by %s:%u", rule->prefix, rule->file,
                      rule->line);
    int r = add_endpoints(rule, name, matched, push ? NULL : reference, &endpoints);
    if (r == -EINVAL)
        return refuse(failure, r, "%s: what %s:%u makes of the name has no repository", name,
                      rule ? rule->file : "", rule ? rule->line : 0);
    if (r < 0)
        return fail(failure, r, "resolving %s", name);
    *ret_endpoints = endpoints;
    endpoints = (struct registry_endpoints){0};
    return 0;
}

void registry_endpoints_free(struct registry_endpoints *endpoints)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        free(endpoints->items[i].host);
        free(endpoints->items[i].domain);
        free(endpoints->items[i].repository);
    }
    free(endpoints->items);
    *endpoints = (struct registry_endpoints){0};
}
