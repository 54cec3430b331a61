/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credentials.h"

#include "base/text.h"
#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* The file that docker's command line has; NULL: no home. */
static int docker_file(const struct registry_environment *e, char **ret)
{
    *ret = NULL;
    int r = e->docker_config && e->docker_config[0] ? asprintf(ret, "%s/config.json", e->docker_config)
            : e->home && e->home[0]                 ? asprintf(ret, "%s/.docker/config.json", e->home)
                                                    : 0;
    return r < 0 ? -ENOMEM : 0;
}

static int list_files(const struct registry_environment *e, struct strings *files)
{
    autofree char *docker = NULL;
    if (e->registry_auth_file && e->registry_auth_file[0])
        return strings_add(files, e->registry_auth_file);
    int r = e->xdg_runtime_dir && e->xdg_runtime_dir[0]
                ? strings_addf(files, "%s/containers/auth.json", e->xdg_runtime_dir)
                : strings_addf(files, "/run/containers/%u/auth.json", (unsigned)geteuid());
    if (r == 0 && e->xdg_config_home && e->xdg_config_home[0])
        r = strings_addf(files, "%s/containers/auth.json", e->xdg_config_home);
    else if (r == 0 && e->home && e->home[0])
        r = strings_addf(files, "%s/.config/containers/auth.json", e->home);
    if (r == 0)
        r = docker_file(e, &docker);
    return r == 0 && docker ? strings_add(files, docker) : r;
}

/* -ENOENT: there is none. An empty file is an empty document, as docker has it. */
static int read_file(const char *path, struct docker_config *config, struct failure *failure)
{
    autofree char *data = NULL;
    autoreport struct report report = {0};
    size_t size;
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? -ENOENT : fail(failure, -errno, "opening %s", path);
    int r = fd_read_whole(fd, DOCKER_CONFIG_SIZE_MAX, &data, &size);
    if (r == 0 && size == 0)
        return 0;
    if (r == 0)
        r = docker_config_read(path, data, size, &report, config);
    if (data)
        explicit_bzero(data, size);
    if (r == -EINVAL && report.count > 0)
        return refuse(failure, r, "%s: %s", report.items[0].place, report.items[0].text);
    return r < 0 ? fail(failure, r, "reading %s", path) : 0;
}

int credentials_find(const struct registry_environment *environment, const char *domain,
                     const char *repository, struct registry_credentials *ret_credentials,
                     struct failure *failure)
{
    autostrings struct strings files = {0};
    int r = list_files(environment, &files);
    for (size_t i = 0; r == 0 && i < files.count; i++) {
        autodockerconfig struct docker_config config = {0};
        r = read_file(files.items[i], &config, failure);
        if (r == -ENOENT) {
            r = 0;
            continue;
        }
        if (r < 0)
            return r;
        const char *helper = docker_config_helper(&config, domain);
        if (helper)
            r = credential_helper_run(helper, HELPER_GET, domain, ret_credentials, failure);
        if (r < 0)
            return fail_within(failure, "%s", files.items[i]);
        if (r == 0)
            r = docker_config_find(&config, domain, repository, ret_credentials);
    }
    return r < 0 ? fail(failure, r, "looking for credentials") : 0;
}

void credentials_place_free(struct credentials_place *place)
{
    free(place->file);
    free(place->helper);
    *place = (struct credentials_place){0};
}

/* Where to write: a symbolic link stays one. */
static int resolve_file(const char *path, char **ret_folder, char **ret_name)
{
    char whole[PATH_MAX];
    if (!realpath(path, whole) && snprintf(whole, sizeof(whole), "%s", path) >= (int)sizeof(whole))
        return -ENAMETOOLONG;
    char *slash = strrchr(whole, '/');
    *ret_name = strdup(slash ? slash + 1 : whole);
    if (slash)
        slash[slash == whole ? 1 : 0] = '\0';
    *ret_folder = strdup(slash ? whole : ".");
    return *ret_name && *ret_folder ? 0 : -ENOMEM;
}

static int write_file(const char *path, const struct docker_config *config, struct failure *failure)
{
    autofree char *text = docker_config_write(config), *folder = NULL, *name = NULL;
    int r = text ? resolve_file(path, &folder, &name) : -ENOMEM;
    if (r == 0 && mkdir(folder, 0700) < 0 && errno != EEXIST)
        r = -errno;
    autoclose int fd = r == 0 ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -EBADF;
    if (r == 0)
        r = fd < 0 ? -errno : file_write_atomic(fd, name, text, strlen(text), true);
    if (text)
        explicit_bzero(text, strlen(text));
    return r < 0 ? fail(failure, r, "writing %s", path) : 0;
}

static int store_in(const char *path, const char *domain, const struct registry_credentials *credentials,
                    struct credentials_place *place, struct failure *failure)
{
    autodockerconfig struct docker_config config = {0};
    int r = read_file(path, &config, failure);
    if (r < 0 && r != -ENOENT)
        return r;
    const char *helper = docker_config_helper(&config, domain);
    if (helper) {
        struct registry_credentials copy = *credentials; /* lent */
        r = credential_helper_run(helper, HELPER_STORE, domain, &copy, failure);
        if (r < 0)
            return fail_within(failure, "%s", path);
        place->helper = strdup(helper);
        if (!place->helper)
            return fail(failure, -ENOMEM, "storing credentials");
    }
    r = docker_config_set(&config, domain, helper ? NULL : credentials);
    return r < 0 ? fail(failure, r, "writing %s", path) : write_file(path, &config, failure);
}

int credentials_store(const struct registry_environment *environment, const char *domain,
                      const struct registry_credentials *credentials, struct credentials_place *ret_place,
                      struct failure *failure)
{
    struct credentials_place place = {0};
    const char *chosen = environment->registry_auth_file;
    int r = 0;
    if (chosen && chosen[0]) {
        place.file = strdup(chosen);
        r = place.file ? 0 : -ENOMEM;
    } else
        r = docker_file(environment, &place.file);
    if (r < 0)
        return fail(failure, r, "storing credentials");
    if (!place.file)
        return refuse(failure, -ENOENT,
                      "where to keep credentials is not known: set HOME, DOCKER_CONFIG or "
                      "REGISTRY_AUTH_FILE");
    r = store_in(place.file, domain, credentials, &place, failure);
    if (r < 0) {
        credentials_place_free(&place);
        return r;
    }
    *ret_place = place;
    return 0;
}

/* 1: it was there, and is gone. */
static int remove_from(const char *path, const char *domain, struct failure *failure)
{
    autodockerconfig struct docker_config config = {0};
    struct registry_credentials none = {0};
    int r = read_file(path, &config, failure);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    const char *helper = docker_config_helper(&config, domain);
    bool there = docker_config_remove(&config, domain);
    if (helper && there) {
        r = credential_helper_run(helper, HELPER_ERASE, domain, &none, failure);
        if (r < 0)
            return fail_within(failure, "%s", path);
    }
    if (!there)
        return 0;
    r = write_file(path, &config, failure);
    return r < 0 ? r : 1;
}

int credentials_remove(const struct registry_environment *environment, const char *domain,
                       struct failure *failure)
{
    autostrings struct strings files = {0};
    bool removed = false;
    int r = list_files(environment, &files);
    if (r < 0)
        return fail(failure, r, "looking for credentials");
    for (size_t i = 0; i < files.count; i++) {
        r = remove_from(files.items[i], domain, failure);
        if (r < 0)
            return r;
        removed |= r > 0;
    }
    return removed ? 0 : refuse(failure, -ENOENT, "not logged in to %s", domain);
}
