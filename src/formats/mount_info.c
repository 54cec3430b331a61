/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mount_info.h"

#include "base/number.h"

#include <errno.h>
#include <string.h>

void mount_info_free(struct mount_info *info)
{
    free(info->root);
    free(info->point);
    free(info->type);
    free(info->options);
    *info = (struct mount_info){0};
}

static bool octal(char c)
{
    return c >= '0' && c <= '7';
}

void mount_info_unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        unsigned value = 0;
        if (from[0] == '\\' && octal(from[1]) && octal(from[2]) && octal(from[3]))
            value =
                (unsigned)(from[1] - '0') * 64 + (unsigned)(from[2] - '0') * 8 + (unsigned)(from[3] - '0');
        if (value > 0 && value < 256) {
            *to = (char)value;
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

#define FIELDS_MAX 32 /* six, some optional ones, "-" and three: a kernel adds a handful at most */

/* Cuts the line at single blanks; how many fields, or -EINVAL. */
static int line_split(char *line, char *fields[FIELDS_MAX])
{
    int count = 0;
    for (char *field; (field = strsep(&line, " ")) != NULL; count++) {
        if (count == FIELDS_MAX)
            return -EINVAL;
        fields[count] = field;
    }
    return count;
}

static int field_take(const char *field, char **ret_text)
{
    *ret_text = strdup(field);
    if (!*ret_text)
        return -ENOMEM;
    mount_info_unescape(*ret_text);
    return 0;
}

/* A word of the comma separated list. */
static bool list_has(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *p = list; p; p = strchr(p, ',')) {
        p += *p == ',';
        if (strncmp(p, word, length) == 0 && (p[length] == ',' || p[length] == '\0'))
            return true;
    }
    return false;
}

static int line_read(char *fields[], int count, uint64_t id, struct mount_info *ret_info)
{
    int dash = 6;
    while (dash < count && strcmp(fields[dash], "-") != 0)
        dash++;
    if (count - dash < 4)
        return -EINVAL;
    struct mount_info info = {.id = id, .idmapped = list_has(fields[5], "idmapped")};
    int r = field_take(fields[3], &info.root);
    if (r == 0)
        r = field_take(fields[4], &info.point);
    if (r == 0)
        r = field_take(fields[dash + 1], &info.type);
    if (r == 0) {
        info.options = strdup(fields[dash + 3]);
        r = info.options ? 0 : -ENOMEM;
    }
    if (r < 0)
        mount_info_free(&info);
    else
        *ret_info = info;
    return r;
}

int mount_info_find(const char *text, uint64_t id, struct mount_info *ret_info)
{
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        char *fields[FIELDS_MAX];
        uint64_t number;
        autofree char *copy = strndup(line, length);
        if (!copy)
            return -ENOMEM;
        int count = line_split(copy, fields);
        if (count < 10 || number_parse(fields[0], UINT64_MAX, &number) < 0)
            return -EINVAL;
        if (number == id)
            return line_read(fields, count, id, ret_info);
        line += length;
        line += *line == '\n';
    }
    return -ENOENT;
}
