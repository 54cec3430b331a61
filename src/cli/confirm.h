/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>

/* Asks on standard error and reads a line of standard input: whether it begins with y. An end of file is a
 * no. */
bool confirm(const char *question);
