/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/sysctl_spec.h"
#include "base/strings.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define NAME_LENGTH_MAX 255
#define VALUE_LENGTH_MAX 4095

struct sysctl_row {
    const char *path;
    bool prefix; /* else the whole path */
    enum sysctl_namespace space;
};

/* The ones that a namespace has of its own (namespaces(7); moby opts ValidateSysctl). kernel.shm* and
 * kernel.msg* one by one: a new name of the kernel's with the same beginning would not be namespaced because
 * of that. */
static const struct sysctl_row rows[] = {
    {"kernel/msgmax", false, SYSCTL_IPC},     {"kernel/msgmnb", false, SYSCTL_IPC},
    {"kernel/msgmni", false, SYSCTL_IPC},     {"kernel/sem", false, SYSCTL_IPC},
    {"kernel/shmall", false, SYSCTL_IPC},     {"kernel/shmmax", false, SYSCTL_IPC},
    {"kernel/shmmni", false, SYSCTL_IPC},     {"kernel/shm_rmid_forced", false, SYSCTL_IPC},
    {"fs/mqueue/", true, SYSCTL_IPC},         {"net/", true, SYSCTL_NETWORK},
    {"kernel/domainname", false, SYSCTL_UTS},
};

/* sysctl(8): the first separator decides; with '.' first a '/' stands for a dot in a name
 * ("net.ipv4.conf.eth0/1.mtu"). */
static void swap_separators(char *name)
{
    char *first = strpbrk(name, "./");
    if (!first || *first == '/')
        return;
    for (char *p = name; *p != '\0'; p++)
        *p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
}

static bool path_is_valid(const char *path)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.@:/";
    if (path[strspn(path, allowed)] != '\0' || strlen(path) > NAME_LENGTH_MAX)
        return false;
    for (const char *part = path;; part++) {
        size_t n = strcspn(part, "/");
        if (n == 0 || (n == 1 && part[0] == '.') || (n == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        part += n;
        if (*part == '\0')
            return true;
    }
}

static const struct sysctl_row *find_row(const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].prefix ? string_after(path, rows[i].path) != NULL : streq(path, rows[i].path))
            return &rows[i];
    return NULL;
}

int sysctl_spec_parse(const char *text, struct sysctl_spec *ret_sysctl, struct failure *f)
{
    autofree char *path = strdup(text), *name = NULL, *value = NULL;
    if (!path)
        return fail(f, -ENOMEM, "--sysctl %s", text);
    char *equals = strchr(path, '=');
    if (!equals || equals == path)
        return refuse(f, -EINVAL, "--sysctl %s: expected NAME=VALUE", text);
    *equals = '\0';
    if (strlen(equals + 1) > VALUE_LENGTH_MAX || strpbrk(equals + 1, "\r\n"))
        return refuse(f, -EINVAL, "--sysctl %s: no sysctl has such a value", path);
    value = strdup(equals + 1);
    name = strdup(path);
    if (!value || !name)
        return fail(f, -ENOMEM, "--sysctl %s", text);
    swap_separators(path);
    if (strchr(name, '/') == strpbrk(name, "./")) /* written with '/': shown with '.' */
        for (char *p = name; *p != '\0'; p++)
            *p = *p == '/' ? '.' : *p == '.' ? '/' : *p;
    if (!path_is_valid(path))
        return refuse(f, -EINVAL, "--sysctl %s: no sysctl has such a name", name);
    const struct sysctl_row *row = find_row(path);
    if (!row)
        return refuse(f, -EPERM,
                      "--sysctl %s: this is a setting of the whole host and of no namespace; a container can "
                      "have its own "
                      "kernel.msg*, kernel.sem, kernel.shm*, fs.mqueue.* and net.*",
                      name);
    *ret_sysctl = (struct sysctl_spec){row->space, TAKE_PTR(name), TAKE_PTR(path), TAKE_PTR(value)};
    return 0;
}

void sysctl_spec_free(struct sysctl_spec *s)
{
    free(s->name);
    free(s->path);
    free(s->value);
    *s = (struct sysctl_spec){0};
}
