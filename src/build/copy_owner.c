/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "build/copy_plan.h"
#include "formats/accounts.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* A file of the image; none, or something else of that name, is an empty one. */
static int read_file(const struct copy_plan *p, const char *path, char **ret_text, size_t *ret_size)
{
    struct stat st;
    autoclose int fd = path_open_in_root(p->step->root_fd, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    int r = fd_read_whole(fd, ACCOUNTS_SIZE_MAX, ret_text, ret_size);
    return r < 0 ? fail(p->failure, r, "reading /%s of the image", path) : 0;
}

static int check_id(const struct copy_plan *p, int64_t id, uint32_t *ret_id)
{
    if (id < 0 || id >= STORE_ID_COUNT)
        return refuse(p->failure, -ERANGE, "--chown=%s: an image has ids 0 to %u", p->copy->chown,
                      STORE_ID_COUNT - 1);
    *ret_id = (uint32_t)id;
    return 0;
}

static int find_user(struct copy_plan *p, const struct accounts *a, const char *name)
{
    uint64_t number;
    if (string_is_digits(name)) { /* a number is an id, and without a group the group's id too */
        int r = number_parse(name, UINT32_MAX, &number);
        r = check_id(p, r < 0 ? -1 : (int64_t)number, &p->uid);
        p->gid = p->uid;
        return r;
    }
    const struct account *user = accounts_find_user(a, name);
    if (!user || user->uid.bad || user->gid.bad)
        return refuse(p->failure, -ENOENT,
                      "--chown=%s: unable to find user %s: no matching entries in the image's "
                      "/etc/passwd",
                      p->copy->chown, name);
    int r = check_id(p, user->uid.value, &p->uid);
    return r < 0 ? r : check_id(p, user->gid.value, &p->gid);
}

static int find_group(struct copy_plan *p, const struct accounts *a, const char *name)
{
    uint64_t number;
    if (string_is_digits(name)) {
        int r = number_parse(name, UINT32_MAX, &number);
        return check_id(p, r < 0 ? -1 : (int64_t)number, &p->gid);
    }
    const struct account_group *group = accounts_find_group(a, name);
    if (!group || group->gid.bad)
        return refuse(p->failure, -ENOENT,
                      "--chown=%s: unable to find group %s: no matching entries in the image's /etc/group",
                      p->copy->chown, name);
    return check_id(p, group->gid.value, &p->gid);
}

int copy_owner_find(struct copy_plan *p)
{
    const char *chown = p->copy->chown;
    autofree char *passwd = NULL, *group = NULL;
    autoaccounts struct accounts accounts = {0};
    struct accounts_text text = {0};
    if (!chown || !chown[0])
        return 0;
    const char *colon = strchr(chown, ':');
    autofree char *user = colon ? strndup(chown, (size_t)(colon - chown)) : strdup(chown);
    if (!user)
        return fail(p->failure, -ENOMEM, "--chown");
    if (!user[0] || (colon && (!colon[1] || strchr(colon + 1, ':'))))
        return refuse(p->failure, -EINVAL, "--chown=%s: it is USER or USER:GROUP", chown);
    int r = read_file(p, "etc/passwd", &passwd, &text.passwd_size);
    if (r == 0)
        r = read_file(p, "etc/group", &group, &text.group_size);
    if (r < 0)
        return r;
    text.passwd = passwd;
    text.group = group;
    r = accounts_read(&text, &accounts, p->failure);
    if (r == 0)
        r = find_user(p, &accounts, user);
    if (r == 0 && colon)
        r = find_group(p, &accounts, colon + 1);
    p->has_owner = r == 0;
    return r;
}
