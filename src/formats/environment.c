/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/environment.h"
#include "base/utf8.h"

#include <errno.h>
#include <string.h>

/* What differs between variables and labels. */
struct assignment_rules {
    const char *what; /* "env file", "label file" */
    int (*add_bare)(const char *name, const struct strings *host, struct strings *list);
};

static int add_from_host(const char *name, const struct strings *host, struct strings *list)
{
    const char *value = host ? strings_get_variable(host, name) : NULL;
    if (!value)
        return 0;
    autofree char *assignment = NULL;
    if (asprintf(&assignment, "%s=%s", name, value) < 0) {
        assignment = NULL;
        return -ENOMEM;
    }
    return strings_set_variable(list, assignment);
}

static int add_empty(const char *name, const struct strings *host, struct strings *list)
{
    autofree char *assignment = NULL;
    if (asprintf(&assignment, "%s=", name) < 0) {
        assignment = NULL;
        return -ENOMEM;
    }
    return strings_set_variable(list, assignment);
}

static const struct assignment_rules variables = {"env file", add_from_host};
static const struct assignment_rules labels = {"label file", add_empty};

static int add_assignment(const struct assignment_rules *rules, const char *assignment,
                          const struct strings *host, struct strings *list)
{
    if (strchr(assignment, '='))
        return strings_set_variable(list, assignment);
    return rules->add_bare(assignment, host, list);
}

int environment_add(const char *assignment, const struct strings *host, struct strings *list,
                    struct failure *f)
{
    if (assignment[0] == '\0' || assignment[0] == '=')
        return refuse(f, -EINVAL, "invalid environment variable: %s", assignment);
    int r = add_assignment(&variables, assignment, host, list);
    return r < 0 ? fail(f, r, "environment variable %s", assignment) : 0;
}

int label_add(const char *assignment, struct strings *list, struct failure *f)
{
    if (assignment[0] == '\0' || assignment[0] == '=')
        return refuse(f, -EINVAL, "invalid label '%s': empty name", assignment);
    int r = add_assignment(&labels, assignment, NULL, list);
    return r < 0 ? fail(f, r, "label %s", assignment) : 0;
}

struct line_reader {
    const struct assignment_rules *rules;
    const struct environment_file *file;
    const struct strings *host;
    struct strings *list;
    struct failure *failure;
};

static int read_line(const struct line_reader *r, const char *data, size_t size, size_t number)
{
    const char *name = r->file->name;
    if (size > 0 && data[size - 1] == '\r')
        size--;
    if (memchr(data, '\0', size))
        return refuse(r->failure, -EINVAL, "invalid %s (%s): a NUL byte at line %zu", r->rules->what, name,
                      number);
    if (!utf8_is_valid(data, size))
        return refuse(r->failure, -EINVAL, "invalid %s (%s): invalid utf8 bytes at line %zu", r->rules->what,
                      name, number);
    autofree char *copy = strndup(data, size);
    if (!copy)
        return fail(r->failure, -ENOMEM, "reading %s", name);
    char *line = copy + strspn(copy, " \t\v\f\r");
    if (line[0] == '\0' || line[0] == '#')
        return 0;
    size_t length = strcspn(line, "=");
    if (length == 0)
        return refuse(r->failure, -EINVAL, "invalid %s (%s): no variable name on line '%s'", r->rules->what,
                      name, line);
    if (strcspn(line, " \t") < length)
        return refuse(r->failure, -EINVAL, "invalid %s (%s): variable '%.*s' contains whitespaces",
                      r->rules->what, name, (int)length, line);
    int e = add_assignment(r->rules, line, r->host, r->list);
    return e < 0 ? fail(r->failure, e, "reading %s", name) : 0;
}

static int read_file(const struct line_reader *r)
{
    const struct environment_file *file = r->file;
    if (file->size > ENVIRONMENT_FILE_MAX)
        return refuse(r->failure, -EFBIG, "%s %s is larger than %u bytes", r->rules->what, file->name,
                      ENVIRONMENT_FILE_MAX);
    size_t at = file->size >= 3 && memcmp(file->data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    for (size_t number = 1; at < file->size; number++) {
        const char *line = file->data + at, *end = memchr(line, '\n', file->size - at);
        size_t length = end ? (size_t)(end - line) : file->size - at;
        int e = read_line(r, line, length, number);
        if (e < 0)
            return e;
        at += length + 1;
    }
    return 0;
}

int environment_read_file(const struct environment_file *file, const struct strings *host,
                          struct strings *list, struct failure *f)
{
    return read_file(&(struct line_reader){&variables, file, host, list, f});
}

int label_read_file(const struct environment_file *file, struct strings *list, struct failure *f)
{
    return read_file(&(struct line_reader){&labels, file, NULL, list, f});
}
