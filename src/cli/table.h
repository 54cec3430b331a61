/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Columns aligned by display width, as Go's tabwriter does for docker: at least 10 wide, 3 blanks between. */
#include "base/strings.h"
#include "base/text.h"

/* Cells of the lines are separated by tabs; the last cell of a line is not padded. Appends lines with their
 * ends. Running out of memory shows in text_error(out). */
void table_layout(const struct strings *lines, struct text *out);
/* Columns that a terminal needs for a UTF-8 text; invalid bytes count one. */
size_t display_width(const char *string, size_t length);
/* Appends at most `columns` columns of the string, the last one "…" when something was cut. */
void display_truncate(const char *string, size_t columns, struct text *out);
/* Appends the string with control characters (an image's words may try to steer the terminal) as \n, \t,
 * \x1b. */
void display_clean(const char *string, struct text *out);
