/* SPDX-License-Identifier: Apache-2.0 */
/* RUN --mount: what a step sees besides the image, and leaves no trace of in its layer. */
#include "build/run.h"
#include "build/run_cache.h"
#include "formats/path_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define BIND_NAME "mount" /* of what was copied for a bind mount, below its folder */
#define SECRET_MODE 0400
#define AGENT_MODE 0600
#define AGENT_NAME "agent"
#define NO_EXTRAS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

void run_mount_free(struct run_mount *m)
{
    dockerfile_mount_free(&m->spec);
    free(m->target);
    free(m->storage);
    if (m->secret)
        explicit_bzero(m->secret, m->secret_size);
    free(m->secret);
    if (m->source.tree_fd >= 0)
        (void)close(m->source.tree_fd); /* only read from */
    if (m->lock_fd >= 0)
        (void)close(m->lock_fd); /* unlocks */
}

static int set_target(struct run_step *run, struct run_mount *m, size_t index)
{
    const char *workdir = run->stage->snapshot.config.workdir;
    autofree char *wanted = m->spec.target ? strdup(m->spec.target) : NULL;
    bool secret = m->spec.type == DOCKERFILE_MOUNT_SECRET;
    if (!wanted && secret && m->spec.environment)
        return 0;
    if (!wanted && (secret ? asprintf(&wanted, "/run/secrets/%s", m->spec.id)
                           : asprintf(&wanted, "/run/buildkit/ssh_agent.%zu", index)) < 0) {
        wanted = NULL;
        return fail(run->stage->failure, -ENOMEM, "--mount");
    }
    int r = path_text_join(workdir && workdir[0] == '/' ? workdir : "/", wanted, &m->target);
    if (r == 0 && streq(m->target, "/"))
        r = -EINVAL;
    m->file = secret || m->spec.type == DOCKERFILE_MOUNT_SSH;
    return r < 0 ? fail(run->stage->failure, r, "--mount: the target %s", wanted) : 0;
}

/* A copy of the source below "/mount". */
static int mount_copy(const struct run_step *run, const struct run_mount *m, struct build_copy *copy,
                      struct dockerfile_instruction *instruction)
{
    *instruction = (struct dockerfile_instruction){
        .kind = DOCKERFILE_COPY, .line = run->instruction->line, .copy.unpack = -1};
    *copy = (struct build_copy){.instruction = instruction, .source = m->source};
    copy->destination = strdup("/" BIND_NAME);
    const char *source = m->spec.source && m->spec.source[0] ? m->spec.source : "/";
    return copy->destination && strings_add(&copy->sources, source) == 0
               ? 0
               : fail(run->stage->failure, -ENOMEM, "--mount");
}

static int read_source(struct run_step *run, struct run_mount *m)
{
    __attribute__((cleanup(build_copy_free))) struct build_copy copy = {0};
    struct dockerfile_instruction instruction;
    int r = stage_find_source(run->stage, m->spec.from, &m->source, &run->names);
    if (r == 0)
        r = mount_copy(run, m, &copy, &instruction);
    if (r == 0)
        r = build_copy_digest(&copy, &m->content, run->stage->failure);
    return r < 0 ? fail_within(run->stage->failure, "--mount=%s", m->target) : 0;
}

static int read_one(struct run_step *run, const char *spec, size_t index)
{
    struct run_mount *m = &run->mounts[run->mount_count];
    *m = (struct run_mount){.lock_fd = -EBADF, .source.tree_fd = -EBADF};
    int r = dockerfile_mount_parse(&run->stage->scope, spec, &m->spec, run->stage->failure);
    if (r < 0)
        return r;
    run->mount_count++;
    if (m->spec.type == DOCKERFILE_MOUNT_SECRET && !m->spec.id) {
        const char *name = m->spec.environment ? m->spec.environment : strrchr(m->spec.target, '/');
        m->spec.id = strdup(name && name[0] == '/' ? name + 1 : name ? name : m->spec.target);
    }
    if (m->spec.type == DOCKERFILE_MOUNT_SECRET && !m->spec.id)
        return fail(run->stage->failure, -ENOMEM, "--mount");
    r = set_target(run, m, index);
    if (r == 0 &&
        (m->spec.type == DOCKERFILE_MOUNT_BIND || (m->spec.type == DOCKERFILE_MOUNT_CACHE && m->spec.from)))
        r = read_source(run, m);
    return r;
}

int run_read_mounts(struct run_step *run)
{
    const struct strings *specs = &run->instruction->mounts;
    run->mounts = calloc(specs->count + 1, sizeof(*run->mounts));
    if (!run->mounts)
        return fail(run->stage->failure, -ENOMEM, "--mount");
    for (size_t i = 0; i < specs->count; i++) {
        int r = read_one(run, specs->items[i], i);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A secret's value is no part of it: a new password does not build anew. */
void run_add_mounts_to_key(const struct run_step *run, struct build_key *key)
{
    build_key_add_number(key, run->mount_count);
    for (size_t i = 0; i < run->mount_count; i++) {
        const struct run_mount *m = &run->mounts[i];
        build_key_add_number(key, m->spec.type);
        build_key_add(key, m->target);
        build_key_add(key, m->spec.id);
        build_key_add(key, m->spec.environment);
        build_key_add(key, m->spec.source);
        build_key_add_digest(key, &m->content);
        build_key_add_number(key, (uint64_t)m->spec.read_only | (uint64_t)m->spec.sharing << 1);
        build_key_add_number(key, m->spec.uid);
        build_key_add_number(key, m->spec.gid);
        build_key_add_number(key, m->spec.mode);
    }
}

int run_copy_source(struct run_step *run, struct run_mount *m, int folder_fd)
{
    __attribute__((cleanup(build_copy_free))) struct build_copy copy = {0};
    struct dockerfile_instruction instruction;
    struct build_step step = {
        .engine = run->stage->work->engine,
        .store = run->stage->work->store,
        .file = run->stage->work->file,
        .instruction = &instruction,
        .config = &run->stage->snapshot.config,
        .root_fd = folder_fd,
        .sink = stage_sink(run->stage),
    };
    int r = mount_copy(run, m, &copy, &instruction);
    if (r == 0)
        r = build_copy_run(&copy, &step, run->stage->failure);
    copy.source.tree_fd = -EBADF; /* the mount's */
    return r < 0 ? fail_within(run->stage->failure, "--mount=%s", m->target) : 0;
}

static int prepare_bind(struct run_step *run, struct run_mount *m)
{
    autofree char *path = NULL;
    struct stat st;
    autoclose int fd = build_place_make_folder(&run->stage->place, "bind", &path, run->stage->failure);
    int r = fd < 0 ? fd : run_copy_source(run, m, fd);
    if (r < 0)
        return r;
    if (fstatat(fd, BIND_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(run->stage->failure, -errno, "--mount=%s: its source", m->target);
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
        return refuse(run->stage->failure, -EINVAL, "--mount=%s: its source is neither file nor folder",
                      m->target);
    m->file = S_ISREG(st.st_mode);
    if (asprintf(&m->storage, "%s/" BIND_NAME, path) < 0) {
        m->storage = NULL;
        return fail(run->stage->failure, -ENOMEM, "--mount");
    }
    return 0;
}

static int prepare_secret(struct run_step *run, struct run_mount *m)
{
    struct failure failure = {0};
    int r = run_read_secret(run->stage->work->request, m->spec.id, &m->secret, &m->secret_size, &failure);
    if (r == -ENOENT && !m->spec.required) {
        m->left_out = true;
        return 0;
    }
    if (r < 0)
        *run->stage->failure = failure;
    return r;
}

static uint32_t given_or(uint32_t given, uint32_t otherwise)
{
    return given == DOCKERFILE_ID_UNSET ? otherwise : given;
}

static int prepare_agent(struct run_step *run, struct run_mount *m)
{
    autofree char *agent = NULL;
    struct failure failure = {0};
    int r = agent_find(run->stage->work->request, m->spec.id ? m->spec.id : "default", &agent, &failure);
    if (r == -ENOENT && !m->spec.required) {
        m->left_out = true;
        return 0;
    }
    if (r < 0) {
        *run->stage->failure = failure;
        return r;
    }
    if (run->agent_pidfd >= 0)
        return refuse(run->stage->failure, -EOPNOTSUPP, "more than one ssh mount in one RUN");
    autofree char *folder = NULL;
    autoclose int fd = build_place_make_folder(&run->stage->place, "ssh", &folder, run->stage->failure);
    if (fd < 0)
        return fd;
    if (asprintf(&m->storage, "%s/" AGENT_NAME, folder) < 0) {
        m->storage = NULL;
        return fail(run->stage->failure, -ENOMEM, "--mount=type=ssh");
    }
    const struct agent_request request = {
        .agent = agent,
        .folder_fd = fd,
        .name = AGENT_NAME,
        .uid = STORE_ID_BASE + given_or(m->spec.uid, 0),
        .gid = STORE_ID_BASE + given_or(m->spec.gid, 0),
        .mode = (mode_t)given_or(m->spec.mode, AGENT_MODE),
    };
    return agent_serve(&request, &run->agent_pidfd, run->stage->failure);
}

int run_prepare_mounts(struct run_step *run)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < run->mount_count; i++) {
        struct run_mount *m = &run->mounts[i];
        switch (m->spec.type) {
        case DOCKERFILE_MOUNT_BIND:
            r = prepare_bind(run, m);
            break;
        case DOCKERFILE_MOUNT_CACHE:
            r = run_open_cache(run, m);
            break;
        case DOCKERFILE_MOUNT_SECRET:
            r = prepare_secret(run, m);
            break;
        case DOCKERFILE_MOUNT_SSH:
            r = prepare_agent(run, m);
            break;
        case DOCKERFILE_MOUNT_TMPFS:
            break;
        }
    }
    return r;
}

int run_mount_variables(const struct run_step *run, struct strings *environment)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < run->mount_count; i++) {
        const struct run_mount *m = &run->mounts[i];
        autofree char *assignment = NULL;
        if (m->left_out)
            continue;
        int n = 0;
        if (m->spec.type == DOCKERFILE_MOUNT_SSH)
            n = asprintf(&assignment, "SSH_AUTH_SOCK=%s", m->target);
        else if (m->spec.type == DOCKERFILE_MOUNT_SECRET && m->spec.environment)
            n = asprintf(&assignment, "%s=%s", m->spec.environment, m->secret);
        if (n < 0)
            assignment = NULL;
        r = n < 0 ? -ENOMEM : n > 0 ? strings_set_variable(environment, assignment) : 0;
        if (n > 0)
            explicit_bzero(assignment, (size_t)n);
    }
    return r < 0 ? fail(run->stage->failure, r, "the environment") : 0;
}

static int owner_of(const struct start_plan *plan, const struct run_mount *m, struct mount_plan *p,
                    struct failure *failure)
{
    if (!id_map_to_outside(&plan->file_uids, given_or(m->spec.uid, 0), &p->uid) ||
        !id_map_to_outside(&plan->file_gids, given_or(m->spec.gid, 0), &p->gid))
        return refuse(failure, -EINVAL, "--mount=%s: ids go up to %u", m->target, RANGE_SIZE - 1);
    return 0;
}

static int plan_one(const struct run_mount *m, struct start_plan *plan, struct failure *failure)
{
    struct mount_plan p = {
        .attributes = NO_EXTRAS | (m->spec.read_only ? MOUNT_ATTR_RDONLY : 0),
        .propagation = MS_PRIVATE,
    };
    int r = owner_of(plan, m, &p, failure);
    if (r < 0)
        return r;
    p.target = strdup(m->target);
    if (m->storage) {
        p.origin = MOUNT_OF_STORAGE;
        p.source = strdup(m->storage);
    } else if (m->spec.type == DOCKERFILE_MOUNT_TMPFS) {
        p.origin = MOUNT_OF_TMPFS;
        p.mode = 01777;
        p.size = m->spec.size_bytes;
    } else {
        p.origin = MOUNT_OF_TEXT;
        p.text = malloc(m->secret_size + 1);
        if (p.text)
            memcpy(p.text, m->secret, m->secret_size + 1);
        p.text_size = m->secret_size;
        p.mode = given_or(m->spec.mode, SECRET_MODE);
        p.attributes |= MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC;
    }
    bool whole = p.target && (p.source || p.text || p.origin == MOUNT_OF_TMPFS);
    if (!whole) {
        mount_plan_free(&p);
        return fail(failure, -ENOMEM, "--mount");
    }
    r = start_plan_add_mount(plan, &p);
    return r < 0 ? fail(failure, r, "--mount") : 0;
}

/* A here-document that is executed is a file on the container's /dev. */
static int plan_script(const struct run_step *run, struct start_plan *plan, struct failure *failure)
{
    struct mount_plan p = {
        .origin = MOUNT_OF_TEXT,
        .attributes = NO_EXTRAS | MOUNT_ATTR_RDONLY,
        .mode = 0755,
        .uid = plan->host_base,
        .gid = plan->host_group_base,
        .target = strdup(run->script_path),
        .text = strdup(run->script),
        .text_size = strlen(run->script),
    };
    if (!p.target || !p.text) {
        mount_plan_free(&p);
        return fail(failure, -ENOMEM, "here-document");
    }
    int r = start_plan_add_mount(plan, &p);
    return r < 0 ? fail(failure, r, "here-document") : 0;
}

int run_plan_mounts(const struct run_step *run, struct start_plan *plan, struct failure *failure)
{
    int r = run->script ? plan_script(run, plan, failure) : 0;
    for (size_t i = 0; r == 0 && i < run->mount_count; i++)
        if (run->mounts[i].target && !run->mounts[i].left_out)
            r = plan_one(&run->mounts[i], plan, failure);
    return r;
}
