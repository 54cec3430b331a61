/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Flags of docker 28 and podman 5 that are not there yet; each list is NULL-terminated (struct option_set
 * .absent). */
extern const char *const absent_container_flags[]; /* run, create */
