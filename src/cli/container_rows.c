/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container_rows.h"

#include "base/number.h"
#include "cli/human.h"
#include "cli/table.h"

#include <string.h>

#define SHORT_ID 12
#define SHORT_COMMAND 20
#define IDS_PER_CONTAINER 65536u

const struct listing_column container_columns[] = {
    {"ID", "CONTAINER ID"},
    {"Image", "IMAGE"},
    {"Command", "COMMAND"},
    {"CreatedAt", "CREATED AT"},
    {"RunningFor", "CREATED"},
    {"Status", "STATUS"},
    {"State", "STATE"},
    {"Ports", "PORTS"},
    {"Names", "NAMES"},
    {"Labels", "LABELS"},
    {"Mounts", "MOUNTS"},
    {"Networks", "NETWORKS"},
    {"LocalVolumes", "LOCAL VOLUMES"},
    {"Pid", "PID"},
    {"User", "USER"},
    {"RootMode", "ROOT"},
    {"HostIds", "HOST IDS"},
    {"ImageID", "IMAGE ID"},
    {NULL, NULL},
};

static const char *state_name(enum container_status status)
{
    switch (status) {
    case CONTAINER_CREATED:
        return "created";
    case CONTAINER_RUNNING:
        return "running";
    case CONTAINER_PAUSED:
        return "paused";
    case CONTAINER_EXITED:
        break;
    }
    return "exited";
}

void print_container_status(const struct container_summary *c, int64_t now, struct text *out)
{
    switch (c->status) {
    case CONTAINER_CREATED:
        text_append(out, "Created");
        break;
    case CONTAINER_RUNNING:
    case CONTAINER_PAUSED:
        text_append(out, "Up ");
        human_duration(out, now - c->started);
        text_append(out, c->status == CONTAINER_PAUSED ? " (Paused)" : "");
        break;
    case CONTAINER_EXITED:
        text_printf(out, "Exited (%d) ", c->exit_code);
        human_duration(out, now - c->finished);
        text_append(out, " ago");
        break;
    }
}

static void put_list(struct json_object *row, const char *field, const struct strings *list,
                     const char *separator)
{
    autotext struct text t = {0};
    for (size_t i = 0; i < list->count; i++)
        text_printf(&t, "%s%s", i ? separator : "", list->items[i]);
    row_put_text(row, field, &t);
}

static void put_command(struct json_object *row, const char *command, bool no_trunc)
{
    autotext struct text clean = {0}, quoted = {0};
    display_clean(command ? command : "", &clean);
    text_append_char(&quoted, '"');
    display_truncate(text_peek(&clean), no_trunc ? SIZE_MAX : SHORT_COMMAND, &quoted);
    text_append_char(&quoted, '"');
    row_put_text(row, "Command", &quoted);
}

static void put_times(struct json_object *row, const struct container_summary *c, int64_t now)
{
    autotext struct text created = {0}, ago = {0}, status = {0};
    human_time(&created, c->created);
    row_put_text(row, "CreatedAt", &created);
    human_duration(&ago, now - c->created);
    text_append(&ago, " ago");
    row_put_text(row, "RunningFor", &ago);
    row_put(row, "State", state_name(c->status));
    print_container_status(c, now, &status);
    row_put_text(row, "Status", &status);
}

static void put_numbers(struct json_object *row, const struct container_summary *c)
{
    autotext struct text ids = {0}, pid = {0}, volumes = {0};
    size_t count = 0;
    for (size_t i = 0; i < c->mounts.count; i++)
        count += c->mounts.items[i][0] != '/';
    text_printf(&volumes, "%zu", count);
    row_put_text(row, "LocalVolumes", &volumes);
    text_printf(&pid, "%d", (int)c->pid);
    row_put_text(row, "Pid", &pid);
    if (c->host_base != 0)
        text_printf(&ids, "%u-%u", c->host_base, c->host_base + IDS_PER_CONTAINER - 1);
    row_put_text(row, "HostIds", &ids);
}

struct json_object *make_container_row(const struct container_summary *c, int64_t now, bool no_trunc)
{
    struct json_object *row = json_object_new_object();
    autotext struct text id = {0};
    if (!row)
        return NULL;
    text_append_n(&id, c->id, no_trunc ? strlen(c->id) : SHORT_ID);
    put_command(row, c->command, no_trunc);
    put_times(row, c, now);
    row_put_text(row, "ID", &id);
    row_put(row, "Image", c->image);
    row_put(row, "ImageID", c->image_id);
    json_object_object_add(row, "Labels", make_label_text(&c->labels));
    put_list(row, "Mounts", &c->mounts, ",");
    row_put(row, "Names", c->name);
    put_list(row, "Networks", &c->networks, ",");
    put_list(row, "Ports", &c->ports, ", ");
    row_put(row, "RootMode", c->root_mode);
    row_put(row, "User", c->user);
    put_numbers(row, c);
    return row;
}

static bool match_id(const void *object, const char *value)
{
    const struct container_summary *c = object;
    return string_after(c->id, value) != NULL;
}

static bool match_name(const void *object, const char *value)
{
    const struct container_summary *c = object;
    return c->name && filter_match_pattern(c->name, value[0] == '/' ? value + 1 : value);
}

static bool match_status(const void *object, const char *value)
{
    const struct container_summary *c = object;
    return streq(state_name(c->status), value);
}

static bool match_label(const void *object, const char *value)
{
    return filter_match_label(&((const struct container_summary *)object)->labels, value);
}

/* The image as it was asked for, with or without ":latest", or its id. */
static bool match_ancestor(const void *object, const char *value)
{
    const struct container_summary *c = object;
    const char *id = string_after(value, "sha256:");
    const char *image_id = c->image_id ? c->image_id : "";
    const char *image_hex = string_after(image_id, "sha256:");
    const char *rest = c->image ? string_after(c->image, value) : NULL;
    const char *behind = c->image ? string_after(value, c->image) : NULL;
    if ((rest && (rest[0] == '\0' || streq(rest, ":latest"))) || streq(behind, ":latest"))
        return true;
    return strlen(id ? id : value) >= SHORT_ID &&
           string_after(image_hex ? image_hex : image_id, id ? id : value);
}

static bool match_exited(const void *object, const char *value)
{
    const struct container_summary *c = object;
    uint64_t code;
    return c->status == CONTAINER_EXITED && number_parse(value, 255, &code) == 0 && (int)code == c->exit_code;
}

static bool match_volume(const void *object, const char *value)
{
    return strings_contain(&((const struct container_summary *)object)->mounts, value);
}

static bool match_network(const void *object, const char *value)
{
    return strings_contain(&((const struct container_summary *)object)->networks, value);
}

static const char *const states[] = {"created",    "running",  "paused", "exited",
                                     "restarting", "removing", "dead",   NULL};

const struct filter_key container_filters[] = {
    {"ancestor", match_ancestor, NULL},
    {"before", NULL, NULL},
    {"exited", match_exited, NULL},
    {"expose", NULL, NULL},
    {"health", NULL, NULL},
    {"id", match_id, NULL},
    {"is-task", NULL, NULL},
    {"label", match_label, NULL},
    {"name", match_name, NULL},
    {"network", match_network, NULL},
    {"publish", NULL, NULL},
    {"since", NULL, NULL},
    {"status", match_status, states},
    {"volume", match_volume, NULL},
    {NULL, NULL, NULL},
};
