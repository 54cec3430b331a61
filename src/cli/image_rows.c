/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_rows.h"

#include "cli/human.h"
#include "formats/reference.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#define SHORT_ID 12

const struct listing_column image_columns[] = {
    {"Repository", "REPOSITORY"},
    {"Tag", "TAG"},
    {"Digest", "DIGEST"},
    {"ID", "IMAGE ID"},
    {"CreatedAt", "CREATED AT"},
    {"CreatedSince", "CREATED"},
    {"Size", "SIZE"},
    {"Containers", "CONTAINERS"},
    {"Labels", "LABELS"},
    {"User", "USER"},
    {"Architecture", "ARCH"},
    {"Os", "OS"},
    {NULL, NULL},
};

void print_age(int64_t when, int64_t now, struct text *out)
{
    if (when == 0) {
        text_append(out, "N/A");
        return;
    }
    human_duration(out, now - when);
    text_append(out, " ago");
}

int image_line_fill(struct image_line *line, const struct image_summary *image, const char *reference)
{
    autoreference struct reference parsed = {0};
    struct failure ignored = {0};
    *line = (struct image_line){.image = image};
    if (!reference)
        return 0;
    int r = reference_parse(reference, &parsed, &ignored);
    if (r < 0)
        return r;
    line->repository = reference_write_familiar_name(&parsed);
    line->tag = parsed.tag ? strdup(parsed.tag) : NULL;
    return line->repository && (line->tag || !parsed.tag) ? 0 : -ENOMEM;
}

void image_line_free(struct image_line *line)
{
    free(line->repository);
    free(line->tag);
    *line = (struct image_line){0};
}

bool image_line_fits(const struct image_line *line, const char *wanted)
{
    const char *rest = line->repository ? string_after(wanted ? wanted : "", line->repository) : NULL;
    if (!wanted)
        return true;
    if (rest && (rest[0] == '\0' || (rest[0] == ':' && streq(rest + 1, line->tag))))
        return true;
    autotext struct text name = {0};
    text_printf(&name, "%s:%s", line->repository ? line->repository : "<none>",
                line->tag ? line->tag : "<none>");
    return strpbrk(wanted, "*?[") &&
           (fnmatch(wanted, text_peek(&name), FNM_PATHNAME) == 0 ||
            (line->repository && fnmatch(wanted, line->repository, FNM_PATHNAME) == 0));
}

static void put_times(struct json_object *row, int64_t created, int64_t now)
{
    autotext struct text at = {0}, since = {0};
    if (created != 0)
        human_time(&at, created);
    row_put(row, "CreatedAt", created ? text_peek(&at) : "N/A");
    print_age(created, now, &since);
    row_put_text(row, "CreatedSince", &since);
}

struct json_object *make_image_row(const struct image_line *line, int64_t now, bool no_trunc)
{
    const struct image_summary *image = line->image;
    autotext struct text size = {0}, id = {0}, digest = {0}, containers = {0};
    struct json_object *row = json_object_new_object();
    if (!row)
        return NULL;
    row_put(row, "Architecture", image->architecture);
    text_printf(&containers, "%zu", image->container_count);
    row_put_text(row, "Containers", &containers);
    put_times(row, image->created, now);
    text_printf(&digest, "sha256:%s", image->manifest.hex);
    row_put(row, "Digest", image->manifest.hex[0] ? text_peek(&digest) : "<none>");
    if (no_trunc)
        text_printf(&id, "sha256:%s", image->id.hex);
    else
        text_append_n(&id, image->id.hex, strnlen(image->id.hex, SHORT_ID));
    row_put_text(row, "ID", &id);
    json_object_object_add(row, "Labels", make_label_text(&image->labels));
    row_put(row, "Os", image->os);
    row_put(row, "Repository", line->repository ? line->repository : "<none>");
    human_size(&size, image->size_bytes);
    row_put_text(row, "Size", &size);
    row_put(row, "Tag", line->tag ? line->tag : "<none>");
    row_put(row, "User", image->user);
    return row;
}

static bool match_dangling(const void *object, const char *value)
{
    const struct image_line *line = object;
    return (line->image->references.count == 0) == (streq(value, "true") || streq(value, "1"));
}

static bool match_label(const void *object, const char *value)
{
    return filter_match_label(&((const struct image_line *)object)->image->labels, value);
}

static bool match_reference(const void *object, const char *value)
{
    return image_line_fits(object, value);
}

static bool match_id(const void *object, const char *value)
{
    const char *hex = string_after(value, "sha256:");
    return string_after(((const struct image_line *)object)->image->id.hex, hex ? hex : value) != NULL;
}

static const char *const truths[] = {"true", "false", "1", "0", NULL};

const struct filter_key image_filters[] = {
    {"before", NULL, NULL},
    {"dangling", match_dangling, truths},
    {"id", match_id, NULL},
    {"label", match_label, NULL},
    {"reference", match_reference, NULL},
    {"since", NULL, NULL},
    {"until", NULL, NULL},
    {NULL, NULL, NULL},
};
