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

/* The line of a file that begins with this word, in place; NULL: it has none. */
static char *find_line(char *text, const char *word, size_t length)
{
    for (char *line = text; *line != '\0';) {
        char *end = line + strcspn(line, "\n");
        char *next = *end == '\0' ? end : end + 1;
        *end = '\0';
        if (strncmp(line, word, length) == 0 && line[length] == ' ')
            return line;
        line = next;
    }
    return NULL;
}

/* A disk without a line: what takes its new one away. "8:0 rbps=5": its own word is "max". */
static int make_undo(const struct cgroup_write *write, size_t disk, char **ret_text)
{
    const char *equals = strchr(write->value, '=');
    const char *nothing = strstr(write->file, "throttle") ? "0" : "default";
    int n = equals ? asprintf(ret_text, "%.*s=max", (int)(equals - write->value), write->value)
                   : asprintf(ret_text, "%.*s %s", (int)disk, write->value, nothing);
    return n < 0 ? -ENOMEM : 0;
}

/* What takes this write back: the whole of a file of one line, and of others the line of the same disk or
 * device. "default 100" comes before the lines of disks. 1: nothing can. */
static int find_before(char *text, const struct cgroup_write *write, char **ret_before)
{
    size_t word = strcspn(write->value, " ");
    bool has_word = write->value[word] == ' ', disk = has_word && memchr(write->value, ':', word);
    const char *line = text[0] == '\0' ? "\n" : text;
    if (disk || strchr(text, '\n'))
        line = has_word                         ? find_line(text, write->value, word)
               : string_after(text, "default ") ? find_line(text, "default", strlen("default"))
                                                : NULL;
    if (!line)
        return disk ? make_undo(write, word, ret_before) : 1;
    *ret_before = strdup(line);
    return *ret_before ? 0 : -ENOMEM;
}

static int save_write(int folder, const struct cgroup_write *write, struct cgroup_values *values)
{
    char text[CGROUP_VALUE_SIZE];
    autofree char *before = NULL;
    int error = write->file && folder >= 0 ? cgroup_read_file(folder, write->file, text) : -ENOENT;
    if (error == 0)
        error = find_before(text, write, &before);
    if (error != 0)
        return error;
    struct cgroup_value *value = &values->items[values->count++];
    *value = (struct cgroup_value){folder, strdup(write->file), TAKE_PTR(before)};
    return value->file ? 0 : -ENOMEM;
}

int cgroup_values_save(const struct cgroup *c, const struct cgroup_settings *settings,
                       struct cgroup_values *ret_values)
{
    struct cgroup_values values = {.items = calloc(settings->count + 1, sizeof(*values.items))};
    int error = values.items ? 0 : -ENOMEM;
    for (size_t i = 0; i < settings->count && error != -ENOMEM; i++) {
        const struct cgroup_setting *s = &settings->items[i];
        int folder = s->v2 ? c->v2_fd : c->v1_fd[s->controller];
        error = save_write(folder, &s->write, &values);
        if (error == -ENOENT)
            error = save_write(folder, &s->instead, &values);
    }
    if (error == -ENOMEM) {
        cgroup_values_free(&values);
        return error;
    }
    *ret_values = values;
    return 0;
}

#ifdef UNROOT_TEST_HOOKS
static bool is_sabotaged(const char *file)
{
    return streq(getenv("UNROOT_FAIL_RESTORE"), file);
}
#else
static bool is_sabotaged(const char *file)
{
    return false;
}
#endif

/* Behind the sentence that says why anything was to be taken back. */
static void tell_lost(const struct cgroup_value *value, int error, struct failure *failure)
{
    size_t used = strlen(failure->text);
    (void)snprintf(failure->text + used, sizeof(failure->text) - used, "; %s could not be set back to %s: %s",
                   value->file, value->text[0] == '\n' ? "nothing" : value->text, strerror(-error));
}

void cgroup_values_restore(const struct cgroup_values *values, struct failure *failure)
{
    /* Twice, the last first: what one file refuses because of another's value, it takes behind that one. */
    for (size_t i = 2 * values->count; i > 0; i--) {
        const struct cgroup_value *value = &values->items[(i - 1) % values->count];
        int error =
            is_sabotaged(value->file) ? -EIO : cgroup_write_file(value->folder, value->file, value->text);
        if (error != 0 && i <= values->count)
            tell_lost(value, error, failure);
    }
}
