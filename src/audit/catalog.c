/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/catalog.h"

#include "formats/reference.h"

#include <errno.h>
#include <string.h>

/* Official images without USER in any tag of the last years; whom their entrypoint hands over to; the numbers
 * that the image runs as when it is told to (its Debian tags), and the folders that need to be writable then.
 */
static const struct {
    const char *path, *drops_to, *user, *folders;
    const char *runs; /* the program of its CMD, where that matters: a master that stays root */
} well_known[] = {
    {"library/almalinux", NULL},
    {"library/alpine", NULL},
    {"library/amazoncorretto", NULL},
    {"library/amazonlinux", NULL},
    {"library/archlinux", NULL},
    {"library/bash", NULL},
    {"library/buildpack-deps", NULL},
    {"library/busybox", NULL},
    {"library/caddy", NULL, "1000:1000", "/data and /config"},
    {"library/cassandra", "cassandra"},
    {"library/centos", NULL},
    {"library/composer", NULL},
    {"library/debian", NULL},
    {"library/docker", NULL},
    {"library/drupal", NULL, NULL, NULL, "php"},
    {"library/eclipse-temurin", NULL},
    {"library/elixir", NULL},
    {"library/erlang", NULL},
    {"library/fedora", NULL},
    {"library/gcc", NULL},
    {"library/ghost", "node", "1000:1000", "/var/lib/ghost/content"},
    {"library/golang", NULL},
    {"library/gradle", NULL},
    {"library/hello-world", NULL},
    {"library/httpd", NULL, "33:33", "/usr/local/apache2/logs", "httpd-foreground"},
    {"library/joomla", NULL, NULL, NULL, "php"},
    {"library/julia", NULL},
    {"library/mariadb", "mysql", "999:999", "/var/lib/mysql and /run/mysqld"},
    {"library/maven", NULL},
    {"library/mongo", "mongodb", "999:999", "/data/db"},
    {"library/mysql", "mysql", "999:999", "/var/lib/mysql and /var/run/mysqld"},
    {"library/nextcloud", NULL, NULL, NULL, "php"},
    {"library/nginx", NULL, "101:101", "/var/cache/nginx and /run", "nginx"},
    {"library/node", NULL, "1000:1000", NULL},
    {"library/openjdk", NULL},
    {"library/oraclelinux", NULL},
    {"library/percona", NULL},
    {"library/perl", NULL},
    {"library/php", NULL, NULL, NULL, "php"},
    {"library/postgres", "postgres", "999:999", "/var/lib/postgresql/data and /var/run/postgresql"},
    {"library/pypy", NULL},
    {"library/python", NULL},
    {"library/r-base", NULL},
    {"library/rabbitmq", "rabbitmq", "999:999", "/var/lib/rabbitmq"},
    {"library/redis", "redis", "999:999", "/data"},
    {"library/registry", NULL, "1000:1000", "/var/lib/registry"},
    {"library/rockylinux", NULL},
    {"library/ruby", NULL},
    {"library/rust", NULL},
    {"library/swift", NULL},
    {"library/tomcat", NULL},
    {"library/traefik", NULL, "65532:65532", NULL},
    {"library/ubuntu", NULL},
    {"library/valkey", "valkey", "999:999", "/data"},
    {"library/wordpress", NULL, NULL, NULL, "php"},
};

const char *catalog_normalise(struct arena *arena, const char *name)
{
    autoreference struct reference reference = {0};
    struct failure failure = {0};
    if (reference_parse_tagged(name, &reference, &failure) < 0)
        return arena_string(arena, name);
    autofree char *whole = reference_write(&reference);
    return arena_string(arena, whole ? whole : name);
}

int facts_copy(const struct image_facts *from, struct image_facts *ret_facts)
{
    struct image_facts copy = *from;
    copy.environment = (struct strings){0};
    int r = strings_copy(&copy.environment, &from->environment);
    if (r < 0) {
        strings_free(&copy.environment);
        return r;
    }
    *ret_facts = copy;
    return 0;
}

void facts_of_scratch(struct image_facts *ret_facts)
{
    static struct chain_link scratch[] = {{"scratch", {0}}};
    *ret_facts = (struct image_facts){.reference = "scratch",
                                      .known = true,
                                      .user = "",
                                      .accounts_known = true,
                                      .passwd = "",
                                      .group = "",
                                      .command_known = true,
                                      .chain = scratch,
                                      .chain_count = 1};
}

int catalog_add(struct catalog *c, const char *name, struct image_facts *facts)
{
    struct catalog_entry *grown = arena_grow(c->arena, c->entries, c->count, &c->capacity, sizeof(*grown));
    if (!grown) {
        image_facts_free(facts);
        return -ENOMEM;
    }
    c->entries = grown;
    grown[c->count++] = (struct catalog_entry){catalog_normalise(c->arena, name), *facts};
    return 0;
}

static int set_chain(struct arena *arena, struct image_facts *facts, const char *what)
{
    facts->chain = arena_allocate(arena, sizeof(*facts->chain));
    if (!facts->chain)
        return -ENOMEM;
    facts->chain[0].what = what;
    facts->chain_count = 1;
    return 0;
}

/* NAME=USER as the caller wrote it, else by normalised name; a name without a tag means every tag. */
static const char *given_user(struct catalog *c, const char *name)
{
    const char *whole = catalog_normalise(c->arena, name);
    for (size_t i = 0; c->bases && i < c->bases->count; i++) {
        const char *item = c->bases->items[i], *equals = strchr(item, '=');
        if (!equals)
            continue;
        const char *base = arena_copy(c->arena, item, (size_t)(equals - item));
        size_t length = strlen(base);
        bool any_tag = strncmp(name, base, length) == 0 && (name[length] == ':' || name[length] == '@') &&
                       !strchr(base, ':');
        if (streq(base, name) || any_tag || streq(catalog_normalise(c->arena, base), whole))
            return equals + 1;
    }
    return NULL;
}

/* The image's CMD; php is one of three programs by its tag. */
static int set_program(struct arena *arena, struct image_facts *facts, const char *program, const char *tag)
{
    if (streq(program, "php"))
        program = tag && strstr(tag, "fpm")      ? "php-fpm"
                  : tag && strstr(tag, "apache") ? "apache2-foreground"
                                                 : NULL;
    if (!program)
        return 0;
    facts->command = arena_allocate(arena, 2 * sizeof(char *));
    if (!facts->command)
        return -ENOMEM;
    facts->command[0] = program;
    facts->command_count = 1;
    return 0;
}

static int facts_from_list(struct catalog *c, const char *name, struct image_facts *facts)
{
    autoreference struct reference reference = {0};
    struct failure failure = {0};
    if (reference_parse(name, &reference, &failure) < 0)
        return -ENOENT;
    if (streq(reference.domain, "gcr.io") && string_after(reference.path, "distroless/") &&
        !strstr(name, "nonroot")) {
        facts->known = facts->listed_root = true;
        facts->user = "";
        facts->hint_user = "65532:65532";
        return set_chain(c->arena, facts, arena_printf(c->arena, "%s (well-known: root)", name));
    }
    if (!streq(reference.domain, "docker.io"))
        return -ENOENT;
    for (size_t i = 0; i < ARRAY_SIZE(well_known); i++) {
        if (!streq(reference.path, well_known[i].path))
            continue;
        facts->known = facts->listed_root = true;
        facts->user = "";
        if (!strstr(name, "alpine") || streq(reference.path, "library/nginx")) {
            facts->hint_user = well_known[i].user;
            facts->hint_folders = well_known[i].folders;
        }
        int e = set_program(c->arena, facts, well_known[i].runs, reference.tag);
        if (e < 0)
            return e;
        if (well_known[i].drops_to) {
            facts->entrypoint = arena_allocate(c->arena, 2 * sizeof(char *));
            if (!facts->entrypoint)
                return -ENOMEM;
            facts->entrypoint[0] = "gosu";
            facts->entrypoint[1] = well_known[i].drops_to;
            facts->entrypoint_count = 2;
        }
        return set_chain(c->arena, facts, arena_printf(c->arena, "%s (well-known: no USER)", name));
    }
    return -ENOENT;
}

int catalog_find(struct catalog *c, const char *name, struct image_facts *ret_facts)
{
    const char *whole = catalog_normalise(c->arena, name), *user = given_user(c, name);
    struct image_facts facts = {.reference = arena_string(c->arena, name), .user = ""};
    int r = -ENOENT;
    if (streq(name, "scratch")) {
        facts_of_scratch(ret_facts);
        return 0;
    }
    if (user) {
        facts.known = facts.environment_open = true;
        facts.user = arena_string(c->arena, user);
        r = set_chain(c->arena, &facts,
                      arena_printf(c->arena, "%s (--base: %s)", name, user[0] ? user : "root"));
        if (r == 0)
            *ret_facts = facts;
        return r;
    }
    for (size_t i = 0; i < c->count; i++)
        if (streq(c->entries[i].name, whole))
            return facts_copy(&c->entries[i].facts, ret_facts);
    if (c->find_stored)
        r = c->find_stored(c->store, c->arena, name, ret_facts);
    if (r != -ENOENT)
        return r;
    r = facts_from_list(c, name, &facts);
    if (r == -ENOENT) {
        if (strncmp(name, "gcr.io/distroless/", 18) == 0)
            facts.hint_user = "65532:65532"; /* of its tags "nonroot", and of the account of that name */
        facts.environment_open = true;
        facts.windows = strncmp(name, "mcr.microsoft.com/windows", 25) == 0;
        facts.doubt = arena_printf(c->arena, "the image %.200s is not at hand", name);
        r = set_chain(c->arena, &facts, arena_printf(c->arena, "%s (not at hand)", name));
    }
    if (r == 0)
        *ret_facts = facts;
    return r;
}

void catalog_free(struct catalog *c)
{
    for (size_t i = 0; i < c->count; i++)
        image_facts_free(&c->entries[i].facts);
    *c = (struct catalog){0};
}
