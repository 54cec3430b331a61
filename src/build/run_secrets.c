/* SPDX-License-Identifier: Apache-2.0 */
/* --secret id=ID[,src=FILE|,env=NAME] and --ssh default|ID[=SOCKET]. */
#include "build/run.h"
#include "formats/csv.h"
#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define SECRET_SIZE_MAX (500u << 10) /* docker's limit */

struct secret_words {
    struct strings fields;
    const char *id, *source, *variable;
};

static int secret_words_read(const char *text, struct secret_words *w, struct failure *failure)
{
    int r = csv_split(text, &w->fields);
    if (r < 0)
        return fail(failure, r, "--secret %s", text);
    for (size_t i = 0; i < w->fields.count; i++) {
        const char *field = w->fields.items[i], *type = string_after(field, "type=");
        if (string_after(field, "id="))
            w->id = field + 3;
        else if (string_after(field, "src=") || string_after(field, "env="))
            *(field[0] == 's' ? &w->source : &w->variable) = field + 4;
        else if (string_after(field, "source="))
            w->source = field + 7;
        else if (!streq(type, "file") && !streq(type, "env"))
            return refuse(failure, -EINVAL, "--secret: unexpected field %s: id=, src= and env= are known",
                          field);
    }
    return w->id && w->id[0] ? 0 : refuse(failure, -EINVAL, "--secret %s: it has no id=", text);
}

static int secret_value(const struct secret_words *w, char **ret_data, size_t *ret_size,
                        struct failure *failure)
{
    const char *value = w->variable ? getenv(w->variable) : !w->source ? getenv(w->id) : NULL;
    if (w->variable && !value)
        return refuse(failure, -ENODATA, "--secret id=%s: the variable %s is not set", w->id, w->variable);
    if (value) {
        *ret_data = strdup(value);
        *ret_size = strlen(value);
        return *ret_data ? 0 : fail(failure, -ENOMEM, "reading a secret");
    }
    const char *path = w->source ? w->source : w->id;
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : fd_read_whole(fd, SECRET_SIZE_MAX, ret_data, ret_size);
    if (r < 0)
        (void)fail(failure, r, "--secret id=%s: reading %s", w->id, path); /* its error is returned */
    return r == -ENOENT ? -ENODATA : r;                                    /* it was given: no missing one */
}

int run_read_secret(const struct build_request *request, const char *id, char **ret_data, size_t *ret_size,
                    struct failure *failure)
{
    for (size_t i = 0; i < request->secrets.count; i++) {
        struct secret_words w = {0};
        int r = secret_words_read(request->secrets.items[i], &w, failure);
        bool found = r == 0 && streq(w.id, id);
        if (found)
            r = secret_value(&w, ret_data, ret_size, failure);
        strings_free(&w.fields);
        if (r < 0 || found)
            return r;
    }
    return refuse(failure, -ENOENT, "secret %s: not found: add --secret id=%s,src=FILE", id, id);
}

int agent_find(const struct build_request *request, const char *id, char **ret_path, struct failure *failure)
{
    for (size_t i = 0; i < request->ssh.count; i++) {
        const char *given = request->ssh.items[i], *socket = strchr(given, '=');
        size_t length = socket ? (size_t)(socket - given) : strlen(given);
        if (strlen(id) != length || strncmp(given, id, length) != 0)
            continue;
        const char *path = socket ? socket + 1 : getenv("SSH_AUTH_SOCK");
        if (!path || !path[0])
            return refuse(failure, -ENODATA, "--ssh %s: SSH_AUTH_SOCK is not set", given);
        *ret_path = strdup(path);
        return *ret_path ? 0 : fail(failure, -ENOMEM, "--ssh");
    }
    return refuse(failure, -ENOENT, "ssh agent %s: not given: add --ssh %s", id, id);
}
