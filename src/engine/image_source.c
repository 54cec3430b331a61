/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_source.h"

#include "base/strings.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define IMAGE_SOURCE_NONE ((struct image_source){.fd = -EBADF, .pidfd = -EBADF, .error_fd = -EBADF})

int image_source_open(const char *path, int given_fd, struct image_source *ret_source,
                      struct failure *failure)
{
    struct image_source s = IMAGE_SOURCE_NONE;
    if (streq(path, "-"))
        s.fd = fcntl(given_fd, F_DUPFD_CLOEXEC, 3);
    else
        s.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (s.fd < 0)
        return fail(failure, -errno, "opening %s", path);
    struct stat st;
    if (fstat(s.fd, &st) < 0) {
        image_source_close(&s);
        return fail(failure, -errno, "reading %s", path);
    }
    s.folder = S_ISDIR(st.st_mode);
    *ret_source = s;
    return 0;
}

static void run_tar(int folder_fd, int output_fd, int error_fd, const struct strings *arguments)
{
    (void)signal(SIGPIPE, SIG_DFL);
    if (fchdir(folder_fd) < 0 || dup2(output_fd, STDOUT_FILENO) < 0 || dup2(error_fd, STDERR_FILENO) < 0)
        _exit(125);
    (void)execvp("tar", arguments->items); /* returns only to fail */
    _exit(127);
}

static int start_tar(struct image_source *s, const struct strings *arguments, struct failure *failure)
{
    int ends[2];
    autoclose int errors = memfd_create("tar-errors", MFD_CLOEXEC);
    if (errors < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, -errno, "packing the folder");
    autoclose int output = ends[0], input = ends[1];
    pid_t pid = process_clone(0, -EBADF, &s->pidfd);
    if (pid < 0)
        return fail(failure, (int)pid, "packing the folder");
    if (pid == 0)
        run_tar(s->fd, input, errors, arguments);
    (void)close(s->fd); /* a folder */
    s->fd = TAKE_FD(output);
    s->error_fd = TAKE_FD(errors);
    s->folder = false;
    return 0;
}

static int add_words(struct strings *list, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strings_add(list, words[i]) < 0)
            return -ENOMEM;
    return 0;
}

static const char *const tar_words[] = {
    "tar", "--create", "--file=-", "--format=posix", "--numeric-owner", "--sparse"};

int image_source_pack(struct image_source *s, struct failure *failure)
{
    static const char *const words[] = {"--one-file-system",
                                        "--xattrs",
                                        "--xattrs-include=user.*",
                                        "--xattrs-include=security.capability",
                                        "--sort=name",
                                        "--warning=no-file-ignored",
                                        "."};
    autostrings struct strings arguments = {0};
    if (add_words(&arguments, tar_words, ARRAY_SIZE(tar_words)) < 0 ||
        add_words(&arguments, words, ARRAY_SIZE(words)) < 0)
        return fail(failure, -ENOMEM, "packing the folder");
    return start_tar(s, &arguments, failure);
}

int image_source_pack_name(struct image_source *s, const char *name, bool keep_owner, struct failure *failure)
{
    static const char *const words[] = {"--owner=0", "--group=0"};
    autostrings struct strings arguments = {0};
    if (add_words(&arguments, tar_words, ARRAY_SIZE(tar_words)) < 0 ||
        (!keep_owner && add_words(&arguments, words, ARRAY_SIZE(words)) < 0) ||
        strings_addf(&arguments, "./%s", name) < 0)
        return fail(failure, -ENOMEM, "packing %s", name);
    return start_tar(s, &arguments, failure);
}

int image_source_finish(struct image_source *s, struct failure *failure)
{
    if (s->pidfd < 0)
        return 0;
    int status = process_wait(s->pidfd);
    (void)close(TAKE_FD(s->pidfd)); /* the process is gone */
    if (status == 0 || status == 1) /* 1: files changed while they were read */
        return 0;
    if (status == 127)
        return refuse(failure, -ENOENT, "packing the folder: the program `tar` is not installed");
    char text[400];
    ssize_t n = pread(s->error_fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return refuse(failure, -EIO, "packing the folder: tar ended with status %d: %s", status, text);
}

void image_source_close(struct image_source *s)
{
    process_end(s->pidfd);
    const int fds[] = {s->fd, s->pidfd, s->error_fd};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]); /* only read from */
    *s = IMAGE_SOURCE_NONE;
}
