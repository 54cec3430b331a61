/* SPDX-License-Identifier: Apache-2.0 */
#include "build/owner.h"

#include "base/number.h"
#include "formats/accounts.h"
#include "kernel/file.h"
#include "kernel/path.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct search {
    int root_fd;
    const char *what;
    struct accounts accounts;
    struct failure *failure;
};

/* A file of the image; none, or something else of that name, is an empty one. */
static int read_file(const struct search *s, const char *path, char **ret_text, size_t *ret_size)
{
    struct stat st;
    autoclose int fd = path_open_in_root(s->root_fd, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    int r = fd_read_whole(fd, ACCOUNTS_SIZE_MAX, ret_text, ret_size);
    return r < 0 ? fail(s->failure, r, "reading /%s of the image", path) : 0;
}

static int check_id(const struct search *s, int64_t id, uint32_t *ret_id)
{
    if (id < 0 || id >= STORE_ID_COUNT)
        return refuse(s->failure, -ERANGE, "%s: an image has ids 0 to %u", s->what, STORE_ID_COUNT - 1);
    *ret_id = (uint32_t)id;
    return 0;
}

/* 1: `text` is an id and not a name. */
static int take_number(const struct search *s, const char *text, uint32_t *ret_id)
{
    uint64_t number;
    if (!string_is_digits(text))
        return 0;
    int r = check_id(s, number_parse(text, UINT32_MAX, &number) < 0 ? -1 : (int64_t)number, ret_id);
    return r < 0 ? r : 1;
}

static int find_user(const struct search *s, const char *name, struct build_owner *owner)
{
    int r = take_number(s, name, &owner->uid);
    owner->gid = owner->uid;
    if (r != 0)
        return r < 0 ? r : 0;
    const struct account *user = accounts_find_user(&s->accounts, name);
    if (!user || user->uid.bad || user->gid.bad)
        return refuse(s->failure, -ENOENT,
                      "%s: unable to find user %s: no matching entries in the image's /etc/passwd", s->what,
                      name);
    r = check_id(s, user->uid.value, &owner->uid);
    return r < 0 ? r : check_id(s, user->gid.value, &owner->gid);
}

static int find_group(const struct search *s, const char *name, struct build_owner *owner)
{
    int r = take_number(s, name, &owner->gid);
    if (r != 0)
        return r < 0 ? r : 0;
    const struct account_group *group = accounts_find_group(&s->accounts, name);
    if (!group || group->gid.bad)
        return refuse(s->failure, -ENOENT,
                      "%s: unable to find group %s: no matching entries in the image's /etc/group", s->what,
                      name);
    return check_id(s, group->gid.value, &owner->gid);
}

static int read_accounts(struct search *s)
{
    autofree char *passwd = NULL, *group = NULL;
    struct accounts_text text = {0};
    int r = read_file(s, "etc/passwd", &passwd, &text.passwd_size);
    if (r == 0)
        r = read_file(s, "etc/group", &group, &text.group_size);
    text.passwd = passwd;
    text.group = group;
    return r < 0 ? r : accounts_read(&text, &s->accounts, s->failure);
}

int build_owner_find(int root_fd, const char *what, const char *spec, struct build_owner *ret_owner,
                     struct failure *failure)
{
    struct search s = {.root_fd = root_fd, .what = what, .failure = failure};
    struct build_owner owner = {0};
    const char *colon = strchr(spec, ':');
    autofree char *user = colon ? strndup(spec, (size_t)(colon - spec)) : strdup(spec);
    if (!user)
        return fail(failure, -ENOMEM, "%s", what);
    if (!user[0] || (colon && (!colon[1] || strchr(colon + 1, ':'))))
        return refuse(failure, -EINVAL, "%s: USER or USER:GROUP is expected", what);
    int r = read_accounts(&s);
    if (r == 0)
        r = find_user(&s, user, &owner);
    if (r == 0 && colon)
        r = find_group(&s, colon + 1, &owner);
    accounts_free(&s.accounts);
    if (r == 0)
        *ret_owner = owner;
    return r;
}
