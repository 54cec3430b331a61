/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The variables that say something about registries, read once. */
#include "registry/environment.h"

/* Lent by the environment. `authfile` (--authfile) wins over $REGISTRY_AUTH_FILE; NULL: not given. */
struct registry_environment registry_environment_read(const char *authfile);
