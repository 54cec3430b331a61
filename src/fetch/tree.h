/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The root of the registry client: a small file system of memory with copies of a few files of the host. */
#include "base/failure.h"

#define TREE_CA "/etc/ca.pem"

/* The host's file with the certificates of the system, NULL when there is none; static. */
const char *tree_find_certificates(void);
/* Makes the tree, read-only, nodev, nosuid, noexec, and makes it the root of this mount namespace, where it
 * is then the only mount. Files that the host does not have are left out. */
int tree_enter(struct failure *failure) must_check;
/* Where no root can be replaced: the same files of the host are the only ones that can still be opened. Where
 * the kernel has no Landlock, nothing happens. */
int tree_lock(struct failure *failure) must_check;
