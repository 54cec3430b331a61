/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/seccomp_image.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const char image_magic[8] = {'u', 'n', 'r', 'o', 'o', 't', '-', 's'};

uint32_t seccomp_image_checksum(const struct sock_filter *filter, size_t count)
{
    const unsigned char *bytes = (const unsigned char *)filter;
    uint32_t sum = 2166136261U;
    for (size_t i = 0; i < count * sizeof(*filter); i++)
        sum = (sum ^ bytes[i]) * 16777619U;
    return sum;
}

struct seccomp_image_header seccomp_image_describe(const struct sock_filter *filter, uint32_t count,
                                                   uint32_t flags)
{
    struct seccomp_image_header h = {
        .version = SECCOMP_IMAGE_VERSION,
        .flags = flags,
        .count = count,
        .checksum = seccomp_image_checksum(filter, count),
    };
    memcpy(h.magic, image_magic, sizeof(h.magic));
    return h;
}

/* Falls from instruction i to i + 1, or ends there. */
static bool flow_is_inside(const struct sock_filter *filter, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct sock_filter *f = &filter[i];
        size_t far = i + 1;
        if (BPF_CLASS(f->code) == BPF_RET)
            continue;
        if (f->code == (BPF_JMP | BPF_JA))
            far += f->k;
        else if (BPF_CLASS(f->code) == BPF_JMP)
            far += f->jt > f->jf ? f->jt : f->jf;
        if (far >= count)
            return false;
    }
    return true;
}

int seccomp_image_read(const void *data, size_t size, struct seccomp_image_header *ret_header,
                       struct sock_filter **ret_filter)
{
    struct seccomp_image_header h;
    if (size < sizeof(h))
        return -EBADMSG;
    memcpy(&h, data, sizeof(h));
    if (memcmp(h.magic, image_magic, sizeof(h.magic)) != 0 || h.version != SECCOMP_IMAGE_VERSION ||
        h.count == 0 || h.count > BPF_MAXINSNS || size != sizeof(h) + h.count * sizeof(struct sock_filter))
        return -EBADMSG;
    autofree struct sock_filter *filter = calloc(h.count, sizeof(*filter));
    if (!filter)
        return -ENOMEM;
    memcpy(filter, (const char *)data + sizeof(h), h.count * sizeof(*filter));
    if (seccomp_image_checksum(filter, h.count) != h.checksum || !flow_is_inside(filter, h.count))
        return -EBADMSG;
    *ret_header = h;
    *ret_filter = TAKE_PTR(filter);
    return 0;
}
