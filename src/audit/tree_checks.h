/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to audit/: what a user could do with the files of an image: NR205, NR204 and NR301. */
#include "audit/input.h"
#include "audit/judge.h"

/* Only for a subject that is not root (or drops), with its image's tree at hand. `no_new_privs`: setuid files
 * and file capabilities do nothing. `fix_new_privs`: the line that sets it; NULL: the rule's. */
struct tree_question {
    struct subject *subject;
    const struct image_facts *image;
    bool no_new_privs;
    const char *fix_new_privs;
};
/* Files that root runs or that root's programs obey, for image_wanted_paths(). */
#define TREE_ROOT_RUN_PATHS                                                                                  \
    "etc/crontab", "etc/cron.d/*", "etc/cron.hourly/*", "etc/cron.daily/*", "var/spool/cron/*",              \
        "etc/ld.so.preload", "etc/ld.so.conf", "etc/ld.so.conf.d/*", "etc/init.d/*", "etc/inittab",          \
        "etc/profile", "etc/profile.d/*", "root/.profile", "root/.bashrc", "etc/pam.d/*"
int tree_check(struct audit *a, const struct tree_question *q) must_check;
