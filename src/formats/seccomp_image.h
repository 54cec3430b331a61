/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A compiled filter as bytes: what unroot-seccomp writes and what the cache holds. A fixed header, then the
 * instructions as the kernel takes them (struct sock_filter, this machine's byte order: an image never leaves
 * the machine). */
#include "base/ownership.h"

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define SECCOMP_IMAGE_VERSION 1
#define SECCOMP_IMAGE_MAX (sizeof(struct seccomp_image_header) + BPF_MAXINSNS * sizeof(struct sock_filter))

struct seccomp_image_header {
    char magic[8]; /* "unroot-s" */
    uint32_t version;
    uint32_t flags;    /* SECCOMP_FILTER_FLAG_* */
    uint32_t count;    /* instructions, 1..4096 */
    uint32_t checksum; /* seccomp_image_checksum() of them */
};

/* FNV-1a: finds a cut or damaged file, not a forged one. */
uint32_t seccomp_image_checksum(const struct sock_filter *filter, size_t count);
/* Fills a header for these instructions. */
struct seccomp_image_header seccomp_image_describe(const struct sock_filter *filter, uint32_t count,
                                                   uint32_t flags);
/* Checks size, header, checksum and that every jump stays inside and the end is a return (the kernel checks
 * again). -EBADMSG otherwise. ret_filter: a copy, the caller frees it. */
int seccomp_image_read(const void *data, size_t size, struct seccomp_image_header *ret_header,
                       struct sock_filter **ret_filter) must_check;
