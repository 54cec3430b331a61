/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/places.h"

#include "base/strings.h"
#include "kernel/file.h"
#include "kernel/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int read_file(int dirfd, const char *name, const char *shown, struct registries_config *config,
                     struct failure *failure)
{
    autofree char *data = NULL;
    autoreport struct report report = {0};
    size_t size;
    int r = file_read_all(dirfd, name, REGISTRIES_CONFIG_SIZE_MAX, &data, &size);
    if (r == -ENOENT)
        return r;
    if (r < 0)
        return fail(failure, r, "reading %s", shown);
    r = strlen(data) == size ? registries_config_read(shown, data, &report, config) : -EINVAL;
    if (r == -EINVAL && report.count > 0)
        return refuse(failure, r, "%s: %s", report.items[0].place, report.items[0].text);
    return r < 0 ? fail(failure, r, "reading %s", shown) : 0;
}

static bool is_config(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 5 && streq(name + length - 5, ".conf");
}

static int read_folder(const char *path, struct registries_config *config, struct failure *failure)
{
    autostrings struct strings names = {0};
    autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail(failure, -errno, "opening %s", path);
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int r = copy < 0 ? -errno : folder_list(copy, &names);
    if (r < 0)
        return fail(failure, r, "listing %s", path);
    for (size_t i = 0; i < names.count && r == 0; i++) {
        char shown[512];
        if (!is_config(names.items[i]))
            continue;
        (void)snprintf(shown, sizeof(shown), "%s/%s", path, names.items[i]); /* only for messages */
        r = read_file(fd, names.items[i], shown, config, failure);
        if (r == -ENOENT)
            r = 0; /* gone meanwhile */
    }
    return r;
}

int registry_places_read(struct registries_config *ret_config, struct failure *failure)
{
    autoregistries struct registries_config config = {0};
    const char *folder = REGISTRIES_FILE ".d";
    int r = read_file(AT_FDCWD, REGISTRIES_FILE, REGISTRIES_FILE, &config, failure);
    if (r == -ENOENT) {
        folder = REGISTRIES_FILE_SHARED ".d";
        r = read_file(AT_FDCWD, REGISTRIES_FILE_SHARED, REGISTRIES_FILE_SHARED, &config, failure);
    }
    if (r == 0 || r == -ENOENT)
        r = read_folder(folder, &config, failure);
    if (r < 0)
        return r;
    *ret_config = config;
    config = (struct registries_config){0};
    return 0;
}
