/* SPDX-License-Identifier: Apache-2.0 */
#include "init/launch.h"

#include "init/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* 0: a file that this process may execute. */
static int check_candidate(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EACCES;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int launch_find(const char *word, const char *search_path, char *ret_path, size_t size)
{
    int result = -ENOENT;
    if (word[0] == '\0')
        return -ENOENT;
    if (strchr(word, '/'))
        return span_copy(span_of(word), ret_path, size) ? check_candidate(ret_path) : -ENAMETOOLONG;
    for (struct span rest = span_of(search_path ? search_path : DEFAULT_PATH); rest.data;) {
        struct span folder = span_cut(&rest, ':');
        char candidate[PATH_MAX];
        /* An empty entry means the current folder (environ(7)), which an application may write to. */
        if (folder.length == 0)
            continue;
        size_t n =
            format_text(candidate, sizeof(candidate), "%.*s/%s", (int)folder.length, folder.data, word);
        if (n + 1 >= sizeof(candidate))
            continue;
        int r = check_candidate(candidate);
        if (r == 0)
            return span_copy((struct span){candidate, n}, ret_path, size) ? 0 : -ENAMETOOLONG;
        if (r == -EACCES)
            result = r; /* go on: a later folder may have one that can be executed */
    }
    return result;
}

/* ENOENT for a file that is there: its interpreter or dynamic loader is missing. */
static void name_interpreter(const char *path, char *ret_text, size_t size)
{
    char head[256];
    ret_text[0] = '\0';
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));
    if (n < 3 || head[0] != '#' || head[1] != '!')
        return;
    struct span rest = {head + 2, (size_t)n - 2}, line = span_cut(&rest, '\n');
    while (line.length > 0 && line.data[0] == ' ')
        line = (struct span){line.data + 1, line.length - 1};
    (void)span_copy(span_cut(&line, ' '), ret_text, size); /* too long: the general sentence is used */
}

static int explain_failure(const char *path, int error, struct failure *f)
{
    char interpreter[200];
    fail_system(f, error, "executing %s", path);
    f->exit_code = EXIT_NOT_EXECUTABLE;
    if (error == -ENOENT) {
        name_interpreter(path, interpreter, sizeof(interpreter));
        format_text(f->text, sizeof(f->text), "executing %s: its interpreter %s is missing", path,
                    interpreter[0] ? interpreter : "(the dynamic loader)");
        f->exit_code = EXIT_NOT_FOUND;
    } else if (error == -ENOEXEC) {
        format_text(f->text, sizeof(f->text),
                    "executing %s: neither a program for this machine nor a script with a #! line", path);
    } else if (error == -EPERM) {
        format_text(f->text, sizeof(f->text),
                    "executing %s: not permitted; does the file have capabilities (getcap) that this "
                    "container lacks?",
                    path);
    }
    return error;
}

int launch_command(char **command, const struct environment *environment, struct failure *f)
{
    char path[PATH_MAX];
    int r = launch_find(command[0], environment_get(environment->items, "PATH"), path, sizeof(path));
    if (r == -ENOENT || r == -ENOTDIR) {
        fail_system(f, r, "%s", command[0][0] ? command[0] : "(empty command)");
        f->exit_code = EXIT_NOT_FOUND;
        return r;
    }
    if (r < 0) {
        fail_system(f, r, "%s", command[0]);
        f->exit_code = EXIT_NOT_EXECUTABLE;
        return r;
    }
    execve(path, command, environment->items);
    return explain_failure(path, -errno, f);
}
