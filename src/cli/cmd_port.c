/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports, sorted by the port inside, as docker prints them. */
#include "base/number.h"
#include "base/text.h"
#include "cli/absent.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/container.h"
#include "formats/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct port_options {
    char *wanted; /* "80/tcp", or NULL: all */
};

/* "80" and "80/TCP" as inspect writes them: "80/tcp". */
static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct port_options *o = options;
    const char *word = arguments->count > 1 ? arguments->items[1] : NULL,
               *slash = word ? strchr(word, '/') : NULL;
    const char *protocol = slash ? slash + 1 : "tcp";
    uint64_t number = 0;
    if (!word)
        return 0;
    autofree char *digits = strndup(word, slash ? (size_t)(slash - word) : strlen(word));
    if (digits && (number_parse(digits, UINT16_MAX, &number) < 0 || number == 0))
        return say_usage(cli, "\"%s\" is no port: a number, or one with its protocol as 53/udp", word);
    if (strcasecmp(protocol, "tcp") != 0 && strcasecmp(protocol, "udp") != 0)
        return say_usage(cli, "\"%s\": tcp and udp are published, nothing else", word);
    if (asprintf(&o->wanted, "%llu/%s", (unsigned long long)number,
                 strcasecmp(protocol, "udp") == 0 ? "udp" : "tcp") < 0)
        o->wanted = NULL;
    return digits && o->wanted ? 0 : say_usage(cli, "%s", strerror(ENOMEM));
}

struct port_row {
    const char *inside; /* "80/tcp", lent */
    struct json_object *bindings;
};

static int compare_rows(const void *a, const void *b)
{
    const struct port_row *x = a, *y = b;
    size_t m = strcspn(x->inside, "/"), n = strcspn(y->inside, "/");
    /* Numbers without leading zeros: the longer one is the larger one. */
    return m != n ? (m < n ? -1 : 1) : strcmp(x->inside, y->inside);
}

static void print_row(const struct port_row *row, bool with_inside)
{
    for (size_t i = 0; i < json_object_array_length(row->bindings); i++) {
        struct json_object *binding = json_object_array_get_idx(row->bindings, i);
        const char *address = json_get_string(binding, "HostIp"),
                   *port = json_get_string(binding, "HostPort");
        printf("%s%s%s:%s\n", with_inside ? row->inside : "", with_inside ? " -> " : "",
               address ? address : "", port ? port : "");
    }
}

static int print_all(struct json_object *ports)
{
    size_t count = 0;
    autofree struct port_row *rows = calloc((size_t)json_object_object_length(ports) + 1, sizeof(*rows));
    if (!rows)
        return -ENOMEM;
    json_object_object_foreach(ports, inside, bindings) rows[count++] = (struct port_row){inside, bindings};
    qsort(rows, count, sizeof(*rows), compare_rows);
    for (size_t i = 0; i < count; i++)
        print_row(&rows[i], true);
    return 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct port_options *o = options;
    autofree char *wanted = o->wanted;
    autojson struct json_object *document = NULL;
    struct failure failure = {0};
    int r = container_inspect(cli->engine, arguments->items[0], &document, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    struct json_object *ports = json_get_object(json_get_object(document, "NetworkSettings"), "Ports");
    struct json_object *bindings = ports && wanted ? json_get_array(ports, wanted) : NULL;
    if (bindings)
        print_row(&(struct port_row){wanted, bindings}, false);
    else if (wanted)
        r = refuse(&failure, -ENOENT, "no public port %s is published for %s", wanted, arguments->items[0]);
    else if (ports && print_all(ports) < 0)
        r = fail(&failure, -ENOMEM, "listing the ports");
    return r < 0 ? say_failure(cli, &failure) : 0;
}

static const struct option *const tables[] = {NULL};
static const char *const *const absent[] = {absent_port_flags, NULL};

const struct command cmd_port = {
    .name = "port",
    .usage = "CONTAINER [PORT[/PROTO]]",
    .summary = "Show the published ports of a container",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct port_options),
    .min_args = 1,
    .max_args = 2,
    .needs_engine = true,
    .check = check,
    .run = run,
};
