/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Compiled seccomp filters, kept in ROOT/cache/seccomp by the digest of everything that they depend on. */
#include "base/failure.h"
#include "host/seccomp_compiler.h"

#include <linux/filter.h>
#include <stdint.h>

struct seccomp_program {
    struct sock_filter *filter; /* NULL: no filter (unconfined) */
    uint16_t count;
    uint32_t flags; /* SECCOMP_FILTER_FLAG_*, to be given to seccomp_install() */
};

#define autoseccomp_program __attribute__((cleanup(seccomp_program_free)))

struct seccomp_cache {
    int root_fd;      /* the folder that holds cache/seccomp; what is missing of that is made */
    const char *root; /* its name, for messages */
};

/* The filter of a profile: from the cache, or compiled by unroot-seccomp and then kept. 0, or negative errno
 * with `failure` filled: as seccomp_compiler_run(). The caller frees *ret_program with
 * seccomp_program_free(). */
int seccomp_cache_compile(const struct seccomp_cache *cache, const struct seccomp_compilation *c,
                          struct seccomp_program *ret_program, struct failure *failure) must_check;
#define SECCOMP_KERNEL_SIZE 32
/* "6.18" of "6.18.44-generic", uname(2): what a compilation depends on. */
void seccomp_kernel_version(const char *release, char ret_version[SECCOMP_KERNEL_SIZE]);
void seccomp_program_free(struct seccomp_program *p);
