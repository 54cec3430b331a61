/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The limits of a request as a control group takes them. */
#include "base/failure.h"
#include "kernel/cgroup_rows.h"
#include "plan/request.h"

/* What they point to is lent by the request and `rows`, an empty list of the caller's. -EINVAL and others
 * with a sentence: not numbers, no such disk. */
int request_read_limits(const struct container_request *request, struct cgroup_rows *rows,
                        struct cgroup_limits *ret_limits, struct failure *failure) must_check;
