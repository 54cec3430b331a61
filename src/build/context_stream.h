/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A build context that comes as a stream (build/context.h). */
#include "build/context.h"

/* Fills folder_fd and staging, or *ret_dockerfile when the stream is no archive. */
int context_stream_read(const struct build_context_request *request, struct build_context *context,
                        char **ret_dockerfile, struct failure *failure) must_check;
