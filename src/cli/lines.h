/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A changed text as lines. */

/* Prints what `diff -u` would of one stretch of changed lines, with three lines around it. NULL: no such
 * file. */
void lines_print_change(const char *name, const char *before, const char *after);
