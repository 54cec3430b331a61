/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <errno.h>

/* docker's exit code for a command that could not be executed: 127 not found, 126 found but not executable.
 */
static inline int payload_error_code(int error)
{
    return error == -ENOENT || error == -ENOTDIR ? 127 : 126;
}
