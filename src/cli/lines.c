/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lines.h"

#include "base/strings.h"

#include <stdio.h>
#include <string.h>

#define AROUND 3

static int lines_split(const char *text, struct strings *lines)
{
    while (text && *text) {
        size_t length = strcspn(text, "\n");
        int r = strings_add_taken(lines, strndup(text, length));
        if (r < 0)
            return r;
        text += length + (text[length] == '\n');
    }
    return 0;
}

static void print_some(char mark, const struct strings *lines, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        printf("%c%s\n", mark, lines->items[i]);
}

void lines_print_change(const char *name, const char *before, const char *after)
{
    autostrings struct strings old = {0}, new = {0};
    if (lines_split(before, &old) < 0 || lines_split(after, &new) < 0)
        return;
    size_t head = 0, tail = 0;
    while (head < old.count && head < new.count &&streq(old.items[head], new.items[head]))
        head++;
    while (tail < old.count - head &&
           tail < new.count - head &&streq(old.items[old.count - 1 - tail], new.items[new.count - 1 - tail]))
        tail++;
    size_t first = head > AROUND ? head - AROUND : 0, last = tail > AROUND ? AROUND : tail;
    printf("--- %s\n+++ %s\n", before ? name : "/dev/null", after ? name : "/dev/null");
    printf("@@ -%zu,%zu +%zu,%zu @@\n", first + (old.count > 0), old.count - tail + last - first,
           first + (new.count > 0), new.count - tail + last - first);
    print_some(' ', &old, first, head);
    print_some('-', &old, head, old.count - tail);
    print_some('+', &new, head, new.count - tail);
    print_some(' ', &old, old.count - tail, old.count - tail + last);
}
