/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "engine/attach.h"
#include "engine/lookup.h"
#include "engine/mount_list.h"
#include "engine/running.h"
#include "formats/exit_record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void summary_free(struct container_summary *s)
{
    char *const words[] = {s->name, s->image, s->image_id, s->command, s->root_mode, s->user};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        free(words[i]);
    strings_free(&s->labels);
    strings_free(&s->ports);
    strings_free(&s->mounts);
    strings_free(&s->networks);
    *s = (struct container_summary){0};
}

void container_list_free(struct container_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        summary_free(&list->items[i]);
    free(list->items);
    *list = (struct container_list){0};
}

static int summary_add_mounts(struct container_summary *s, const struct container_request *request)
{
    automounts struct mount_list mounts = {0};
    struct failure ignored = {0};
    if (mount_list_read(request, &mounts, &ignored) < 0)
        return 0; /* it was checked when it was created; an older record is no reason to hide the container */
    for (size_t i = 0; i < mounts.count; i++)
        if (mounts.items[i].source && strings_add(&s->mounts, mounts.items[i].source) < 0)
            return -ENOMEM;
    return 0;
}

static int summary_set_command(struct container_summary *s, const struct container_request *request,
                               const struct strings *argv)
{
    autotext struct text text = {0};
    const struct strings *lists[] = {&request->entrypoint, &request->command};
    if (argv->count > 0)
        for (size_t i = 0; i < argv->count; i++)
            text_printf(&text, "%s%s", i ? " " : "", argv->items[i]);
    else
        for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
            for (size_t i = 0; i < lists[l]->count; i++)
                text_printf(&text, "%s%s", text.length ? " " : "", lists[l]->items[i]);
    s->command = text_take(&text);
    return s->command ? 0 : -ENOMEM;
}

/* What only a running container has. */
static int summary_add_state(struct engine *e, struct container_summary *s, struct strings *argv)
{
    autostate struct container_state state = {0};
    int r = state_read(e, s->id, &state);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    s->started = state.started / 1000000000;
    if (s->status == CONTAINER_RUNNING || s->status == CONTAINER_PAUSED)
        s->pid = state.pid;
    s->root_mode = strdup(state.root_mode ? state.root_mode : "");
    r = asprintf(&s->user, "%u:%u", state.uid, state.gid) < 0 ? -ENOMEM : 0;
    if (!id_map_to_outside(&state.file_uids, 0, &s->host_base))
        s->host_base = 0;
    if (r == 0)
        r = strings_copy(&s->ports, &state.ports);
    return r < 0 ? r : strings_copy(argv, &state.argv);
}

static int summary_read(struct engine *e, const char *id, struct container_summary *s)
{
    autorecord struct container_record record = {0};
    autostrings struct strings argv = {0};
    struct exit_record exited;
    autoclose int folder = record_open_folder(e, id);
    int r = record_read(e, id, &record);
    if (r < 0)
        return r;
    const struct container_request *request = &record.request;
    memcpy(s->id, record.id, sizeof(s->id));
    s->status = container_read_status(e, id);
    s->created = record.created / 1000000000;
    s->created_nanoseconds = (uint32_t)(record.created % 1000000000);
    s->host_base = record.range_first;
    s->name = strdup(request->name ? request->name : "");
    s->image = strdup(request->image);
    s->image_id = TAKE_PTR(record.image_id);
    r = summary_add_state(e, s, &argv);
    if (r == 0)
        r = summary_set_command(s, request, &argv);
    if (s->status == CONTAINER_EXITED && folder >= 0 && exit_read(folder, &exited) == 0) {
        s->exit_code = exited.exit_code;
        s->finished = exited.finished.tv_sec;
    } else if (s->status == CONTAINER_EXITED) {
        s->exit_code = 137; /* its monitor was killed, and the payload with it */
    }
    if (r == 0)
        r = strings_copy(&s->labels, &request->labels);
    if (r == 0)
        r = summary_add_mounts(s, request);
    if (r == 0)
        r = strings_add(&s->networks, request->network ? request->network : "default");
    return r < 0 || !s->name || !s->image ? -ENOMEM : 0;
}

static int compare_created(const void *a, const void *b)
{
    const struct container_summary *x = a, *y = b;
    if (x->created != y->created)
        return x->created < y->created ? 1 : -1;
    if (x->created_nanoseconds != y->created_nanoseconds)
        return x->created_nanoseconds < y->created_nanoseconds ? 1 : -1;
    return strcmp(x->id, y->id);
}

/* A container whose monitor was killed is tidied up by whoever looks: nothing of it shall stay in the host's
 * network. */
static void list_tidy(struct engine *e, const char *id, enum container_status status)
{
    struct failure ignored = {0};
    autostate struct container_state state = {0};
    autoclose int lock = -EBADF;
    if (status != CONTAINER_EXITED || state_read(e, id, &state) < 0 ||
        container_lock(e, id, false, &lock) < 0)
        return;                                  /* the monitor, or a start, may be at it */
    ignore(container_clean_up(e, id, &ignored)); /* the next one who looks tries again */
}

int container_list(struct engine *e, bool all, struct container_list *ret_list, struct failure *failure)
{
    autostrings struct strings ids = {0};
    struct container_list list = {0};
    pending_finish(e);
    int r = container_enumerate(e, &ids);
    if (r == 0 && ids.count > 0) {
        list.items = calloc(ids.count, sizeof(*list.items));
        r = list.items ? 0 : -ENOMEM;
    }
    for (size_t i = 0; r == 0 && i < ids.count; i++) {
        struct container_summary *s = &list.items[list.count];
        enum container_status status = container_read_status(e, ids.items[i]);
        list_tidy(e, ids.items[i], status);
        if (!all && status != CONTAINER_RUNNING && status != CONTAINER_PAUSED)
            continue;
        r = summary_read(e, ids.items[i], s);
        if (r == 0)
            list.count++;
        else
            summary_free(s);
        r = r == -ENOENT || r == -EBADMSG ? 0 : r; /* removed meanwhile, or no record of ours */
    }
    if (r < 0) {
        container_list_free(&list);
        return fail(failure, r, "listing containers");
    }
    qsort(list.items, list.count, sizeof(*list.items), compare_created);
    *ret_list = list;
    return 0;
}

int container_attach(struct engine *e, const char *who, int *ret_client_fd, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    int r = container_find(e, who, id, failure);
    if (r < 0)
        return r;
    r = attach_connect(e->run_fd, id, ret_client_fd);
    if (r == -ENOTCONN)
        return refuse(failure, r, "container %.12s is not running", id);
    return r < 0 ? fail(failure, r, "attaching to container %.12s", id) : 0;
}

int container_open_log(struct engine *e, const char *who, int *ret_fd, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    int r = container_find(e, who, id, failure);
    if (r < 0)
        return r;
    autoclose int folder = record_open_folder(e, id);
    int fd = folder < 0 ? folder : openat(folder, "log", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return fail(failure, folder < 0 ? folder : -errno, "opening the log of container %.12s", id);
    *ret_fd = fd;
    return 0;
}

int container_rename(struct engine *e, const char *who, const char *name, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autorecord struct container_record record = {0};
    autoclose int turn = -EBADF;
    int r = container_find(e, who, id, failure);
    if (r < 0)
        return r;
    r = record_begin(e, id, &turn);
    if (r == 0)
        r = record_read(e, id, &record);
    if (r < 0)
        return fail(failure, r, "reading the record of container %.12s", id);
    if (streq(record.request.name, name))
        return refuse(failure, -EINVAL, "container %.12s has that name already", id);
    r = name_take(e, name, id, failure);
    if (r < 0)
        return r;
    autofree char *old = record.request.name;
    record.request.name = strdup(name);
    r = record.request.name ? record_write(e, &record, true) : -ENOMEM;
    if (r < 0) {
        name_release(e, name, id);
        return fail(failure, r, "renaming container %.12s", id);
    }
    if (old)
        name_release(e, old, id);
    return 0;
}
