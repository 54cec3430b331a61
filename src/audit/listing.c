/* SPDX-License-Identifier: Apache-2.0 */
/* Starts unroot-listing: one process, or two in a row when the layer is a member of an archive. */
#include "audit/image_layers.h"

#include "kernel/file.h"
#include "store/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct spawn {
    const char *program;
    char *const *arguments;
    int input_fd, output_fd;
};

static int spawn_one(const struct spawn *s, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    static char *const environment[] = {"LC_ALL=C.UTF-8", NULL};
    int r = posix_spawn_file_actions_init(&actions);
    if (r != 0)
        return -r;
    r = posix_spawn_file_actions_adddup2(&actions, s->input_fd, 0);
    r = r ? r : posix_spawn_file_actions_adddup2(&actions, s->output_fd, 1);
    r = r ? r : posix_spawn(ret_pid, s->program, &actions, NULL, s->arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    return -r;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EBADMSG;
}

static int make_arguments(const char *program, const char *const *words, char ***ret_list)
{
    size_t count = 0;
    while (words[count])
        count++;
    char **list = calloc(count + 2, sizeof(*list));
    if (!list)
        return -ENOMEM;
    list[0] = (char *)program;
    for (size_t i = 0; i < count; i++)
        list[i + 1] = (char *)words[i];
    *ret_list = list;
    return 0;
}

/* The end of a pipe that the member of an archive comes out of. */
static int open_member(const struct listing_job *job, pid_t *ret_pid)
{
    int ends[2];
    char *arguments[] = {(char *)job->program, "-x", (char *)job->member, NULL};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    struct spawn s = {job->program, arguments, job->input_fd, ends[1]};
    int r = spawn_one(&s, ret_pid);
    (void)close(ends[1]);
    if (r < 0) {
        (void)close(ends[0]);
        return r;
    }
    return ends[0];
}

static int collect(const struct listing_job *job, int input_fd, char **ret_data, size_t *ret_size)
{
    int ends[2];
    autofree char **arguments = NULL;
    pid_t pid;
    int r = make_arguments(job->program, job->arguments, &arguments);
    if (r < 0)
        return r;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    struct spawn s = {job->program, arguments, input_fd, ends[1]};
    r = spawn_one(&s, &pid);
    (void)close(ends[1]);
    autoclose int output = ends[0];
    if (r < 0)
        return r;
    r = fd_read_whole(output, LISTING_MAX, ret_data, ret_size);
    if (r < 0)
        (void)kill(pid, SIGKILL); /* ours, and not waited for yet */
    int ended = wait_for(pid);
    return r < 0 ? r : ended;
}

int listing_run(const struct listing_job *job, char **ret_data, size_t *ret_size, struct failure *failure)
{
    pid_t first = 0;
    autofree char *data = NULL;
    size_t size = 0;
    if (lseek(job->input_fd, 0, SEEK_SET) < 0)
        return fail(failure, -errno, "reading an archive");
    autoclose int member = job->member ? open_member(job, &first) : -EBADF;
    if (job->member && member < 0)
        return fail(failure, member, "starting %s", job->program);
    int r = collect(job, job->member ? member : job->input_fd, &data, &size);
    if (first > 0 && r == 0)
        r = wait_for(first);
    else if (first > 0) {
        (void)kill(first, SIGKILL);
        (void)wait_for(first); /* killed: its status says nothing */
    }
    if (r == -EBADMSG)
        return refuse(failure, r, "%s: the archive is damaged", job->member ? job->member : "a layer");
    if (r < 0)
        return fail(failure, r, "running %s", job->program);
    *ret_data = TAKE_PTR(data);
    *ret_size = size;
    return 0;
}

int listing_hash(int fd, struct digest *ret_digest, bool *ret_compressed)
{
    struct blob_writer w = {0};
    static char buffer[65536];
    bool first = true;
    int r = blob_writer_open(&w, NULL, false);
    ssize_t n = 0;
    *ret_compressed = false;
    while (r == 0 && (n = read(fd, buffer, sizeof(buffer))) > 0) {
        if (first && n >= 4)
            *ret_compressed =
                memcmp(buffer, "\x1F\x8B", 2) == 0 || memcmp(buffer, "\x28\xB5\x2F\xFD", 4) == 0;
        first = false;
        r = blob_writer_add(&w, buffer, (size_t)n);
    }
    if (r == 0)
        r = n < 0 ? -errno : blob_writer_finish(&w, ret_digest);
    blob_writer_close(&w);
    return r;
}

int listing_hash_member(const struct listing_job *job, struct digest *ret_digest, bool *ret_compressed,
                        struct failure *failure)
{
    pid_t pid = 0;
    if (lseek(job->input_fd, 0, SEEK_SET) < 0)
        return fail(failure, -errno, "reading an archive");
    autoclose int member = open_member(job, &pid);
    if (member < 0)
        return fail(failure, member, "starting %s", job->program);
    int r = listing_hash(member, ret_digest, ret_compressed);
    if (r < 0)
        (void)kill(pid, SIGKILL); /* ours, and not waited for yet */
    int ended = wait_for(pid);
    if (r == 0 && ended == -EBADMSG)
        return refuse(failure, ended, "%s is missing or damaged in the archive", job->member);
    r = r < 0 ? r : ended;
    return r < 0 ? fail(failure, r, "reading %s", job->member) : 0;
}
