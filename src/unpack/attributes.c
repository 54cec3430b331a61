/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/attributes.h"

#include "base/strings.h"
#include "unpack/tar_writer.h"

#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/xattr.h>

#define CAPABILITY_ATTRIBUTE "security.capability"

static bool is_kept(const char *name)
{
    if (streq(name, CAPABILITY_ATTRIBUTE))
        return true;
    /* user.overlay.*: what trusted.overlay.* is to an overlay that was mounted with userxattr */
    return string_after(name, "user.") && !string_after(name, "user.overlay.") && strlen(name) <= 255;
}

/* The kernel turns version 2 into version 3 with this user namespace's root as its root id. Version 3 with a
 * root id of its own is another container's: -EPERM. capabilities(7). */
static int set_capability(int fd, const void *value, size_t size)
{
    struct vfs_ns_cap_data data = {0};
    if (size != XATTR_CAPS_SZ_2 && size != XATTR_CAPS_SZ_3)
        return -EINVAL;
    memcpy(&data, value, size);
    uint32_t magic = le32toh(data.magic_etc), revision = magic & VFS_CAP_REVISION_MASK;
    if (revision == VFS_CAP_REVISION_3 && size == XATTR_CAPS_SZ_3 && data.rootid == 0)
        data.magic_etc = htole32(VFS_CAP_REVISION_2 | (magic & VFS_CAP_FLAGS_MASK));
    else if (revision != VFS_CAP_REVISION_2 || size != XATTR_CAPS_SZ_2)
        return -EPERM;
    return fsetxattr(fd, CAPABILITY_ATTRIBUTE, &data, XATTR_CAPS_SZ_2, 0) < 0 ? -errno : 0;
}

static int set_one(struct extract *x, int fd, const char *name, const void *value, size_t size)
{
    bool host = x->mode == EXTRACT_HOST || x->mode == EXTRACT_HOST_OWNERS;
    if (!is_kept(name) || (host && streq(name, CAPABILITY_ATTRIBUTE))) {
        x->report.skipped_xattrs++;
        return 0;
    }
    if (size > XATTR_VALUE_MAX)
        return -E2BIG;
    if (!streq(name, CAPABILITY_ATTRIBUTE))
        return fsetxattr(fd, name, value, size, 0) < 0 ? -errno : 0;
    int r = set_capability(fd, value, size);
    if (r != -EPERM && r != -EINVAL)
        return r;
    x->report.skipped_xattrs++; /* a file without its capabilities is the harmless side */
    return 0;
}

int attributes_set(struct extract *x, int fd, struct archive_entry *entry, struct failure *failure)
{
    if (archive_entry_xattr_reset(entry) > (int)XATTRS_MAX)
        return refuse(failure, -E2BIG, "more than %u extended attributes", XATTRS_MAX);
    const char *name;
    const void *value;
    size_t size;
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        int r = set_one(x, fd, name, value, size);
        if (r < 0)
            return fail(failure, r, "setting the extended attribute %s (%zu bytes)", name, size);
    }
    return 0;
}

int attributes_get(int fd, struct text *records)
{
    char names[4096], value[XATTR_VALUE_MAX];
    ssize_t size = flistxattr(fd, names, sizeof(names));
    if (size < 0)
        return errno == EOPNOTSUPP ? 0 : -errno;
    for (const char *name = names; name < names + size; name += strlen(name) + 1) {
        if (!is_kept(name))
            continue;
        ssize_t length = fgetxattr(fd, name, value, sizeof(value));
        if (length < 0 && errno != ENODATA && errno != EOPNOTSUPP)
            return -errno;
        if (length >= 0)
            tar_attribute(records, name, value, (size_t)length);
    }
    return text_error(records);
}
