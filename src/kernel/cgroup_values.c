/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's groups held before they were changed, so that a change can be taken back. */
#include "kernel/cgroup_set.h"
#include "kernel/cgroup_tree.h"

#include <errno.h>
#include <string.h>

struct cgroup_value {
    int folder; /* lent by the group */
    char *file, *text;
};

void cgroup_values_free(struct cgroup_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        free(values->items[i].file);
        free(values->items[i].text);
    }
    free(values->items);
    *values = (struct cgroup_values){0};
}

/* What can be written back as it was read: one line. "default 100" comes before the lines of single disks. */
static bool take_line(char *text)
{
    char *end = strchr(text, '\n');
    bool only_first = string_after(text, "default ") != NULL;
    if (end && only_first)
        *end = '\0';
    return !end || only_first;
}

static int save_file(int folder, const char *file, struct cgroup_values *values)
{
    char text[CGROUP_VALUE_SIZE];
    int error = file && folder >= 0 ? cgroup_read_file(folder, file, text) : -ENOENT;
    if (error != 0 || !take_line(text))
        return error;
    struct cgroup_value *value = &values->items[values->count];
    *value = (struct cgroup_value){folder, strdup(file), strdup(text[0] != '\0' ? text : "\n")};
    values->count++;
    return value->file && value->text ? 0 : -ENOMEM;
}

int cgroup_values_save(const struct cgroup *c, const struct cgroup_settings *settings,
                       struct cgroup_values *ret_values)
{
    struct cgroup_values values = {.items = calloc(settings->count + 1, sizeof(*values.items))};
    int error = values.items ? 0 : -ENOMEM;
    for (size_t i = 0; i < settings->count && error != -ENOMEM; i++) {
        const struct cgroup_setting *s = &settings->items[i];
        int folder = s->v2 ? c->v2_fd : c->v1_fd[s->controller];
        if (strchr(s->write.value, ':')) /* of one disk: the file has a line for each */
            continue;
        error = save_file(folder, s->write.file, &values);
        if (error == -ENOENT)
            error = save_file(folder, s->instead.file, &values);
    }
    if (error == -ENOMEM) {
        cgroup_values_free(&values);
        return error;
    }
    *ret_values = values;
    return 0;
}

void cgroup_values_restore(const struct cgroup_values *values)
{
    /* Twice: what one file refuses because of another's value, it takes behind that one. */
    for (size_t i = 0; i < 2 * values->count; i++) {
        const struct cgroup_value *value = &values->items[i % values->count];
        ignore(cgroup_write_file(value->folder, value->file, value->text)); /* it was there a moment ago */
    }
}
