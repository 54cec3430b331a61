/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that put files into the image without running anything of it: WORKDIR, COPY, ADD. */
#include "build/copy.h"
#include "build/owner.h"
#include "build/stage.h"
#include "formats/path_text.h"
#include "kernel/credentials.h"
#include "kernel/path.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define BIT(capability) (1ull << (capability))

/* A child that owns what it makes as that user inside does, and may no more than files ask for. */
static int become_owner(const struct build_owner *owner)
{
    const uint64_t keep =
        BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) | BIT(CAP_FSETID);
    const struct capability_sets sets = {.effective = keep, .permitted = keep};
    int r = credentials_keep_capabilities();
    r = r < 0 ? r : credentials_set_groups(NULL, 0);
    r = r < 0 ? r : credentials_set_group(STORE_ID_BASE + owner->gid);
    r = r < 0 ? r : credentials_set_user(STORE_ID_BASE + owner->uid);
    r = r < 0 ? r : credentials_set_capabilities(&sets);
    r = r < 0 ? r : credentials_no_new_privs();
    return r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : r;
}

/* The exit status is the error: nothing else can go wrong there. */
_Noreturn static void workdir_child(int root_fd, const struct build_owner *owner, const char *path)
{
    int r = become_owner(owner);
    (void)umask(0);
    int fd = r < 0 ? r : path_make_dirs_in_root(root_fd, path, 0755, NULL);
    _exit(fd < 0 ? (-fd < 255 ? -fd : 255) : 0);
}

static int make_workdir(struct build_stage *stage, int root_fd, const char *path)
{
    int given = -EBADF;
    const char *user = stage->snapshot.config.user;
    struct build_owner owner = {0};
    struct failure unused = {0};
    /* BuildKit: the folder is USER's; one that is not in the image is told by the first RUN. */
    if (user && user[0] && build_owner_find(root_fd, "USER", user, &owner, &unused) < 0)
        owner = (struct build_owner){0};
    pid_t pid = process_clone(0, -EBADF, &given);
    if (pid == 0)
        workdir_child(root_fd, &owner, path);
    if (pid < 0)
        return fail(stage->failure, (int)pid, "WORKDIR %s", path);
    autoclose int pidfd = given;
    int status = process_wait(pidfd);
    if (status == 0)
        return 0;
    return status < 0 || status > 128 ? refuse(stage->failure, -EIO, "WORKDIR %s: its process ended", path)
                                      : fail(stage->failure, -status, "WORKDIR %s", path);
}

int stage_do_workdir(struct build_stage *stage)
{
    const char *path = stage->snapshot.config.workdir;
    char upper[STAGING_NAME_SIZE] = "", work[STAGING_NAME_SIZE] = "";
    autofree char *created_by = NULL;
    struct digest digest;
    struct build_key key;
    build_key_begin(&key, "workdir");
    build_key_add_digest(&key, &stage->snapshot.state);
    build_key_add(&key, stage->work->epoch);
    build_key_add(&key, path);
    build_key_add(&key, stage->snapshot.config.user);
    build_key_end(&key, &digest);
    if (asprintf(&created_by, "WORKDIR %s", path) < 0) {
        created_by = NULL;
        return fail(stage->failure, -ENOMEM, "WORKDIR");
    }
    int r = stage_take_cached(stage, &digest, created_by);
    if (r != 0)
        return r < 0 ? r : 0;
    autoclose int root = stage_open_files(stage, upper, work);
    r = root < 0 ? root : make_workdir(stage, root, path);
    if (root >= 0)
        (void)close(TAKE_FD(root));                   /* the mount ends with it */
    ignore(staging_remove(stage->work->store, work)); /* else it is rubbish for the next command */
    const struct stage_outcome outcome = {.upper = upper, .key = &digest, .created_by = created_by};
    return r < 0 ? r : stage_take_outcome(stage, &outcome);
}

static int expand(struct build_stage *stage, const char *word, char **ret_text)
{
    return word ? dockerfile_scope_expand_text(&stage->scope, word, ret_text, stage->failure) : 0;
}

static int expand_all(struct build_stage *stage, const struct strings *words, struct strings *ret_words)
{
    for (size_t i = 0; i < words->count; i++) {
        autoword struct word_result word = {0};
        int r = dockerfile_scope_expand(&stage->scope, words->items[i], false, &word, stage->failure);
        if (r == 0)
            r = strings_copy(ret_words, &word.words) < 0 ? fail(stage->failure, -ENOMEM, "expanding words")
                                                         : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* "dir/", "." and "dir/." mean a folder. */
static bool means_folder(const char *path)
{
    size_t n = strlen(path);
    return streq(path, ".") || (n > 0 && path[n - 1] == '/') || (n > 1 && streq(path + n - 2, "/."));
}

static int place_destination(struct build_stage *stage, const char *given, struct build_copy *copy)
{
    const char *workdir = stage->snapshot.config.workdir;
    autofree char *path = NULL;
    int r = path_text_join(workdir && workdir[0] == '/' ? workdir : "/", given, &path);
    if (r < 0)
        return fail(stage->failure, r, "the destination %s", given);
    if (asprintf(&copy->destination, "%s%s", path, means_folder(given) && !streq(path, "/") ? "/" : "") < 0) {
        copy->destination = NULL;
        return fail(stage->failure, -ENOMEM, "the destination");
    }
    return 0;
}

static int fill_files(struct build_stage *stage, const struct dockerfile_instruction *i,
                      struct build_copy *copy)
{
    copy->files = calloc(i->heredoc_count + 1, sizeof(*copy->files));
    if (!copy->files)
        return fail(stage->failure, -ENOMEM, "here-documents");
    for (size_t k = 0; k < i->heredoc_count; k++) {
        struct build_copy_file *file = &copy->files[copy->file_count++];
        autoword struct word_result word = {0};
        const struct word_request request = {
            .word = i->heredocs[k].content,
            .escape = '\\',
            .raw_quotes = true,
            .scopes = {&stage->scope.environment, &stage->scope.arguments},
        };
        int r = i->heredocs[k].expand ? shell_word_expand(&request, &word, stage->failure) : 0;
        if (r < 0)
            return r;
        file->name = strdup(i->heredocs[k].name);
        file->content = i->heredocs[k].expand ? TAKE_PTR(word.text) : strdup(i->heredocs[k].content);
        if (!file->name || !file->content)
            return fail(stage->failure, -ENOMEM, "here-documents");
    }
    return 0;
}

/* BuildKit's line of history. */
static char *copy_history(const struct build_copy *copy, const char *destination)
{
    autotext struct text text = {0};
    text_append(&text, dockerfile_kind_name(copy->instruction->kind));
    if (copy->chown)
        text_printf(&text, " --chown=%s", copy->chown);
    if (copy->chmod)
        text_printf(&text, " --chmod=%s", copy->chmod);
    for (size_t i = 0; i < copy->sources.count; i++)
        text_printf(&text, " %s", copy->sources.items[i]);
    for (size_t i = 0; i < copy->file_count; i++)
        text_printf(&text, " <<%s", copy->files[i].name);
    text_printf(&text, " %s # buildkit", destination);
    return text_take(&text);
}

static int copy_key(struct build_stage *stage, struct build_copy *copy, struct digest *ret_key)
{
    const struct dockerfile_copy *flags = &copy->instruction->copy;
    struct build_key key;
    struct digest content;
    int r = build_copy_digest(copy, &content, stage->failure);
    if (r < 0)
        return r;
    build_key_begin(&key, "copy");
    build_key_add_digest(&key, &stage->snapshot.state);
    build_key_add(&key, stage->work->epoch);
    build_key_add(&key, dockerfile_kind_name(copy->instruction->kind));
    build_key_add_digest(&key, &content);
    build_key_add_strings(&key, &copy->sources);
    build_key_add(&key, copy->destination);
    build_key_add(&key, copy->chown);
    build_key_add(&key, copy->chmod);
    build_key_add(&key, copy->checksum);
    build_key_add_strings(&key, &copy->excludes);
    build_key_add_number(&key, (uint64_t)flags->link | (uint64_t)flags->parents << 1 |
                                   (uint64_t)flags->keep_git_dir << 2 | (uint64_t)(flags->unpack + 1) << 3);
    build_key_end(&key, ret_key);
    return 0;
}

static int copy_carry_out(struct build_stage *stage, struct build_copy *copy,
                          const struct stage_outcome *wanted)
{
    char upper[STAGING_NAME_SIZE] = "", work[STAGING_NAME_SIZE] = "";
    struct build_step step = {
        .engine = stage->work->engine,
        .store = stage->work->store,
        .file = stage->work->file,
        .instruction = copy->instruction,
        .config = &stage->snapshot.config,
        .has_epoch = stage->work->epoch,
        .epoch = stage->work->request->epoch,
        .sink = stage_sink(stage),
    };
    struct stage_outcome outcome = *wanted;
    outcome.upper = upper;
    step.root_fd = stage_open_files(stage, upper, work);
    int r = step.root_fd < 0 ? step.root_fd : build_copy_run(copy, &step, stage->failure);
    if (step.root_fd >= 0)
        (void)close(step.root_fd);                    /* the mount ends with it */
    ignore(staging_remove(stage->work->store, work)); /* else it is rubbish for the next command */
    return r < 0 ? r : stage_take_outcome(stage, &outcome);
}

static int copy_fill(struct build_stage *stage, const struct dockerfile_instruction *i,
                     struct build_copy *copy, char **ret_destination)
{
    const struct dockerfile_copy *c = &i->copy;
    int r = expand_all(stage, &c->sources, &copy->sources);
    if (r == 0)
        r = expand(stage, c->destination, ret_destination);
    if (r == 0)
        r = place_destination(stage, *ret_destination, copy);
    if (r == 0)
        r = expand(stage, c->chown, &copy->chown);
    if (r == 0)
        r = expand(stage, c->chmod, &copy->chmod);
    if (r == 0)
        r = expand(stage, c->checksum, &copy->checksum);
    if (r == 0)
        r = expand_all(stage, &c->excludes, &copy->excludes);
    return r < 0 ? r : fill_files(stage, i, copy);
}

int stage_do_copy(struct build_stage *stage, const struct dockerfile_instruction *i)
{
    __attribute__((cleanup(build_copy_free))) struct build_copy copy = {
        .instruction = i, .source = {.kind = BUILD_SOURCE_NONE, .tree_fd = -EBADF}};
    autostrings struct strings names = {0};
    autofree char *destination = NULL, *created_by = NULL;
    struct digest key;
    int r = copy_fill(stage, i, &copy, &destination);
    if (r == 0 && copy.sources.count > 0)
        r = stage_find_source(stage, i->copy.from, &copy.source, &names);
    autoclose int tree = copy.source.tree_fd;
    (void)tree; /* only to be closed */
    if (r == 0)
        r = copy_key(stage, &copy, &key);
    if (r < 0)
        return r;
    created_by = copy_history(&copy, destination);
    if (!created_by)
        return fail(stage->failure, -ENOMEM, "writing the history");
    r = stage_take_cached(stage, &key, created_by);
    const struct stage_outcome outcome = {.key = &key, .created_by = created_by};
    return r < 0 ? r : r > 0 ? 0 : copy_carry_out(stage, &copy, &outcome);
}
