/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A Dockerfile is a stranger's text: a child process without any power parses it and sends what it understood
 * as plain fields; this process never runs the parser. */
#include "base/failure.h"
#include "formats/dockerfile.h"

/* As dockerfile_parse(); the mistakes become one sentence, the first with its place and how many more. */
int build_parse(const char *name, const char *data, size_t size, struct dockerfile *ret_dockerfile,
                struct failure *failure) must_check;
