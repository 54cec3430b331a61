/* SPDX-License-Identifier: Apache-2.0 */
/* What only the mounted image can tell: who the user is, and all that follows from it. Runs in the
 * supervisor. */
#include "engine/seccomp.h"
#include "engine/start.h"
#include "formats/accounts.h"
#include "formats/json.h"
#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/path.h"
#include "plan/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct account_files {
    char *passwd, *group;
    size_t passwd_size, group_size;
};

static void account_files_free(struct account_files *f)
{
    free(f->passwd);
    free(f->group);
}

/* A regular file of the container, bounded; none, or something else of that name, is an empty one. */
static int settle_read_file(int root_fd, const char *path, char **ret_text, size_t *ret_size,
                            struct failure *failure)
{
    struct stat status;
    autoclose int fd = path_open_in_root(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
        return 0;
    if (fd < 0)
        return fail(failure, fd, "opening %s of the image", path);
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return 0;
    int r = fd_read_whole(fd, ACCOUNTS_SIZE_MAX, ret_text, ret_size);
    return r < 0 ? fail(failure, r, "reading %s of the image", path) : 0;
}

/* The host's own groups, from its file: device groups (video, render ..) are there on every distribution. */
static int read_host_groups(struct accounts *ret_accounts, struct failure *failure)
{
    autofree char *text = NULL;
    size_t size = 0;
    int r = file_read_all(AT_FDCWD, "/etc/group", ACCOUNTS_SIZE_MAX, &text, &size);
    if (r < 0)
        return fail(failure, r, "reading /etc/group");
    return accounts_read(&(struct accounts_text){.group = text, .group_size = size}, ret_accounts, failure);
}

/* --group-add host:NAME: the gid inside is the host's number, when the container has such an id. */
static int settle_host_groups(const struct strings *names, struct user_host_group *groups, size_t max,
                              size_t *ret_count, struct failure *failure)
{
    autoaccounts struct accounts host = {0};
    *ret_count = 0;
    for (size_t i = 0; i < names->count && *ret_count < max; i++) {
        const char *name = string_after(names->items[i], "host:");
        int r = name && host.group_count == 0 ? read_host_groups(&host, failure) : 0;
        if (r < 0)
            return r;
        const struct account_group *entry = name ? accounts_find_group(&host, name) : NULL;
        if (entry && !entry->gid.bad && entry->gid.value == 0)
            return refuse(failure, -EPERM,
                          "--group-add host:%s: this is the host's group 0, which no container has", name);
        if (entry && !entry->gid.bad && entry->gid.value >= RANGE_SIZE)
            return refuse(failure, -ERANGE,
                          "--group-add host:%s: its number is %lld, and a container's ids end at %u", name,
                          (long long)entry->gid.value, RANGE_SIZE - 1);
        if (entry && !entry->gid.bad && entry->gid.value > 0 && entry->gid.value < RANGE_SIZE)
            groups[(*ret_count)++] = (struct user_host_group){name, (uint32_t)entry->gid.value};
    }
    return 0;
}

static int settle_user(struct start *s, struct failure *failure)
{
    struct user_host_group groups[16];
    const char *spec = s->record.request.user ? s->record.request.user : s->image.config.user;
    struct user_spec_input input = {
        .rules = s->build_step ? USER_RULES_OCI : USER_RULES_ENGINE,
        .spec = spec,
        .accounts = s->accounts,
        .group_add = &s->record.request.group_add,
        .host_groups = groups,
    };
    int r = settle_host_groups(&s->record.request.group_add, groups, ARRAY_SIZE(groups),
                               &input.host_group_count, failure);
    if (r == 0)
        r = user_spec_resolve(&input, &s->user, failure);
    if (r < 0)
        return r;
    if (s->user.keep_groups)
        return refuse(failure, -EOPNOTSUPP,
                      "--group-add keep-groups: the caller's groups are the host's and do not exist in "
                      "the container: use --group-add host:NAME");
    struct root_mode_question question = {
        .requested = s->record.request.root_mode,
        .uid = s->user.uid,
        .gid = s->user.gid,
        .host_ids = s->own_ids,
    };
    return root_mode_decide(&question, &s->root_mode, failure);
}

static void settle_say_root(const struct start *s)
{
    if (s->record.request.privileged)
        engine_say(
            s->engine,
            "--privileged: all capabilities of the container's own user namespace and no seccomp filter; on "
            "the host it still has none");
    if (s->root_mode != ROOT_MODE_MAPPED || s->user.uid != 0)
        return;
    engine_say(
        s->engine,
        "%s starts as root: uid 0 inside is the unprivileged host uid %u. If the image can run without: "
        "--user UID, or USER in its Dockerfile",
        s->record.request.image, s->plan.host_base);
}

/* Whole files, when the user or a group has no line in the image's. */
static int settle_accounts(const struct start *s, char **ret_passwd, char **ret_group,
                           struct failure *failure)
{
    autofree char *passwd = NULL, *group = NULL;
    struct synthesis_request request = {
        .uid = s->user.uid,
        .gid = s->user.gid,
        .groups = s->user.groups,
        .group_count = s->user.group_count,
        .name = s->user.name,
        .home = s->user.home,
        .shell = s->user.shell,
    };
    int r = accounts_synthesise(&request, &s->accounts, &passwd, &group, failure);
    if (r < 0)
        return r;
    if (passwd[0] != '\0' && asprintf(ret_passwd, "%.*s%s", (int)s->accounts.passwd_size,
                                      s->accounts.passwd ? s->accounts.passwd : "", passwd) < 0)
        return fail(failure, -ENOMEM, "the account files");
    if (group[0] != '\0' && asprintf(ret_group, "%.*s%s", (int)s->accounts.group_size,
                                     s->accounts.group ? s->accounts.group : "", group) < 0)
        return fail(failure, -ENOMEM, "the account files");
    return 0;
}

/* Compiling may write the cache of the store and starts a helper that gives up its own ids: host root for a
 * moment. */
static int settle_filter(struct start *s, struct failure *failure)
{
    struct seccomp_request request = {
        .profile = s->security.seccomp == SECCOMP_UNCONFINED || s->record.request.privileged ? "unconfined"
                   : s->security.seccomp == SECCOMP_FILE ? s->security.seccomp_file
                                                         : NULL,
        .capabilities = s->plan.process.bounding,
        .allow_userns = s->security.allow_userns,
    };
    struct seccomp_program program = {0};
    int r = credentials_set_user(0);
    if (r == 0)
        r = credentials_set_group(0);
    if (r < 0)
        return fail(failure, r, "the seccomp filter");
    r = seccomp_get(s->engine, &request, &program, failure);
    if (credentials_set_group(s->plan.host_group_base) < 0 || credentials_set_user(s->plan.host_base) < 0)
        return fail(failure, -EPERM, "the seccomp filter");
    if (r < 0)
        return r;
    s->plan.process.filter = program.filter;
    s->plan.process.filter_count = program.count;
    s->plan.process.filter_flags = program.flags;
    return 0;
}

static int settle_all(struct start *s, int root_fd, struct failure *failure)
{
    autofree char *passwd = NULL, *group = NULL, *init = NULL;
    int r = settle_user(s, failure);
    if (r == 0)
        r = ids_plan_payload(s->root_mode, s->own_ids, &s->user, &s->plan, failure);
    if (r == 0 && !s->build_step)
        r = settle_accounts(s, &passwd, &group, failure);
    if (r == 0 && s->record.request.init && asprintf(&init, "%s/unroot-init", s->engine->program_dir) < 0)
        r = fail(failure, -ENOMEM, "planning the start");
    if (r < 0)
        return r;
    struct settle_input input = {
        .request = &s->record.request,
        .image = &s->image.config,
        .user = &s->user,
        .security = &s->security,
        .root_mode = s->root_mode,
        .available_capabilities = CAPABILITY_ALL,
        .host_network = s->plan.namespaces.host_network,
        .shm_of = s->shm_of,
        .shm_uids = s->shm_mapped ? &s->shm_uids : NULL,
        .shm_gids = s->shm_mapped ? &s->shm_gids : NULL,
        .init_program = init,
        .passwd = passwd,
        .group = group,
    };
    r = settle_process(&input, &s->plan, failure);
    s->plan.process.dies_with_parent = true; /* a container without its monitor has nobody to report to */
    if (r == 0)
        r = settle_tree(&input, &s->plan, failure);
    if (r == 0)
        r = start_add_devices(s, failure);
    if (r == 0)
        r = start_add_mounts(s, failure);
    if (r == 0)
        r = start_add_secrets(s, failure);
    if (r == 0 && !s->build_step)
        r = start_give_folders(s, root_fd, failure);
    if (r == 0)
        r = settle_filter(s, failure);
    if (r == 0 && !s->build_step)
        settle_say_root(s);
    return r;
}

int start_settle(void *context, int root_fd, struct start_plan *plan, struct failure *failure)
{
    struct start *s = context;
    struct account_files files = {0};
    (void)plan; /* it is s->plan */
    int r = settle_read_file(root_fd, "/etc/passwd", &files.passwd, &files.passwd_size, failure);
    if (r == 0)
        r = settle_read_file(root_fd, "/etc/group", &files.group, &files.group_size, failure);
    s->accounts = (struct accounts_text){files.passwd, files.group, files.passwd_size, files.group_size};
    s->own_ids = s->userns.kind == USERNS_HOST;
    if (r == 0)
        r = settle_all(s, root_fd, failure);
    s->accounts = (struct accounts_text){0};
    account_files_free(&files);
    return r;
}

/* A folder that belongs to the image's root becomes the user's; one that is missing is made. */
static int give_folder(const struct start *s, int root_fd, const char *path, struct failure *failure)
{
    uint32_t uid, gid;
    struct stat status;
    if (!id_map_to_outside(&s->plan.file_uids, s->user.uid, &uid) ||
        !id_map_to_outside(&s->plan.file_gids, s->user.gid, &gid))
        return 0;
    unsigned made = 0;
    autoclose int fd = path_make_dirs_in_root(root_fd, path, 0755, &made);
    if (fd == -ENOTDIR || fd == -ELOOP)
        return 0; /* the image has something else there: its business */
    if (fd < 0 || fstat(fd, &status) < 0)
        return fail(failure, fd < 0 ? fd : -errno, "opening %s in the container", path);
    if (made == 0 && (status.st_uid != s->plan.host_base || (status.st_mode & 0002)))
        return 0;
    if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
        return fail(failure, -errno, "giving %s to uid %u", path, s->user.uid);
    return 0;
}

static bool mounted_by_request(const struct start *s, const char *path)
{
    for (size_t i = 0; i < s->plan.mount_count; i++)
        if (streq(s->plan.mounts[i].target, path))
            return true;
    return false;
}

int start_give_folders(struct start *s, int root_fd, struct failure *failure)
{
    struct stat status;
    if (s->user.uid == 0)
        return 0;
    int r = 0;
    if (!mounted_by_request(s, "/run"))
        r = give_folder(s, root_fd, "/run", failure);
    /* Only a home that does not exist: one that does is as its image wants it. */
    autoclose int home = path_open_in_root(root_fd, s->user.home, O_PATH);
    if (r == 0 && home == -ENOENT && s->user.home[0] == '/' && !mounted_by_request(s, s->user.home))
        r = give_folder(s, root_fd, s->user.home, failure);
    unsigned made = 0;
    autoclose int tmp = r == 0 ? path_make_dirs_in_root(root_fd, "/tmp", 01777, &made) : -EBADF;
    if (made > 0 && fstat(tmp, &status) == 0 && fchmodat(root_fd, "tmp", 01777, 0) < 0)
        return fail(failure, -errno, "making /tmp");
    return r;
}
